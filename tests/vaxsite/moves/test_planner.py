"""Where everybody goes who cannot stay: the promises of the plan, whatever the question."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vaxsite.moves.rules import planner
from vaxsite.moves.rules.planner import Leg, Spot, Unit, Window
from vaxsite.moves.rules.states import Why
from vaxsite.slots.rules import Doses

LOST = date(2026, 3, 2)
FIRST, LAST = 21, 56  # Days between the doses.


@dataclass(frozen=True)
class Plain:
    """Dose 1 from the second of March, dose 2 from 21 to 56 days later; sites on a line."""

    first: Window = (LOST, None)

    def window(self, unit: Unit, before: tuple[date, ...]) -> Window | None:
        """The days of the next dose."""
        if not before:
            return self.first
        return before[-1] + timedelta(days=FIRST), before[-1] + timedelta(days=LAST)

    def allowed(self, unit: Unit, site_id: int, day: date) -> bool:
        """It is everybody's turn."""
        return True

    def of_group(self, unit: Unit, group_code: str, day: date) -> bool:
        """The number of the group in the rank is its name."""
        return group_code == f"group {unit.rank[0]}"

    def distance(self, site_id: int, other: int) -> int:
        """How far they are on the line."""
        return abs(site_id - other)


def leg(
    day: int = 0, *, site: int = 1, minute: int = 540, must: bool = True, fixed: bool = False
) -> Leg:
    """A dose *day* days after the lost day."""
    return Leg(1000 + day, site, LOST + timedelta(days=day), minute, must, fixed)


def unit(key: str, *legs: Leg, group: int = 0, size: int = 1) -> Unit:
    """People who booked in the order of their keys."""
    return Unit(key, (group, key, key), size, legs or (leg(),))


def spot(number: int, day: int, *, seats: int = 1, site: int = 1, minute: int = 540) -> Spot:
    """A slot *day* days after the lost day."""
    return Spot(number, site, LOST + timedelta(days=day), minute, seats)


def planned(units: list[Unit], spots: list[Spot], terms: Plain | None = None) -> planner.Plan:
    """The plan with one seed."""
    return planner.plan(units, spots, terms or Plain(), seed="7")


def test_the_same_site_comes_first_then_the_nearest() -> None:
    """Three people: the day after at the site, then the neighbour, then the one further away."""
    spots = [spot(3, 1, site=3), spot(2, 1, site=2), spot(1, 4)]

    found = planned([unit("ana"), unit("bob"), unit("eve")], spots)

    assert found.places == {"ana": (1,), "bob": (2,), "eve": (3,)}


def test_rather_another_site_than_more_than_two_weeks() -> None:
    """On the 14th day at the site; on the 15th the neighbour's next day is better."""
    assert planned([unit("ana")], [spot(1, 14), spot(2, 1, site=2)]).places == {"ana": (1,)}
    assert planned([unit("ana")], [spot(1, 15), spot(2, 1, site=2)]).places == {"ana": (2,)}


def test_the_same_time_of_day_is_kept() -> None:
    """Who came at nine comes at half past nine rather than at two."""
    spots = [spot(1, 1, minute=840), spot(2, 1, minute=570)]

    assert planned([unit("ana")], spots).places == {"ana": (2,)}


def test_a_higher_group_chooses_before_who_booked_earlier() -> None:
    """The group counts more than the hour of booking."""
    found = planned([unit("ana", group=1), unit("bob", group=0)], [spot(1, 1)])

    assert found.places == {"bob": (1,)}
    assert found.unplaced == {"ana": Why.NO_SEAT}


def test_seats_set_aside_go_to_their_group_only() -> None:
    """The next day is set aside: who is of the group goes there, the other a day later."""
    kept = replace(spot(1, 1), kept_for="group 0")

    found = planned([unit("ana", group=1), unit("bob", group=0)], [kept, spot(2, 2), spot(3, 2)])

    assert found.places["bob"] == (1,)
    assert found.places["ana"] in {(2,), (3,)}


def test_a_household_is_never_split() -> None:
    """Three people do not fit into two seats and one: they go where three are free."""
    spots = [spot(1, 1, seats=2), spot(2, 1, seats=1, minute=570), spot(3, 5, seats=3)]

    assert planned([unit("ana", size=3)], spots).places == {"ana": (3,)}


def test_the_second_dose_stays_where_it_can() -> None:
    """The next day would push dose 2 out of its window; one later day keeps it."""
    pair = unit("ana", leg(0), leg(22, must=False))

    found = planned([pair], [spot(1, 1), spot(2, 2), spot(3, 3), spot(4, 30)])

    assert found.places == {"ana": (1, 1022)}
    late = planned([pair], [spot(3, 3), spot(4, 30)])
    assert late.places == {"ana": (3, 4)}


def test_a_lost_second_dose_keeps_to_its_interval() -> None:
    """Day 20 is too early, day 57 too late; at the edges it is right."""
    pair = unit("ana", leg(0, must=False, fixed=True), leg(28))

    assert planned([pair], [spot(1, 20), spot(2, 57)]).unplaced == {"ana": Why.NO_SEAT}
    assert planned([pair], [spot(1, 20), spot(2, 21)]).places == {"ana": (1000, 2)}
    assert planned([pair], [spot(1, 56), spot(2, 57)]).places == {"ana": (1000, 1)}


def test_who_gets_no_dose_is_told_so() -> None:
    """No window is another reason than no seat."""

    class Closed(Plain):
        def window(self, unit: Unit, before: tuple[date, ...]) -> Window | None:
            return None

    assert planned([unit("ana")], [spot(1, 1)], Closed()).unplaced == {"ana": Why.NOT_GIVEN}


def test_a_lack_of_doses_touches_the_last_in_rank_and_whole_households() -> None:
    """One dose short: the last unit, though it is two people."""
    units = [unit("ana"), unit("bob", size=2), unit("eve", group=-1)]

    assert [one.key for one in planner.short(units, 1)] == ["bob"]
    assert [one.key for one in planner.short(units, 3)] == ["bob", "ana"]
    assert planner.short(units, 0) == []


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Unit], list[Spot]]:
    """Some people who lost one dose or both, and too few seats."""
    units = []
    for number in range(draw(st.integers(1, 12))):
        second = draw(st.sampled_from(["none", "stays", "lost"]))
        legs = [leg(0, minute=draw(st.sampled_from([480, 540, 840])))]
        if second != "none":
            legs.append(leg(draw(st.integers(FIRST, LAST)), must=second == "lost"))
        group, size = draw(st.integers(0, 2)), draw(st.integers(1, 3))
        units.append(unit(f"{number:02}", *legs, group=group, size=size))
    spots = [
        spot(
            number,
            draw(st.integers(0, 70)),
            seats=draw(st.integers(1, 4)),
            site=draw(st.integers(1, 3)),
            minute=draw(st.sampled_from([480, 540, 840])),
        )
        for number in range(1, draw(st.integers(1, 14)))
    ]
    return units, spots


@given(questions())
def test_the_promises_hold(question: tuple[list[Unit], list[Spot]]) -> None:
    """Everybody once, within capacity and interval, and the same again from another order."""
    units, spots = question
    days = {one.slot_id: one.day for one in spots}
    room = {one.slot_id: one.seats for one in spots}

    found = planned(units, spots)

    used = Counter[int]()
    for one in units:
        places = found.places.get(one.key)
        assert (places is None) == (one.key in found.unplaced)
        if places is None:
            continue
        ends = [days.get(place, old.day) for place, old in zip(places, one.legs, strict=True)]
        assert not [
            old
            for place, old in zip(places, one.legs, strict=True)
            if old.must_move and place == old.slot_id
        ]
        if len(ends) == 2:
            assert FIRST <= (ends[1] - ends[0]).days <= LAST
        for place in places:
            used[place] += one.size if place in room else 0
    assert all(used[place] <= seats for place, seats in room.items())
    assert planned(units[::-1], spots[::-1]) == found


@given(questions())
def test_nobody_of_a_later_rank_has_a_place_that_an_earlier_one_wanted(
    question: tuple[list[Unit], list[Spot]],
) -> None:
    """Whoever chose before others has what they would have if those did not exist."""
    units, spots = question
    ranked = sorted(units, key=lambda one: one.rank)
    whole = planned(units, spots)

    for count in range(1, len(ranked) + 1):
        alone = planned(ranked[:count], spots)
        key = ranked[count - 1].key
        assert alone.places.get(key) == whole.places.get(key)


@given(questions())
def test_more_seats_never_hurt_the_first(question: tuple[list[Unit], list[Spot]]) -> None:
    """The first in rank stays placed when a slot grows."""
    units, spots = question
    first = min(units, key=lambda one: one.rank).key
    wider = [replace(one, seats=one.seats + 1) for one in spots]

    if first in planned(units, spots).places:
        assert first in planned(units, wider).places


def test_seats_set_aside_for_later_doses_take_no_first_one() -> None:
    """The nearer session is for second doses only."""
    later = replace(spot(1, 1), doses=Doses.LATER)

    assert planned([unit("ana")], [later, spot(2, 2)]).places == {"ana": (2,)}
