"""What a probe tells beside its temperature is shown with its beginning and its age."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from sensors.domain.readings import EARLIEST
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain import reported
from vaxsite.coldchain.queries.reported import read_reported
from vaxsite.coldchain.reported import Beside, Reported, Told
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

NOON = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
HOLE = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def doors(*told: tuple[int, bool | None]) -> tuple[Reported, ...]:
    """Return what is reported of a door that was open, or not, at minutes after noon."""
    words = [Told(NOON + minute * MINUTE, door_open=is_open) for minute, is_open in told]
    return reported.report(words, hole=HOLE)


def test_nothing_told_is_nothing_shown() -> None:
    """A device that tells only temperatures has no line for a door that it does not know."""
    assert reported.report([Told(NOON), Told(NOON + MINUTE)], hole=HOLE) == ()


@pytest.mark.parametrize(
    ("told", "since", "seen"),
    [
        ([(0, False), (5, True), (10, True)], 5, True),
        ([(0, True), (5, True)], 0, False),
        ([(0, False), (5, True), (6, None), (10, True)], 5, True),
        ([(0, False), (5, True), (21, True), (25, True)], 21, False),
        ([(0, False), (15, True)], 15, True),
        ([(0, False), (16, True)], 16, False),
    ],
)
def test_door_is_open_since_a_change_that_was_seen(
    told: list[tuple[int, bool | None]], since: int, seen: bool
) -> None:
    """Before a hole longer than the probe may be silent nobody knows: at least since then."""
    (found,) = doors(*told)

    assert found == Reported(
        Beside.DOOR, 1, NOON + told[-1][0] * MINUTE, NOON + since * MINUTE, seen
    )


def test_newest_word_on_each_thing_stands_for_itself() -> None:
    """A battery that is told once an hour is as old as its word, whatever else came since."""
    told = [
        Told(NOON, power_on=True, battery_pct=0),
        Told(NOON + 30 * MINUTE, ambient_centi=-150, compressor_on=True),
    ]

    assert reported.report(told, hole=HOLE) == (
        Reported(Beside.POWER, 1, NOON, NOON, seen_change=False),
        Reported(Beside.COMPRESSOR, 1, NOON + 30 * MINUTE),
        Reported(Beside.AMBIENT, -150, NOON + 30 * MINUTE),
        Reported(Beside.BATTERY, 0, NOON),
    )


WORDS = st.lists(
    st.tuples(st.integers(0, 600), st.sampled_from([True, False, None])),
    unique_by=lambda word: word[0],
)


@given(words=WORDS, order=st.randoms())
def test_run_of_a_door_holds_its_newest_word_alone(
    words: list[tuple[int, bool | None]], order: Random
) -> None:
    """In any order: since the beginning no other word was told, and no hole was long."""
    order.shuffle(words)
    for one in doors(*words):
        assert one.since is not None
        run = sorted(
            (at, value)
            for minute, value in words
            if value is not None and (at := NOON + minute * MINUTE) >= one.since
        )
        assert {int(value) for _, value in run} == {one.value}
        assert run[-1][0] == one.told_at
        assert all(after[0] - before[0] <= HOLE for before, after in pairwise(run))


def test_only_the_last_day_in_this_unit_is_looked_at(session: Session) -> None:
    """A word of yesterday, or from the unit where the probe hung before, is none about now."""
    unit = places.a_fridge(session, site=places.a_site(session))
    sensor = places.a_probe(session, unit=unit)
    for hours, celsius in ((25, 1000), (20, 2000)):
        places.readings(
            session,
            sensor=sensor,
            first_at=NOON - hours * HOUR,
            centis=[500],
            ambient_centi=celsius,
        )

    def ambient(since: datetime) -> list[int]:
        found = read_reported(session, sensor=sensor, since=since, until=NOON)
        return [one.value for one in found]

    assert ambient(EARLIEST) == [2000]
    assert ambient(NOON - 19 * HOUR) == []


@pytest.fixture
def address(app: Flask, clock: FrozenClock) -> str:
    """Return the page of a fridge whose device tells everything, its door open since 08:30."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        told = {"power_on": True, "ambient_centi": 2430, "battery_pct": 87}
        told["compressor_on"] = True
        for minutes, count, door_open in ((120, 18, False), (30, 6, True)):
            places.readings(
                store,
                sensor=clinic.probe,
                first_at=clock.now - minutes * MINUTE,
                centis=[500] * count,
                door_open=door_open,
                **told,
            )
        places.heard(store, sensor=clinic.probe, at=clock.now - 5 * MINUTE, centi=500)
        store.commit()
        return f"/coldchain/units/{clinic.fridge.id}"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "Door seen open 1 time, 25 min in all.",
                "Now: Door open, Mains power on, Compressor running, Around the unit 24.3 °C",
                "open · since 13 January 2026 08:30 · told 5 min ago",
                "on · at least since 13 January 2026 07:00 · told 5 min ago",
                "87 % · told 5 min ago",
            ),
        ),
        (
            "zh",
            (
                "箱门打开1次，共25分钟。",
                "目前：箱门打开，市电正常，压缩机运转，环境温度24.3 °C",
                "5分钟前报告",
                "至少自",
            ),
        ),
    ],
)
def test_page_says_it_in_lines_and_in_the_text_of_the_chart(
    client: PageClient, address: str, language: str, expected: tuple[str, ...]
) -> None:
    """Since when, how old, and in one sentence for those who do not see the chart."""
    client.sign_in(Role.NURSE)

    client.get(address, language=language)

    text = " ".join(client.page.text.split())
    for words in expected:
        assert words in text
