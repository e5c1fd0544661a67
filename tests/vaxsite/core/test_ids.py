"""References that people read over the phone, and identifiers that sort by time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.core import ids

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_identifiers_are_version_7_and_sort_by_time() -> None:
    """A later row has a greater identifier."""
    first, second = ids.new_id(NOON), ids.new_id(NOON + timedelta(milliseconds=1))

    assert first.version == 7
    assert first.variant == "specified in RFC 4122"
    assert first < second
    assert (ids.made_at(first), ids.made_at(second)) == (NOON, NOON + timedelta(milliseconds=1))


def test_a_reference_is_read_back_as_typed_by_a_person() -> None:
    """Small letters, spaces, dashes and the look-alikes O, I and L are understood."""
    reference = ids.new_reference()

    assert ids.parse_reference(ids.show_reference(reference).lower()) == reference
    assert ids.parse_reference(f"  {reference[:5]} {reference[5:]} ") == reference
    typed = reference.replace("0", "O").replace("1", "l")
    assert ids.parse_reference(typed) == reference


@given(st.integers(0, 9), st.sampled_from(ids.ALPHABET))
def test_one_wrong_character_is_noticed(place: int, wrong: str) -> None:
    """A reference with one character mistaken is not a reference."""
    reference = ids.new_reference()
    mistaken = reference[:place] + wrong + reference[place + 1 :]

    assert mistaken == reference or ids.parse_reference(mistaken) is None


@given(st.integers(0, 7))
def test_two_swapped_neighbours_are_noticed(place: int) -> None:
    """Swapping two neighbouring characters is noticed."""
    reference = ids.new_reference()
    chars = list(reference)
    chars[place], chars[place + 1] = chars[place + 1], chars[place]

    assert "".join(chars) == reference or ids.parse_reference("".join(chars)) is None


@pytest.mark.parametrize("typed", ["", "short", "UUUUUUUUUU", "0" * 11, "疫苗" * 5])
def test_what_is_no_reference_is_none(typed: str) -> None:
    """Anything else that people type gives None and never raises."""
    assert ids.parse_reference(typed) is None
