"""Is everything as it must be? Recompute what can be recomputed, list what is not so.

For operators after a restore, and for the tests after every fault. It changes nothing.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import placements
from sensors.domain.excursions import EndReason, Episode
from sensors.domain.readings import Reading
from sensors.services import alerts_amiss, conditions, episodes, importing, known, lost, storing
from sensors.services.known import KnownSensor
from sensors.services.outbox import MessageState
from sensors.store import rollup
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.imports import LoggerFileRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor
from sensors.store.readings import ReadingDay, SensorState

DAY = timedelta(days=1)


class FaultKind(StrEnum):
    """What can be found broken."""

    EPISODE_MISSING = "episode_missing"  # The readings say that there was an excursion.
    EPISODE_UNFOUNDED = "episode_unfounded"  # The readings do not say so.
    EPISODE_DIFFERENT = "episode_different"  # Its bounds, peak or end are other ones.
    CONDITION_WRONG = "condition_wrong"  # A warning is not what the readings say.
    EXCURSION_WITHOUT_ALERT = "excursion_without_alert"
    ALERT_OF_NOTHING = "alert_of_nothing"  # It is open about an excursion that was withdrawn.
    ALERT_NEVER_TOLD = "alert_never_told"  # It is open, and nobody was or will be called about it.
    MESSAGE_UNDELIVERED = "message_undelivered"
    NEWEST_READING_WRONG = "newest_reading_wrong"
    HOUR_DIFFERENT = "hour_different"  # The roll-up is not the sum of its readings.
    LOGGER_FILE_ALTERED = "logger_file_altered"  # What is kept is not what was imported.
    PLACE_WRONG = "place_wrong"  # The probe's unit is not that of its placement without end.


@dataclass(frozen=True)
class Fault:
    """One broken thing; `subject` names the record (`sensor:3`, `excursion:7`)."""

    kind: FaultKind
    subject: str
    detail: str


def verify(session: Session) -> list[Fault]:
    """Return everything that is broken; an empty list is a sound database."""
    faults: list[Fault] = []
    for sensor in known.load(session).sensors.values():
        faults += check(session, sensor)
        faults += _check_hours(session, sensor)
        faults += _check_place(session, sensor)
    faults += _check_alerts(session)
    faults += _check_messages(session)
    faults += _check_files(session)
    return faults


def check(
    session: Session, sensor: KnownSensor, *, without: frozenset[datetime] = frozenset()
) -> list[Fault]:
    """Return what the readings of a probe say otherwise than what was decided from them.

    As it would be with the readings of the days *without* (the instants at which they begin)
    deleted by the rule of retention.
    """
    deleted = session.scalars(
        select(ReadingDay.day).where(
            ReadingDay.sensor_id == sensor.id, ReadingDay.deleted_at.is_not(None)
        )
    )
    gone = frozenset(day.date() for day in {*deleted, *without})
    readings = [
        one
        for one in storing.stored(session, sensor)
        if not gone or one.measured_at.date() not in gone
    ]
    return [
        *_check_episodes(session, sensor, readings),
        *_check_conditions(session, sensor, readings, gone),
        *_check_newest(session, sensor, readings),
    ]


def _check_episodes(
    session: Session, sensor: KnownSensor, readings: Sequence[Reading]
) -> Iterator[Fault]:
    """Compare the excursions of a probe with a computation from nothing but its readings."""
    known_at = lost.last_known(session, sensor.id)
    computed = {
        (found.unit_id, found.episode.rule, found.episode.began_at): found.episode
        for found in placements.replay(readings, sensor.places)[1]
    }
    stored = {
        (row.unit_id, row.rule, row.began_at): row
        for row in episodes.stored_episodes(session, sensor.id)
        if episodes.is_judged(row, sensor)
    }
    subject = f"sensor:{sensor.id}"
    for name in sorted(computed.keys() | stored.keys()):
        label = f"{name[1]} from {name[2].isoformat()}"
        if name not in stored:
            yield Fault(FaultKind.EPISODE_MISSING, subject, label)
        elif name not in computed:
            yield Fault(FaultKind.EPISODE_UNFOUNDED, subject, label)
        elif not _same(_as_lost(computed[name], stored[name], known_at), stored[name]):
            yield Fault(FaultKind.EPISODE_DIFFERENT, subject, label)


def _as_lost(episode: Episode, row: ExcursionRow, known_at: datetime | None) -> Episode:
    """Return *episode* as the watch ends it when its probe is lost: at its last known reading."""
    if episode.ended_at is None and (row.ended_at, row.end_reason) == (
        known_at,
        EndReason.UNKNOWN,
    ):
        return replace(episode, ended_at=known_at, reason=EndReason.UNKNOWN)
    return episode


def _same(episode: Episode, row: ExcursionRow) -> bool:
    return (
        episode.confirmed_at,
        episode.ended_at,
        episode.reason,
        episode.peak_centi,
        episode.direction,
    ) == (row.confirmed_at, row.ended_at, row.end_reason, row.peak_centi, row.direction)


def _check_conditions(
    session: Session, sensor: KnownSensor, readings: Sequence[Reading], gone: Collection[date]
) -> Iterator[Fault]:
    """Compare the warnings of a probe with a computation from nothing but its readings.

    A warning whose own readings went by the rule of retention, or those next to them, is as it was.
    """
    found = conditions.recompute(readings, sensor.places)[1]
    computed = {
        (unit_id, rule, began_at): (one.confirmed_at, one.ended_at, one.reason, one.peak_centi)
        for (unit_id, _, rule, began_at), one in found.items()
    }
    stored = {
        (row.unit_id, row.rule, row.began_at): (
            row.confirmed_at,
            row.ended_at,
            row.end_reason,
            row.peak_centi,
        )
        for row in conditions.stored_conditions(session, sensor.id)
    }
    past = {
        name
        for told in (computed, stored)
        for name, (_, ended_at, *_) in told.items()
        if _touches(name[2], ended_at, gone)
    }
    for name in sorted((computed.keys() | stored.keys()) - past):
        if computed.get(name) != stored.get(name):
            label = f"{name[1]} from {name[2].isoformat()}"
            yield Fault(FaultKind.CONDITION_WRONG, f"sensor:{sensor.id}", label)


def _touches(began_at: datetime, ended_at: datetime | None, gone: Collection[date]) -> bool:
    """Tell whether a day of *gone* lies in a stretch or within a day of it."""
    first, last = began_at - DAY, (ended_at or began_at) + DAY
    return any(first.date() <= day <= last.date() for day in gone)


def _check_newest(
    session: Session, sensor: KnownSensor, readings: Sequence[Reading]
) -> Iterator[Fault]:
    if not readings:
        return
    newest = readings[-1]
    state = session.execute(
        select(SensorState.measured_at, SensorState.centi).where(SensorState.sensor_id == sensor.id)
    ).one_or_none()
    if state is None or tuple(state) != (newest.measured_at, newest.centi):
        at = newest.measured_at.isoformat()
        yield Fault(FaultKind.NEWEST_READING_WRONG, f"sensor:{sensor.id}", at)


def _check_hours(session: Session, sensor: KnownSensor) -> Iterator[Fault]:
    for hour in rollup.differing(session.connection(), sensor.id):
        yield Fault(FaultKind.HOUR_DIFFERENT, f"sensor:{sensor.id}", hour)


def _check_place(session: Session, sensor: KnownSensor) -> Iterator[Fault]:
    unit_id = session.scalar(select(Sensor.unit_id).where(Sensor.id == sensor.id))
    if unit_id != sensor.unit_id:
        yield Fault(FaultKind.PLACE_WRONG, f"sensor:{sensor.id}", f"unit {unit_id}")


def _check_alerts(session: Session) -> Iterator[Fault]:
    alone = session.scalars(
        select(ExcursionRow.id)
        .outerjoin(AlertRow, AlertRow.excursion_id == ExcursionRow.id)
        .where(AlertRow.id.is_(None))
    )
    for excursion_id in alone:
        yield Fault(FaultKind.EXCURSION_WITHOUT_ALERT, f"excursion:{excursion_id}", "")
    for alert_id in alerts_amiss.about_nothing(session):
        yield Fault(FaultKind.ALERT_OF_NOTHING, f"alert:{alert_id}", "")
    for alert_id in alerts_amiss.never_told(session):
        yield Fault(FaultKind.ALERT_NEVER_TOLD, f"alert:{alert_id}", "no call is planned")
    for alert_id in alerts_amiss.told_to_nobody(session):
        yield Fault(FaultKind.ALERT_NEVER_TOLD, f"alert:{alert_id}", "no message was written")


def _check_messages(session: Session) -> Iterator[Fault]:
    lost = session.execute(
        select(OutboxMessage.id, OutboxMessage.about, OutboxMessage.failure).where(
            OutboxMessage.state == MessageState.GIVEN_UP
        )
    )
    for message_id, about, failure in lost:
        yield Fault(FaultKind.MESSAGE_UNDELIVERED, f"message:{message_id}", f"{about}: {failure}")


def _check_files(session: Session) -> Iterator[Fault]:
    for file_id in session.scalars(select(LoggerFileRow.id)).all():
        row = session.get_one(LoggerFileRow, file_id)
        try:
            importing.content_of(row)
        except importing.FileAltered:
            yield Fault(FaultKind.LOGGER_FILE_ALTERED, f"logger_file:{file_id}", row.name)
        session.expire(row)  # Its content need not stay in memory.
