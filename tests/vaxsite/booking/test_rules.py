"""Which dose comes next, and states that nothing gets stuck in."""

from datetime import date

import pytest

from sensors.domain.states import StateMachine
from vaxsite.booking import rules
from vaxsite.booking.rules import Reason, Series
from vaxsite.core.decisions import Refused

TWO_DOSES = Series(doses=2, interval_min_days=21, source="guidance 1st edition")


@pytest.mark.parametrize(
    ("given_on", "day", "expected"),
    [
        ([], date(2026, 1, 13), 1),
        ([date(2026, 1, 1)], date(2026, 1, 21), Reason.TOO_EARLY),
        ([date(2026, 1, 1)], date(2026, 1, 22), 2),
        ([date(2026, 1, 1)], date(2027, 1, 22), 2),
        ([date(2026, 2, 1), date(2026, 1, 1)], date(2026, 3, 1), Reason.SERIES_COMPLETE),
    ],
)
def test_the_next_dose_follows_from_the_doses_before(
    given_on: list[date], day: date, expected: int | Reason
) -> None:
    """Too early by a day is refused, on the day it is dose 2, however late."""
    outcome = rules.next_dose(TWO_DOSES, given_on, day=day)

    assert (outcome.reason if isinstance(outcome, Refused) else outcome) == expected


def test_a_refusal_for_the_interval_names_the_first_day() -> None:
    """The person reads which day to choose, and the rule is the document."""
    outcome = rules.next_dose(TWO_DOSES, [date(2026, 1, 1)], day=date(2026, 1, 13))

    assert outcome == Refused(
        Reason.TOO_EARLY,
        "guidance 1st edition",
        since=date(2026, 1, 1),
        detail={"days": 21, "date": date(2026, 1, 22)},
    )


@pytest.mark.parametrize("machine", [rules.HOLDS, rules.APPOINTMENTS])
def test_every_state_has_labels_and_an_owner_or_is_final(machine: StateMachine) -> None:
    """Somebody can always act on what is not finished."""
    assert set(machine.labels) == set(machine.states)
    assert set(machine.owners) == set(machine.states) - machine.final


def test_every_reason_has_a_sentence() -> None:
    """No refusal is a bare code."""
    assert set(rules.SENTENCES) == set(Reason)
