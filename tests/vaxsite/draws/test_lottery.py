"""The draw is fair, keeps its quotas, and never splits a household."""

from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.draws.rules.limits import unit_group
from vaxsite.draws.rules.lottery import (
    OPEN,
    Entry,
    Quotas,
    Spill,
    allocate,
    clean_value,
    digest,
    entry_list,
    move_up,
    order,
    quotas_of,
    seed_of,
)

NONE = quotas_of(3, [], Spill.OPEN)


def seed(index: int) -> str:
    return digest(f"draw {index}")


def singles(count: int) -> list[Entry]:
    return [Entry(f"E{index}", "", 1) for index in range(count)]


def chi_square(counted: Counter[str], kinds: int) -> float:
    expected = sum(counted.values()) / kinds
    missing = kinds - len(counted)
    return sum((n - expected) ** 2 / expected for n in counted.values()) + missing * expected


def test_everybody_is_first_equally_often() -> None:
    """Over 10,000 draws of 10 people, chi-square stays below the 0.1 % limit of 9 degrees."""
    people = singles(10)
    first = Counter(order(seed(index), people)[0].number for index in range(10_000))

    assert chi_square(first, 10) < 27.88


def test_every_order_is_equally_likely() -> None:
    """Over 10,000 draws of 3 people, chi-square stays below the 0.1 % limit of 5 degrees."""
    people = singles(3)
    orders = Counter(
        "".join(one.number for one in order(seed(index), people)) for index in range(10_000)
    )

    assert set(orders) == {"".join(one) for one in permutations(["E0", "E1", "E2"])}
    assert chi_square(orders, 6) < 20.52


def test_everybody_gets_a_place_equally_often() -> None:
    """Over 10,000 draws of 10 people for 3 places, each has between 28.5 and 31.5 % of them."""
    people = singles(10)
    got = Counter(
        number
        for index in range(10_000)
        for number in allocate(order(seed(index), people), NONE).pools
    )

    assert sum(got.values()) == 30_000
    assert min(got.values()) > 2_850
    assert max(got.values()) < 3_150


def test_a_household_that_does_not_fit_is_passed_over() -> None:
    """Four people who meet three last places keep their rank; the next who fit are taken."""
    ordered = [Entry("A", "", 4), Entry("B", "", 2), Entry("C", "", 2), Entry("D", "", 1)]

    found = allocate(ordered, NONE)

    assert found.pools == {"B": OPEN, "D": OPEN}
    assert found.left == {OPEN: 0}


@pytest.mark.parametrize(
    ("spill", "placed", "left"),
    [
        (Spill.OPEN, {"A": "old", "B": OPEN, "C": OPEN, "D": OPEN}, {"old": 0, "ill": 0, OPEN: 0}),
        (
            Spill.NEXT,
            {"A": "old", "C": "ill", "D": "ill", "B": OPEN},
            {"old": 0, "ill": 0, OPEN: 0},
        ),
        (Spill.KEPT, {"A": "old", "B": OPEN}, {"old": 2, "ill": 0, OPEN: 0}),
    ],
)
def test_an_unfilled_quota_goes_where_the_announcement_says(
    spill: Spill, placed: dict[str, str], left: dict[str, int]
) -> None:
    """Two unused places of the first quota: for everybody, for the next group, or kept."""
    ordered = [Entry("A", "old", 1), Entry("B", "", 1), Entry("C", "ill", 1), Entry("D", "ill", 1)]

    found = allocate(ordered, Quotas((("old", 3), ("ill", 0)), 1, spill))

    assert found.pools == placed
    assert found.left == left


UNITS = st.lists(
    st.tuples(st.sampled_from(["", "old", "ill"]), st.integers(1, 6)), min_size=1, max_size=40
)


@given(UNITS, st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.sampled_from(Spill))
def test_places_are_kept_whatever_comes(
    units: list[tuple[str, int]], old: int, ill: int, everybody: int, spill: Spill
) -> None:
    """No place is given twice or invented; quota places go to their group; nobody is split."""
    people = [Entry(f"E{n}", group, size) for n, (group, size) in enumerate(units)]
    quotas = Quotas((("old", old), ("ill", ill)), everybody, spill)
    ordered = order(seed(1), people)
    found = allocate(ordered, quotas)
    by_number = {one.number: one for one in people}

    given_away = sum(by_number[number].size for number in found.pools)
    assert given_away + sum(found.left.values()) == old + ill + everybody
    for number, pool in found.pools.items():
        assert pool in {OPEN, by_number[number].group}
    passed = [one for one in ordered if one.number not in found.pools]
    assert all(one.size > found.left[OPEN] for one in passed)
    first = [one for one in ordered if one.group == "old" and one.size <= old][:1]
    assert all(one.number in found.pools for one in first)


@given(UNITS)
def test_the_order_does_not_depend_on_the_order_of_the_list(units: list[tuple[str, int]]) -> None:
    """Who registered first has nothing from it; the list reads the same either way."""
    people = [Entry(f"E{n}", group, size) for n, (group, size) in enumerate(units)]

    assert order(seed(2), people) == order(seed(2), people[::-1])
    assert entry_list(people) == entry_list(people[::-1])


def test_places_that_lapse_go_down_the_list() -> None:
    """A freed place of a quota goes to the next of that group, an open one to the next of all."""
    waiting = [Entry("A", "", 1), Entry("B", "old", 1), Entry("C", "", 1)]
    quotas = Quotas((("old", 5),), 5, Spill.OPEN)

    found = move_up(waiting, {"old": 1, OPEN: 1}, quotas)

    assert found.pools == {"B": "old", "A": OPEN}


def test_every_part_changes_the_seed() -> None:
    """Secret, public value, announcement and list all enter the seed."""
    whole = seed_of("ab", "7 3 9", "x", "y")

    assert whole == seed_of("ab", clean_value(" 7  3 9\n"), "x", "y")
    others = [("ac", "7 3 9", "x", "y"), ("ab", "7 3 8", "x", "y"), ("ab", "7 3 9", "z", "y")]
    assert whole not in {seed_of(*other) for other in others}
    assert whole != seed_of("ab", "7 3 9", "x", "z")


@pytest.mark.parametrize(
    ("said", "group"),
    [
        (["old"], "old"),
        (["old", "old"], "old"),
        (["old", ""], ""),
        (["old", "ill"], ""),
        ([""], ""),
    ],
)
def test_a_household_draws_in_a_group_only_when_all_belong_to_it(
    said: list[str], group: str
) -> None:
    """A quota place never goes to somebody outside the group."""
    assert unit_group(said, ["old", "ill"]) == group
