"""The forecast of doses left over: pure, and played against made-up evenings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import leftover
from vaxsite.leftover.rules.forecast import WAVE_MOST, Evening, Why, forecast, wave


def an_evening(**changed: object) -> Evening:
    values: dict[str, object] = {
        "doses_open": 4,
        "doses_per_vial": 10,
        "due": 0,
        "late": 0,
        "promised": 0,
        "minutes_left": 90,
        "unanswered": (),
        **changed,
    }
    return Evening(**values)  # type: ignore[arg-type]  # Values of many types.


def test_with_nobody_to_come_every_open_dose_is_offered() -> None:
    """Four open doses and no bookings: four are offered, and one in ten is hoped to say yes."""
    told = forecast(an_evening())
    assert (told.offer, told.invite, told.why) == (4, 40, Why.INVITE)
    assert (told.surplus, told.waste) == (4, 0)


def test_doses_that_booked_people_will_need_are_not_offered() -> None:
    """Four open doses and four people on their way: nobody is invited, and the page says why."""
    told = forecast(an_evening(due=4, show_rate=0.95))
    assert (told.offer, told.invite, told.why) == (0, 0, Why.PEOPLE_STILL_COME)
    assert told.coming == pytest.approx(3.8)


def test_people_long_late_are_hardly_waited_for() -> None:
    """Six people who are half an hour late keep back fewer doses than six on their way."""
    assert forecast(an_evening(due=6, doses_open=8)).offer < 4
    assert forecast(an_evening(late=6, doses_open=8)).offer >= 4


def test_invitations_on_their_way_count() -> None:
    """Thirty-nine people were asked a moment ago: the next wave waits for their answers."""
    told = forecast(an_evening(unanswered=[0] * 41))
    assert (told.invite, told.why) == (0, Why.ENOUGH_ASKED)


def test_answers_of_the_evening_are_learnt_from() -> None:
    """Where nobody answers the next wave is larger, where many say yes it is smaller."""
    few = forecast(an_evening(unanswered=[60] * 40))
    many = forecast(an_evening(said_yes=10, said_no=10))
    assert many.yes_rate > 0.3 > 0.05 > few.yes_rate
    assert many.invite < 40 < few.invite


def test_nobody_is_called_who_cannot_come_in_time() -> None:
    """Ten minutes before the end, or with every dose promised, there is no offer."""
    assert forecast(an_evening(minutes_left=10)).why is Why.TOO_LATE
    assert forecast(an_evening(promised=4)).why is Why.NO_DOSE


@given(
    st.integers(0, 12),
    st.integers(0, 30),
    st.integers(0, 8),
    st.integers(0, 14),
    st.integers(0, 300),
    st.lists(st.integers(0, 90), max_size=60),
)
def test_no_more_is_promised_than_is_open(
    doses: int, due: int, late: int, promised: int, minutes: int, asked: list[int]
) -> None:
    """Whatever the evening, an offer fits into the free open doses and never costs doses."""
    told = forecast(
        an_evening(
            doses_open=doses,
            due=due,
            late=late,
            promised=promised,
            minutes_left=minutes,
            unanswered=asked,
        )
    )
    assert 0 <= told.offer <= max(0, doses - promised)
    assert 0 <= told.invite <= WAVE_MOST
    assert told.waste <= told.surplus + 1e-9
    assert 0 < told.yes_rate < 1
    assert told.yes_pending <= len(asked)


def test_a_wave_is_never_negative() -> None:
    """Enough answers on their way, no invitation; near the end, twice as many."""
    assert (wave(-1, 0.1, 90), wave(1, 0.1, 90), wave(1, 0.1, 30)) == (0, 10, 20)


def test_evenings_waste_less_than_planned_and_nobody_is_turned_away() -> None:
    """Two hundred made-up evenings: below the planning figures, and below a fixed factor.

    The fixed factors are judged at their best, with promised doses kept as the forecast keeps
    them; without that they turn people away.
    """
    found = leftover.run(evenings=200, seed=7)
    assert found["forecast_turned_away"] == 0
    assert found["forecast_waste_5-6_doses_percent"] < 10
    assert found["forecast_waste_10_doses_percent"] < 25
    for factor in (20, 40):
        assert found["forecast_wasted"] < found[f"factor_{factor}_kept_wasted"]
        assert found["forecast_too_late"] < found[f"factor_{factor}_kept_too_late"]
        assert found[f"factor_{factor}_turned_away"] > 0
    assert found["forecast_wasted"] < found["nobody_wasted"]
