"""Conditions as rows: doors, supplies and early warnings, with an alert where the rule calls.

In order they move forward with each reading. What came late is judged again from the stored
readings since a time in which nothing was remembered. A condition holds no lot and tells nothing
downstream; it ends by itself, and its alert with it, because nothing is left to decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain import excursions, signals
from sensors.domain.alerts import OF_EXCURSIONS, AlertKind
from sensors.domain.excursions import Change, EndReason, Episode
from sensors.domain.placements import Place
from sensors.domain.readings import Reading
from sensors.domain.rules import RuleSet, Signal
from sensors.domain.signals import AT_REST, Memory
from sensors.rulebook import RULES
from sensors.services import alerting, storing
from sensors.services.alerting import Cause
from sensors.services.known import KnownSensor
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import ExcursionRow
from sensors.store.readings import ReadingRow, standing

_CHUNK = 500
# What was over this long ago when it was found calls nobody: nothing is left to do about it.
_NEWS = timedelta(minutes=30)
Told = list[tuple[Signal, Change]]


def move_on(memory: Memory, readings: Iterable[Reading], rules: RuleSet) -> tuple[Memory, Told]:
    """Judge *readings*, in order and newer than all before, by the *rules* that warn."""
    told: Told = []
    for reading in readings:
        if memory is AT_REST and signals.is_quiet(reading, rules):
            continue
        memory, changed = signals.move_on(memory, reading, rules)
        told += changed
    return memory, told


def carry_out(
    session: Session,
    sensor: KnownSensor,
    place: Place | None,
    told: Told,
    *,
    now: datetime,
    late: bool = False,
) -> None:
    """Write what changed; a condition that came and went within one batch is written once."""
    if place is None:  # A probe that hangs nowhere has no rules.
        return
    for signal in {signal for signal, _ in told}:
        changes = [change for one, change in told if one is signal]
        begun = excursions.gather(changes)
        new = {(episode.rule, episode.began_at) for episode in begun}
        for change in changes:
            if (change.rule, change.began_at) not in new:
                _go_on(session, sensor, change, now)
        for episode in begun:
            _begin(session, sensor.id, place.unit_id, signal, episode, now, late=late)
    session.flush()


def judge_again(
    session: Session, sensor: KnownSensor, since: datetime, *, now: datetime, late: bool = False
) -> Memory:
    """Judge what *sensor* said from *since* on anew, and bring the rows to it."""
    here = sensor.place_at(since)
    begin_at = since if here is None else _quiet_before(session, sensor, here, since)
    readings = storing.stored(session, sensor, begin_at)
    memory, found = recompute(readings, sensor.places)
    _bring_to(session, sensor, found, begin_at, now, late=late)
    return memory


Found = dict[tuple[int, Signal, str, datetime], Episode]


def recompute(readings: Sequence[Reading], places: Sequence[Place]) -> tuple[Memory, Found]:
    """Return the memory and the conditions that *readings* give, each in its place.

    What lasts when the probe leaves, or when other rules judge, ends with its last reading there.
    """
    memory, found = AT_REST, Found()
    for place in places:
        own = [reading for reading in readings if place.holds(reading.measured_at)]
        if not own:
            continue
        memory, told = signals.replay(own, place.rules)
        for signal, episodes in told.items():
            for episode in episodes:
                left = place.to_at is not None and episode.ended_at is None
                name = (place.unit_id, signal, episode.rule, episode.began_at)
                found[name] = _left(episode, own[-1].measured_at) if left else episode
        if place.to_at is not None:
            memory = AT_REST
    return memory, found


def _left(episode: Episode, at: datetime) -> Episode:
    """Return *episode* as it ends at *at*, where nobody judges it any further."""
    return replace(episode, ended_at=at, reason=EndReason.UNKNOWN)


def stored_conditions(session: Session, sensor_id: int) -> list[ConditionRow]:
    """Return the conditions of a probe that are not withdrawn, oldest first."""
    wanted = select(ConditionRow).where(
        ConditionRow.sensor_id == sensor_id, ConditionRow.withdrawn_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(ConditionRow.began_at, ConditionRow.rule)))


def _quiet_before(session: Session, sensor: KnownSensor, place: Place, since: datetime) -> datetime:
    """Return an instant before *since* from which a replay forgets nothing.

    It begins a stretch of quiet readings that is longer than any memory; without one it is where
    the probe's time in *place* begins.
    """
    needed = signals.longest_memory(place.rules)
    quiet_at: datetime | None = None
    before = since
    while True:
        rows = session.execute(
            select(
                ReadingRow.measured_at, ReadingRow.centi, ReadingRow.door_open, ReadingRow.power_on
            )
            .where(
                ReadingRow.sensor_id == sensor.id,
                standing(),
                ReadingRow.measured_at >= place.from_at,
                ReadingRow.measured_at < before,
            )
            .order_by(ReadingRow.measured_at.desc())
            .limit(_CHUNK)
        ).all()
        for at, centi, door_open, power_on in rows:
            told = Reading(sensor.id, at, at, centi, door_open=door_open, power_on=power_on)
            if not signals.is_quiet(sensor.corrected(told), place.rules):
                quiet_at = None
                continue
            quiet_at = quiet_at or at
            if quiet_at - at > needed:
                return at
        if len(rows) < _CHUNK:
            return place.from_at
        before = rows[-1].measured_at


def _go_on(session: Session, sensor: KnownSensor, change: Change, now: datetime) -> None:
    row = session.scalars(
        select(ConditionRow).where(
            ConditionRow.sensor_id == sensor.id,
            ConditionRow.rule == change.rule,
            ConditionRow.began_at == change.began_at,
            ConditionRow.withdrawn_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return
    row.peak_centi = change.peak_centi
    if isinstance(change, excursions.Ended):
        _end(session, row, change.ended_at, change.reason, now)


def _begin(
    session: Session,
    sensor_id: int,
    unit_id: int,
    signal: Signal,
    episode: Episode,
    now: datetime,
    *,
    late: bool,
) -> None:
    row = ConditionRow(
        sensor_id=sensor_id,
        unit_id=unit_id,
        signal=signal,
        rule=episode.rule,
        began_at=episode.began_at,
        confirmed_at=episode.confirmed_at,
        ended_at=episode.ended_at,
        end_reason=episode.reason,
        peak_centi=episode.peak_centi,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _call(session, row, episode, cause_of(row), now, late=late)


def cause_of(row: ConditionRow) -> str:
    """Return the key of the alert of a condition."""
    return f"{row.signal}:{row.id}"


def _end(
    session: Session, row: ConditionRow, ended_at: datetime, reason: EndReason, now: datetime
) -> None:
    row.ended_at, row.end_reason = ended_at, reason
    session.flush()
    alerting.clear_cause(session, cause_of(row), cleared_at=ended_at, now=now)


def _bring_to(
    session: Session,
    sensor: KnownSensor,
    found: Found,
    since: datetime,
    now: datetime,
    *,
    late: bool,
) -> None:
    """Make the rows begun from *since* on say what was *found*: the same beginning, or overlap."""
    rows = session.scalars(
        select(ConditionRow).where(
            ConditionRow.sensor_id == sensor.id, ConditionRow.began_at >= since
        )
    ).all()
    left = {(row.rule, row.began_at): row for row in rows}
    same = {name: left.pop(name[2:]) for name in found if name[2:] in left}
    for name in [name for name in found if name not in same]:
        near = next((key for key, row in left.items() if _overlap(name, found[name], row)), None)
        if near is not None:
            same[name] = left.pop(near)
    for row in left.values():
        if row.withdrawn_at is None:
            heir = next((same[name] for name in same if _overlap(name, found[name], row)), None)
            _withdraw(session, row, heir, now)
    for name, episode in found.items():
        if name in same:
            _correct(session, same[name], name[0], episode, now, late=late)
        else:
            _begin(session, sensor.id, name[0], name[1], episode, now, late=late)
    session.flush()


def _withdraw(
    session: Session, row: ConditionRow, heir: ConditionRow | None, now: datetime
) -> None:
    """Take back what never was; what is part of *heir* leaves it its alert, and nobody is told."""
    if heir is not None and heir.unit_id == row.unit_id:  # Else it is told of in its new unit.
        alerting.hand_on(session, cause_of(row), to=_cause_anew(heir, now))
    row.withdrawn_at = now
    session.flush()
    alerting.clear_cause(session, cause_of(row), cleared_at=now, now=now)


def _cause_anew(row: ConditionRow, now: datetime) -> str:
    return f"{cause_of(row)}:{now.isoformat()}"


def _overlap(name: tuple[int, Signal, str, datetime], episode: Episode, row: ConditionRow) -> bool:
    return (
        row.withdrawn_at is None
        and (name[0], name[1], name[2]) == (row.unit_id, row.signal, row.rule)
        and (row.ended_at is None or episode.began_at < row.ended_at)
        and (episode.ended_at is None or row.began_at < episode.ended_at)
    )


def _correct(
    session: Session,
    row: ConditionRow,
    unit_id: int,
    episode: Episode,
    now: datetime,
    *,
    late: bool,
) -> None:
    """Move the bounds; one that was closed, or was told of another unit, is called anew."""
    moved = row.unit_id != unit_id
    if moved:
        alerting.clear_cause(session, cause_of(row), cleared_at=now, now=now)
        row.unit_id = unit_id
    called_anew = moved or row.ended_at is not None or row.withdrawn_at is not None
    row.withdrawn_at = None
    row.began_at, row.confirmed_at = episode.began_at, episode.confirmed_at
    row.peak_centi = episode.peak_centi
    if episode.ended_at is not None and episode.reason is not None:
        if (row.ended_at, row.end_reason) != (episode.ended_at, episode.reason):
            _end(session, row, episode.ended_at, episode.reason, now)
    elif called_anew:
        row.ended_at = row.end_reason = None
        session.flush()
        _call(session, row, episode, _cause_anew(row, now), now, late=late)


def _call(
    session: Session,
    row: ConditionRow,
    episode: Episode,
    cause: str,
    now: datetime,
    *,
    late: bool,
) -> None:
    """Open the alert of a condition where its rule calls and it is news."""
    over_long = episode.ended_at is not None and now - episode.ended_at > _NEWS
    if not RULES[episode.rule].calls or over_long or _came_true(session, row):
        return
    alerting.open_alert(
        session,
        Cause(cause, AlertKind(row.signal), episode.severity, row.unit_id, row.sensor_id),
        now=now,
        happened_at=episode.ended_at or episode.confirmed_at,
        found_late=late,
    )
    if episode.ended_at is not None:
        alerting.clear_cause(session, cause_of(row), cleared_at=episode.ended_at, now=now)


def _came_true(session: Session, row: ConditionRow) -> bool:
    """Tell whether a warning is old news: the excursion has its own alert already."""
    if row.signal not in OF_EXCURSIONS:
        return False
    told_of = row.began_at if row.signal == Signal.CONTENTS else row.confirmed_at
    return (
        session.scalar(
            select(ExcursionRow.id)
            .where(
                ExcursionRow.sensor_id == row.sensor_id,
                ExcursionRow.withdrawn_at.is_(None),
                or_(ExcursionRow.ended_at.is_(None), ExcursionRow.ended_at > told_of),
            )
            .limit(1)
        )
        is not None
    )
