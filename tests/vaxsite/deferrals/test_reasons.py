"""The reasons are dated data with a source; an own wish is the only one that residents name."""

from datetime import date

import pytest

from vaxsite.deferrals import queries
from vaxsite.deferrals.rules import reasons
from vaxsite.deferrals.rules.reasons import SENTENCES, Why, check_day, check_until


def test_every_reason_has_a_source_and_a_sentence() -> None:
    """None is without words, and what is clinical refuses."""
    for one in queries.reasons().values():
        assert one.source
        assert SENTENCES[one.code]
        assert one.clinical is one.refuses
        assert 0 < one.days <= one.most_days


def test_residents_name_their_own_wish_only() -> None:
    """What concerns health is set by staff."""
    assert [one.code for one in queries.reasons().values() if one.resident] == [Why.OWN_WISH]


@pytest.mark.parametrize("day", [25, 26, 27])
def test_the_date_is_the_first_day_that_is_free(day: int) -> None:
    """A day before is refused, the day itself and the next are not."""
    asked, until = date(2026, 1, day), date(2026, 1, 26)
    refused = check_day(Why.RECENT_ILLNESS, until, asked, refuses=True)

    assert (refused is not None) is (day < 26)
    assert check_day(Why.OWN_WISH, until, asked, refuses=False) is None


def test_a_reason_is_chosen_on_its_days() -> None:
    """Before its edition it cannot be."""
    rule = queries.reasons()[Why.PAST_INFECTION]

    refused = check_until(rule, date(2021, 4, 1), today=date(2021, 3, 28))

    assert refused is not None
    assert refused.reason == "deferral_unknown"
    assert check_until(rule, date(2021, 4, 1), today=date(2021, 3, 29)) is None


@pytest.mark.parametrize(
    "text", ["", "[[reason]]\ncode = 'own_wish'\n", "[[reason]]\ncode = 'measles'\n"]
)
def test_data_that_is_not_whole_is_refused(text: str) -> None:
    """At the start, not at a booking."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        reasons.read_reasons(text)
