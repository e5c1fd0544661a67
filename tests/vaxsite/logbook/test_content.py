"""The canonical content of a month: the same facts, the same digest; another fact, another one."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.logbook import content, signed_text
from vaxsite.logbook.content import Difference, Kind, Part
from vaxsite.logbook.facts import CheckFact, MonthLog, NoteFact, ProbeDay, UnitFacts
from vaxsite.logbook.months import Month

AT = datetime(2026, 1, 3, 0, 5, tzinfo=UTC)
UNIT = UnitFacts("riverside", "F1", "fridge", 200, 800, "Asia/Shanghai")

temperatures = st.integers(-9_000, 5_000)
days = st.builds(
    ProbeDay,
    day=st.dates(date(2026, 1, 1), date(2026, 1, 31)),
    probe=st.sampled_from(["a", "b"]),
    low_centi=st.none() | temperatures,
    high_centi=st.none() | temperatures,
    readings=st.integers(0, 3),
    faults=st.integers(0, 3),
    imported=st.integers(0, 3),
)
notes = st.builds(
    NoteFact,
    note_id=st.integers(1, 9),
    day=st.just(date(2026, 1, 3)),
    at=st.just(AT),
    by=st.just("li"),
    note=st.text(st.characters(codec="utf-8"), max_size=8),
)
unique_days = st.lists(days, max_size=6, unique_by=lambda one: one.key).map(tuple)
unique_notes = st.lists(notes, max_size=4, unique_by=lambda one: one.key).map(tuple)


def a_log(*, temperatures: tuple[ProbeDay, ...] = (), notes: tuple[NoteFact, ...] = ()) -> MonthLog:
    check = CheckFact(date(2026, 1, 3), "morning", AT, "li", 480, 470, "")
    return MonthLog(Month(2026, 1), UNIT, (), (), (), (check,), temperatures, (), (), (), (), notes)


logs = st.builds(a_log, temperatures=unique_days, notes=unique_notes)


def test_digest_is_that_of_the_text_and_needs_no_program_of_ours() -> None:
    """Whoever has the text can compute it."""
    text = content.canonical(a_log(notes=(NoteFact(1, date(2026, 1, 3), AT, "李", "门没关"),)))

    assert content.digest(text) == hashlib.sha256(text.encode("utf-8")).digest()
    assert "门没关" in text
    assert json.loads(text)["format"] == "vaxsite-month-1"
    assert json.loads(text)["facts"]["checks"]["2026-01-03 morning"]["shown_centi"] == 480


@given(logs)
def test_order_of_facts_does_not_matter(log: MonthLog) -> None:
    """Facts are named by their keys, not by their places."""
    turned = replace(log, temperatures=log.temperatures[::-1], notes=log.notes[::-1])

    assert content.canonical(turned) == content.canonical(log)


@given(logs)
def test_what_was_signed_is_read_back_as_it_was(log: MonthLog) -> None:
    """Every fact with its types; the order is that of time."""
    found = signed_text.log_of(content.canonical(log))

    assert content.canonical(found) == content.canonical(log)
    assert set(found.temperatures) == set(log.temperatures)
    assert [one.day for one in found.temperatures] == sorted(one.day for one in log.temperatures)
    assert set(found.notes) == set(log.notes)


def test_a_text_of_another_format_is_not_guessed_at() -> None:
    """Whoever makes a new format writes what reads the old one."""
    text = content.canonical(a_log()).replace("vaxsite-month-1", "vaxsite-month-9")

    with pytest.raises(ValueError, match="vaxsite-month-9"):
        signed_text.log_of(text)


@given(logs, logs)
def test_logs_differ_exactly_where_a_difference_is_told(one: MonthLog, other: MonthLog) -> None:
    """No change goes untold, and nothing is told that is no change."""
    signed = content.canonical(one)

    found = content.differences(signed, other)

    assert (found == ()) == (content.canonical(other) == signed)
    assert content.differences(signed, one) == ()


@given(logs, logs)
def test_differences_are_the_same_from_the_other_side(one: MonthLog, other: MonthLog) -> None:
    """What is new from here is gone from there."""
    there = content.differences(content.canonical(one), other)
    back = content.differences(content.canonical(other), one)
    turned = {Kind.ADDED: Kind.GONE, Kind.GONE: Kind.ADDED, Kind.CHANGED: Kind.CHANGED}

    assert [(d.part, d.key, d.before, d.after) for d in there] == [
        (d.part, d.key, d.after, d.before) for d in back
    ]
    assert [d.kind for d in there] == [turned[d.kind] for d in back]


def test_difference_names_the_field_with_both_values() -> None:
    """And no other field."""
    before = a_log(temperatures=(ProbeDay(date(2026, 1, 3), "a", 300, 500, 96, 0, 0),))
    after = a_log(temperatures=(ProbeDay(date(2026, 1, 3), "a", -60, 500, 98, 0, 2),))

    assert content.differences(content.canonical(before), after) == (
        Difference(
            Part.TEMPERATURES,
            "2026-01-03 a",
            Kind.CHANGED,
            {"imported": 0, "low_centi": 300, "readings": 96},
            {"imported": 2, "low_centi": -60, "readings": 98},
        ),
    )
