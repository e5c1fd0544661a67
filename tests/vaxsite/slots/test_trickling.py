"""The schedule of a trickle: every seat once, in its hours, in time, and anybody recomputes it."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build.booking import NOW
from vaxsite.slots.trickling import LEAD, Lot, Terms, read_terms, schedule, stamp

SCRIPT = Path(__file__).parents[3] / "docs" / "trickle_check.py"
LOTS = st.lists(st.tuples(st.integers(0, 60 * 24 * 10), st.integers(1, 30)), min_size=1, max_size=6)


@st.composite
def some_terms(draw: st.DrawFn) -> Terms:
    """Sessions near and far, windows over a change of the clocks, four corners of the earth."""
    begins_at = draw(
        st.sampled_from([NOW, datetime(2026, 3, 28, 21, 17, 5, tzinfo=UTC)])
    ) + timedelta(minutes=draw(st.integers(0, 1440)))
    lots = {begins_at + timedelta(minutes=far + 1): seats for far, seats in draw(LOTS)}
    return Terms(
        secret=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        session_id=draw(st.integers(1, 9999)),
        begins_at=begins_at,
        ends_at=begins_at + timedelta(hours=draw(st.sampled_from([1, 24, 48, 72]))),
        timezone=draw(st.sampled_from(["Asia/Shanghai", "Europe/Zurich", "America/New_York"])),
        lots=tuple(Lot(at, seats) for at, seats in sorted(lots.items())),
        portion=draw(st.integers(1, 6)),
    )


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trickle_check", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@settings(max_examples=60, deadline=None)
@given(some_terms())
def test_every_seat_comes_out_once_and_in_time(terms: Terms) -> None:
    """Within the window, at its hours where there are any, at the latest a day before the slot."""
    found = schedule(terms)

    for lot in terms.lots:
        mine = [one for one in found if one.starts_at == lot.starts_at]
        latest = max(terms.begins_at, min(terms.ends_at, lot.starts_at - LEAD))
        assert sum(one.seats for one in mine) == lot.seats
        assert [one.number for one in mine] == list(range(1, len(mine) + 1))
        assert all(1 <= one.seats <= terms.portion for one in mine)
        for one in mine:
            clock = one.due_at.astimezone(ZoneInfo(terms.timezone)).time()
            assert terms.begins_at <= one.due_at <= latest
            assert terms.first <= clock < terms.last or one.due_at == latest


@settings(max_examples=20, deadline=None)
@given(some_terms())
def test_another_program_recomputes_it_from_the_text(terms: Terms) -> None:
    """The text says everything: it is read back, and the page of Python in docs agrees."""
    assert read_terms(terms.text) == terms
    told = [
        (stamp(one.starts_at), one.number, one.seats, stamp(one.due_at)) for one in schedule(terms)
    ]

    assert list(script().portions(terms.text)) == told


def test_moments_are_spread_over_the_window() -> None:
    """Of 300 portions in 48 hours no hour of the day has more than three times its share."""
    at = NOW + timedelta(days=7)
    lots = tuple(Lot(at + timedelta(minutes=10 * one), 4) for one in range(300))
    terms = Terms("5" * 64, 1, NOW, NOW + timedelta(hours=48), "Asia/Shanghai", lots)
    hours = [one.due_at.astimezone(ZoneInfo("Asia/Shanghai")).hour for one in schedule(terms)]

    assert set(hours) == set(range(7, 22))
    assert max(hours.count(one) for one in set(hours)) < 3 * 300 / 15


def test_the_page_of_python_stands_alone() -> None:
    """It imports Python's own library and nothing else, and is short."""
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}

    assert len(lines) <= 60
    assert imported <= set(sys.stdlib_module_names)
