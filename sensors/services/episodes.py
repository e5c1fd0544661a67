"""Excursions as rows: what the rules decided, with its alert and its event, in one transaction.

Readings in order move episodes forward one change at a time. Readings that came late change the
past: then the probe is judged again from its stored readings, and the rows are brought to what
was found. A row that turns out not to have been so is withdrawn, never deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import calibration, placements
from sensors.domain.alerts import AlertKind, EventKind
from sensors.domain.excursions import (
    Change,
    Confirmed,
    Ended,
    EndReason,
    Episode,
    State,
    Worsened,
)
from sensors.domain.placements import Found, Place
from sensors.domain.readings import Reading
from sensors.domain.rules import RuleSet
from sensors.services import alerting, settling, storing
from sensors.services.alerting import Cause, excursion_cause
from sensors.services.known import KnownSensor
from sensors.store.episodes import ExcursionRow
from sensors.store.readings import ReadingRow, standing

_CHUNK = 500


@dataclass(frozen=True)
class Judged:
    """What a probe's stored readings say: the memory of its rules and its newest reading."""

    state: State
    newest: Reading | None


def carry_out(
    session: Session,
    sensor: KnownSensor,
    place: Place | None,
    changes: Sequence[Change],
    *,
    now: datetime,
    late: bool = False,
) -> None:
    """Write *changes* of readings that came in order and were all made in *place*.

    What was confirmed and went on changing within one batch is written once, as it is at the end
    of the batch: its notice then says that it is over already.
    """
    new: dict[tuple[str, datetime], Episode] = {}
    for change in changes:
        name = (change.rule, change.began_at)
        match change:
            case Confirmed():
                new[name] = _episode(change)
            case Worsened() if name in new:
                new[name] = replace(new[name], peak_centi=change.peak_centi)
            case Ended() if name in new:
                new[name] = replace(
                    new[name],
                    peak_centi=change.peak_centi,
                    ended_at=change.ended_at,
                    reason=change.reason,
                )
            case Worsened() | Ended():
                _go_on(session, sensor, change, now, late=late)
    for episode in new.values():
        assert place is not None  # A probe that hangs nowhere has no rules.
        _confirm(session, sensor, Found(place.unit_id, episode), now, late=late)
    session.flush()


def _go_on(
    session: Session, sensor: KnownSensor, change: Worsened | Ended, now: datetime, *, late: bool
) -> None:
    """Carry *change* into the row that an earlier batch wrote."""
    row = _find(session, sensor, change.rule, change.began_at)
    if row is None:
        return
    row.peak_centi = change.peak_centi
    if isinstance(change, Ended):
        _end(session, row, change.ended_at, change.reason, now, late=late)


def judge_again(
    session: Session, sensor: KnownSensor, since: datetime, *, now: datetime, late: bool = False
) -> Judged:
    """Judge *sensor* from its stored readings: one at *since* was late, or came after a move.

    Starts at the last reading before *since*, in the unit where the probe was then, at which every
    rule was idle, so that any order of arrival ends in the same episodes. With *late* its backlog
    comes in: what is found is told when it has come.
    """
    place = sensor.place_at(since)
    begin_at = since if place is None else _calm_before(session, sensor, place, since)
    readings = storing.stored(session, sensor, begin_at)
    places = [each for each in sensor.places if each.to_at is None or each.to_at > begin_at]
    state, found = placements.replay(readings, places)
    _bring_to(session, sensor, found, begin_at, now, late=late)
    return Judged(state, readings[-1] if readings else None)


def stored_episodes(session: Session, sensor_id: int) -> list[ExcursionRow]:
    """Return the excursions of a probe that are not withdrawn, oldest first."""
    return [row for row in _begun_from(session, sensor_id, None) if row.withdrawn_at is None]


def _calm_before(session: Session, sensor: KnownSensor, place: Place, since: datetime) -> datetime:
    """Return the instant of the last reading before *since* that leaves every rule idle.

    That is a temperature well inside every rule, as often in a row as any rule asks, and for rules
    that add up time in a window, with nothing else during it. Without one it is the beginning in
    *place*.
    """
    window, rules = longest_window(place.rules), place.rules
    in_a_row = 0
    calm_at: datetime | None = None
    before = since
    while True:
        chunk = session.execute(
            select(ReadingRow.measured_at, ReadingRow.centi)
            .where(
                ReadingRow.sensor_id == sensor.id,
                standing(),
                ReadingRow.measured_at >= place.from_at,
                ReadingRow.measured_at < before,
            )
            .order_by(ReadingRow.measured_at.desc())
            .limit(_CHUNK)
        ).all()
        for measured_at, raw_centi in chunk:
            centi = calibration.corrected(raw_centi, measured_at, sensor.corrections)
            if centi is None:
                continue
            if not rules.settled_low <= centi <= rules.settled_high:
                calm_at, in_a_row = None, 0
                continue
            calm_at, in_a_row = calm_at or measured_at, in_a_row + 1
            if calm_at - measured_at >= window and in_a_row >= rules.settles_after:
                return calm_at
        if len(chunk) < _CHUNK:
            return place.from_at
        before = chunk[-1].measured_at


def longest_window(rules: RuleSet) -> timedelta:
    """Return how far back any of *rules* adds up time; nothing for rules that do not."""
    return max((rule.window for rule in rules if rule.window_s), default=timedelta())


def is_judged(row: ExcursionRow, sensor: KnownSensor) -> bool:
    """Tell whether today's rules decide about *row*: what an older rule found stays as it was.

    A row of a unit where the probe was not, as a later move tells, is decided about too.
    """
    place = sensor.place_at(row.began_at)
    return place is None or place.unit_id != row.unit_id or row.rule in place.rule_keys


def _begun_from(session: Session, sensor_id: int, since: datetime | None) -> Sequence[ExcursionRow]:
    wanted = select(ExcursionRow).where(ExcursionRow.sensor_id == sensor_id)
    if since is not None:
        wanted = wanted.where(ExcursionRow.began_at >= since)
    return session.scalars(
        wanted.order_by(ExcursionRow.began_at, ExcursionRow.rule),
        execution_options={"populate_existing": True},
    ).all()


def _bring_to(
    session: Session,
    sensor: KnownSensor,
    found: Sequence[Found],
    since: datetime,
    now: datetime,
    *,
    late: bool,
) -> None:
    """Make the rows begun from *since* on say what was *found*."""
    rows = [row for row in _begun_from(session, sensor.id, since) if is_judged(row, sensor)]
    pairs, new = _match(found, rows)
    told = {row.id for _, row in pairs}
    for row in rows:
        if row.id not in told and row.withdrawn_at is None:
            merged = any(_overlap(each, row) for each in found)
            _withdraw(session, row, now, merged=merged, late=late)
    for each, row in pairs:
        _correct(session, row, each, now, late=late)
    for each in new:
        _confirm(session, sensor, each, now, late=late)
    session.flush()


def _match(
    found: Sequence[Found], rows: Sequence[ExcursionRow]
) -> tuple[list[tuple[Found, ExcursionRow]], list[Found]]:
    """Pair each episode with the row that told of it: the same beginning, else an overlap.

    A row that only changed its bounds keeps its id, and with it the decisions about its lots.
    """
    left = {row.id: row for row in rows}
    exact = {(row.rule, row.began_at): row for row in rows}
    pairs: list[tuple[Found, ExcursionRow]] = []
    unpaired: list[Found] = []
    for each in found:
        same = exact.get((each.episode.rule, each.episode.began_at))
        if same is None:
            unpaired.append(each)
        else:
            pairs.append((each, left.pop(same.id)))
    new: list[Found] = []
    for each in unpaired:
        near = next((row for row in left.values() if _overlap(each, row)), None)
        if near is None:
            new.append(each)
        else:
            pairs.append((each, left.pop(near.id)))
    return pairs, new


def _overlap(found: Found, row: ExcursionRow) -> bool:
    unit_id, episode = found
    return (
        row.withdrawn_at is None
        and (unit_id, episode.rule) == (row.unit_id, row.rule)
        and (row.ended_at is None or episode.began_at < row.ended_at)
        and (episode.ended_at is None or row.began_at < episode.ended_at)
    )


def _correct(
    session: Session, row: ExcursionRow, found: Found, now: datetime, *, late: bool
) -> None:
    """Change what is different, and tell downstream when the bounds moved.

    An excursion that reaches further than the one that people had closed calls them again: its
    lots are held again, and what they decided was about less. One that was in another unit, as a
    move told of afterwards shows, is taken back there and told of here.
    """
    unit_id, episode = found
    if row.unit_id != unit_id and row.withdrawn_at is None:
        _withdraw(session, row, now, merged=False, late=late)
    row.unit_id = unit_id
    revived, moved = row.withdrawn_at is not None, row.began_at != episode.began_at
    opened_again = row.ended_at is not None and episode.ended_at is None
    reaches_further = opened_again or _ends_later(episode.ended_at, row.ended_at)
    ends_elsewhere = (row.ended_at, row.end_reason) != (episode.ended_at, episode.reason)
    row.began_at, row.confirmed_at = episode.began_at, episode.confirmed_at
    row.peak_centi = episode.peak_centi
    row.withdrawn_at = None
    if opened_again:
        row.ended_at = row.end_reason = None
    session.flush()
    if revived or (reaches_further and alerting.is_answered(session, row.id)):
        cause = f"{excursion_cause(row.id)}:{now.isoformat()}"
        _open(session, row, episode, now, cause=cause, late=late)
    elif opened_again:
        alerting.take_back_clear(session, row.id)
    if reaches_further:
        settling.tell_after_all(session, row.id, happened_at=episode.ended_at or now, now=now)
    if revived or moved or opened_again:
        _tell(session, row, EventKind.EXCURSION_CONFIRMED, now, corrected=True)
    if episode.ended_at is not None and (ends_elsewhere or revived):
        assert episode.reason is not None  # An ended episode has its reason.
        _end(session, row, episode.ended_at, episode.reason, now, late=late)


def _ends_later(found: datetime | None, told: datetime | None) -> bool:
    return found is not None and told is not None and found > told


def _confirm(
    session: Session, sensor: KnownSensor, found: Found, now: datetime, *, late: bool
) -> None:
    """Write a new excursion with its alert and its events."""
    episode = found.episode
    row = ExcursionRow(
        sensor_id=sensor.id,
        unit_id=found.unit_id,
        rule=episode.rule,
        direction=episode.direction,
        began_at=episode.began_at,
        confirmed_at=episode.confirmed_at,
        peak_centi=episode.peak_centi,
        recorded_at=now,
        ended_at=episode.ended_at,
        end_reason=episode.reason,
    )
    session.add(row)
    session.flush()
    alert_id = _open(session, row, episode, now, cause=excursion_cause(row.id), late=late)
    _tell(session, row, EventKind.EXCURSION_CONFIRMED, now, alert_id=alert_id)
    if episode.ended_at is not None and episode.reason is not None:
        _end(session, row, episode.ended_at, episode.reason, now, late=late)


def _open(
    session: Session, row: ExcursionRow, episode: Episode, now: datetime, *, cause: str, late: bool
) -> int | None:
    return alerting.open_alert(
        session,
        Cause(
            cause,
            AlertKind.EXCURSION,
            episode.severity,
            row.unit_id,
            row.sensor_id,
            row.id,
        ),
        now=now,
        happened_at=episode.ended_at or episode.confirmed_at,
        found_late=late,
    )


def _end(
    session: Session,
    row: ExcursionRow,
    ended_at: datetime,
    reason: EndReason,
    now: datetime,
    *,
    late: bool,
) -> None:
    row.ended_at, row.end_reason = ended_at, reason
    session.flush()
    alert_id = alerting.clear_excursion(session, row.id, cleared_at=ended_at, now=now, late=late)
    _tell(session, row, EventKind.EXCURSION_ENDED, now, alert_id=alert_id, reason=reason)


def _withdraw(
    session: Session, row: ExcursionRow, now: datetime, *, merged: bool, late: bool
) -> None:
    row.withdrawn_at = now
    session.flush()
    alert_id = alerting.withdraw_excursion(session, row.id, now=now, merged=merged, late=late)
    _tell(session, row, EventKind.EXCURSION_WITHDRAWN, now, alert_id=alert_id)


def _tell(
    session: Session,
    row: ExcursionRow,
    kind: EventKind,
    now: datetime,
    *,
    alert_id: int | None = None,
    **detail: object,
) -> None:
    alerting.record_event(
        session,
        kind,
        unit_id=row.unit_id,
        now=now,
        excursion_id=row.id,
        alert_id=alert_id,
        sensor_id=row.sensor_id,
        rule=row.rule,
        **detail,
    )


def _find(
    session: Session, sensor: KnownSensor, rule: str, began_at: datetime
) -> ExcursionRow | None:
    return session.scalars(
        select(ExcursionRow).where(
            ExcursionRow.sensor_id == sensor.id,
            ExcursionRow.rule == rule,
            ExcursionRow.began_at == began_at,
            ExcursionRow.withdrawn_at.is_(None),
        )
    ).one_or_none()


def _episode(change: Confirmed) -> Episode:
    return Episode(
        change.rule,
        change.direction,
        change.severity,
        change.began_at,
        change.confirmed_at,
        change.peak_centi,
    )
