"""The check before publishing, against a slow search that knows nothing of flows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from vaxsite.plans.rules.check import Need, Place, Situation, Supply, Verdict, judge

FIRST = date(2026, 3, 2)  # A Monday.
DAYS = 9
SITES = (1, 2)
PLENTY = tuple(Supply(site, FIRST, None, 10**6) for site in range(1, 10))


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def needs(draw: st.DrawFn) -> Need:
    given_on = draw(st.integers(0, 3))
    begin = given_on + draw(st.integers(1, 3))
    end = begin + draw(st.integers(0, 3))
    return Need(
        draw(st.sampled_from(SITES)),
        day(given_on),
        draw(st.integers(1, 2)),
        day(begin),
        day(end),
        offered=draw(st.booleans()),
    )


@st.composite
def supplies(draw: st.DrawFn) -> Supply:
    begin = draw(st.integers(0, 5))
    end = draw(st.none() | st.integers(begin, DAYS).map(day))
    return Supply(draw(st.sampled_from(SITES)), day(begin), end, draw(st.integers(1, 4)))


places = st.tuples(st.sampled_from(SITES), st.integers(0, DAYS).map(day))
situations = st.builds(
    Situation,
    needs=st.lists(needs(), max_size=3).map(tuple),
    seats=st.dictionaries(places, st.integers(1, 2), max_size=4),
    booked=st.dictionaries(places, st.integers(1, 1), max_size=1),
    supplies=st.lists(supplies(), max_size=3).map(tuple),
    together=st.booleans(),
)


def people(situation: Situation) -> list[Need]:
    return [replace(need, count=1) for need in situation.needs for _ in range(need.count)]


def seats_for(person: Need, situation: Situation) -> Iterator[Place]:
    for site, at in situation.seats:
        near = situation.together or site == person.site_id
        if near and person.earliest and person.latest and person.earliest <= at <= person.latest:
            yield site, at


def most_seated(situation: Situation) -> int:
    """Kuhn's matching of single people and single seats."""
    seats = [place for place, count in situation.seats.items() for _ in range(count)]
    owner: dict[int, int] = {}
    waiting = people(situation)

    def seat(number: int, seen: set[int]) -> bool:
        allowed = set(seats_for(waiting[number], situation))
        for place in range(len(seats)):
            if seats[place] in allowed and place not in seen:
                seen.add(place)
                if place not in owner or seat(owner[place], seen):
                    owner[place] = number
                    return True
        return False

    return sum(seat(number, set()) for number in range(len(waiting)))


class Search:
    """Try everything: whom to seat where, and from which supply every dose comes."""

    def __init__(self, situation: Situation) -> None:
        self.one = situation
        self.fixed = [place for place, count in situation.booked.items() for _ in range(count)]
        self.waiting = people(situation)
        self.fixed += [(one.site_id, one.given_on) for one in self.waiting if one.offered]
        self.seats = Counter(situation.seats)
        self.doses = [one.doses for one in situation.supplies]
        self.failed: set[tuple[int, ...]] = set()

    def serve(self, number: int = 0) -> bool:
        if number == len(self.fixed) + len(self.waiting):
            return True
        state = (number, *self.doses, *(self.seats[place] for place in self.one.seats))
        if state in self.failed:
            return False
        if number < len(self.fixed):
            found = self.dosed(self.fixed[number], number)
        else:
            found = any(self.seated(place, number) for place in list(self.seats))
        if not found:
            self.failed.add(state)
        return found

    def dosed(self, place: Place, number: int) -> bool:
        for index, supply in enumerate(self.one.supplies):
            if self.doses[index] and supply.site_id == place[0] and supply.good_on(place[1]):
                self.doses[index] -= 1
                if self.serve(number + 1):
                    return True
                self.doses[index] += 1
        return False

    def seated(self, place: Place, number: int) -> bool:
        person = self.waiting[number - len(self.fixed)]
        if not self.seats[place] or place not in seats_for(person, self.one):
            return False
        self.seats[place] -= 1
        found = self.dosed(place, number)
        self.seats[place] += 1
        return found


def repaired(situation: Situation, verdict: Verdict) -> Situation:
    seats = Counter(situation.seats)
    for one in verdict.seats:
        seats[(one.site_id, one.day)] += one.count
    more = tuple(Supply(one.site_id, one.day, one.day, one.count) for one in verdict.doses)
    return replace(situation, seats=seats, supplies=(*situation.supplies, *more))


def kept(situation: Situation, verdict: Verdict) -> Situation:
    """Offer only what the verdict calls possible."""
    left = Counter(verdict.possible)
    offered = []
    for need in situation.needs:
        place = (need.site_id, need.given_on)
        count = min(need.count, left[place]) if need.offered else need.count
        if need.offered:
            left[place] -= count
        offered.append(replace(need, count=count))
    return replace(situation, needs=tuple(one for one in offered if one.count))


@settings(max_examples=300, deadline=None)
@given(situations)
def test_feasible_means_that_a_search_of_everything_serves_everybody(one: Situation) -> None:
    """Never a yes where somebody would stand without seat or dose, never a no where nobody does."""
    assert judge(one).feasible == Search(one).serve()


@settings(max_examples=300, deadline=None)
@given(situations)
def test_the_seats_named_as_missing_are_as_few_as_can_be(one: Situation) -> None:
    """As many as people whom no matching of single people to single seats can seat."""
    assert judge(one).seats_missing == len(people(one)) - most_seated(one)


@settings(max_examples=300, deadline=None)
@given(situations)
def test_what_is_named_as_missing_is_enough(one: Situation) -> None:
    """With these seats and doses added the same plan passes."""
    assert judge(repaired(one, judge(one))).feasible


@settings(max_examples=300, deadline=None)
@given(
    situations.filter(
        lambda one: (
            len({(n.site_id, n.given_on) for n in one.needs if n.offered})
            == len([n for n in one.needs if n.offered])
        )
    )
)
def test_what_is_called_possible_can_be_offered(one: Situation) -> None:
    """First seats cut down to the proposal leave nobody without the second dose."""
    verdict = judge(one)

    if not verdict.promised_short:
        assert judge(kept(one, verdict)).feasible


@settings(max_examples=200, deadline=None)
@given(situations)
def test_no_more_first_seats_are_possible_when_only_seats_are_short(one: Situation) -> None:
    """Beside enough doses the proposal is the largest one."""
    rich = replace(one, supplies=PLENTY)
    verdict = judge(rich)
    promised = sum(need.count for need in rich.needs if not need.offered)

    if not verdict.promised_short:
        assert verdict.possible_count == most_seated(rich) - promised


@settings(max_examples=200, deadline=None)
@given(situations)
def test_earliest_deadline_first_agrees_where_one_clinic_has_doses_enough(one: Situation) -> None:
    """A third way to the same number: day by day, whoever must come soonest sits first."""
    home = [replace(need, site_id=1) for need in one.needs]
    seats = {(1, at): count for (_, at), count in one.seats.items()}
    alone = replace(one, needs=tuple(home), seats=seats, supplies=PLENTY, together=False)
    waiting, seated = people(alone), 0
    for number in range(DAYS + 1):
        here = sorted(
            (each for each in waiting if each.earliest and each.earliest <= day(number)),
            key=lambda each: each.latest or day(0),
        )
        here = [each for each in here if each.latest and each.latest >= day(number)]
        for each in here[: seats.get((1, day(number)), 0)]:
            waiting.remove(each)
            seated += 1

    assert judge(alone).seats_missing == len(people(alone)) - seated


def zurich() -> Situation:
    """Nine centres open 54,000 first seats in six weeks, and second seats in five weeks only."""
    working = [day(number) for number in range(100) if number % 7 < 5]
    first, second = working[:30], working[20:45]
    return Situation(
        needs=tuple(
            Need(site, at, 200, at + timedelta(days=21), at + timedelta(days=56), offered=True)
            for site in range(1, 10)
            for at in first
        ),
        seats={(site, at): 130 for site in range(1, 10) for at in second},
        booked={},
        supplies=PLENTY,
    )


def test_the_plan_of_zurich_is_refused_with_the_short_weeks_named() -> None:
    """54,000 first seats, 29,250 second ones: 24,750 are missing, and the weeks are told."""
    verdict = judge(zurich())

    assert verdict.offered == 54_000
    assert verdict.seats_missing == 24_750
    assert verdict.possible_count == 29_250
    assert verdict.doses == ()
    weeks = Counter[date]()
    for one in verdict.by_week(verdict.seats):
        weeks[one.day] += one.count
    assert min(weeks) >= date(2026, 3, 23)  # Nobody can have the second dose in the first weeks.
    assert all(at.weekday() == 0 for at in weeks)
    assert sum(weeks.values()) == 24_750


def test_the_plan_of_zurich_passes_with_the_seats_that_were_named() -> None:
    """Whoever adds what the refusal names is not refused again."""
    assert judge(repaired(zurich(), judge(zurich()))).feasible


def test_seats_alone_are_no_second_dose() -> None:
    """A hundred seats, and vaccine for thirty first and thirty second doses only."""
    one = Situation(
        needs=(Need(1, day(0), 50, day(21), day(56), offered=True),),
        seats={(1, day(21)): 100},
        booked={},
        supplies=(Supply(1, day(0), day(300), 60),),
    )

    verdict = judge(one)

    assert verdict.seats == ()
    assert verdict.doses_missing == 40
    assert not verdict.feasible
    assert judge(kept(one, verdict)).feasible


def test_a_delivery_after_the_window_helps_nobody() -> None:
    """The seats are there; the vaccine comes on day 57."""
    one = Situation(
        needs=(Need(1, day(0), 10, day(21), day(56), offered=True),),
        seats={(1, day(56)): 10},
        booked={},
        supplies=(Supply(1, day(0), None, 10), Supply(1, day(57), None, 10)),
    )

    assert judge(one).by_week(judge(one).doses)[0].day == date(2026, 4, 27)
    assert judge(replace(one, supplies=(Supply(1, day(0), None, 20),))).feasible


def test_lots_that_expire_before_the_second_dose_do_not_count() -> None:
    """Twenty doses, ten of them good only until the day before the window."""
    one = Situation(
        needs=(Need(1, day(0), 10, day(21), day(22), offered=True),),
        seats={(1, day(22)): 10},
        booked={},
        supplies=(Supply(1, day(0), day(20), 10), Supply(1, day(0), day(22), 10)),
    )

    assert judge(one).feasible
    swapped = replace(one, supplies=(Supply(1, day(0), day(20), 20),))
    assert judge(swapped).doses_missing == 10


def test_another_clinic_helps_only_where_the_plan_allows_it() -> None:
    """Same clinic first; with the permission the free seats of the other one are used."""
    one = Situation(
        needs=(Need(1, day(0), 3, day(21), day(56), offered=True),),
        seats={(1, day(30)): 1, (2, day(30)): 2},
        booked={},
        supplies=PLENTY,
    )

    assert judge(one).seats_missing == 2
    assert judge(replace(one, together=True)).feasible


def test_who_has_a_first_dose_comes_before_whom_it_is_offered() -> None:
    """One seat, one person who is owed it, one first seat on offer: none more is possible."""
    owed = Need(1, day(0), 1, day(21), day(56))
    fresh = Need(1, day(1), 1, day(22), day(57), offered=True)
    one = Situation((fresh, owed), {(1, day(30)): 1}, {}, PLENTY)

    verdict = judge(one)

    assert verdict.promised_short == 0
    assert verdict.possible_count == 0


def test_missing_seats_are_named_in_weeks_in_which_the_clinic_is_open() -> None:
    """A week that is closed as a whole is not proposed."""
    closed = frozenset((1, day(number)) for number in range(21, 28))
    one = Situation(
        (Need(1, day(0), 4, day(21), day(41), offered=True),), {}, {}, PLENTY, closed=closed
    )

    assert [(each.day, each.count) for each in judge(one).seats] == [(day(28), 2), (day(35), 2)]
