"""From messages to readings, excursions and alerts: one batch, one transaction.

Whatever a message holds, it is either stored or set aside, and may then be acknowledged. The
rules advance only for readings that were really new and in order; for others the probe is judged
again from its stored readings, so duplicates and any order of arrival end in the same episodes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from sensors.domain import signals
from sensors.domain.alerts import EventKind
from sensors.domain.excursions import Change, State, advance
from sensors.domain.readings import Decoded, Reading, Source, is_late, place_in_time
from sensors.domain.signals import Memory
from sensors.payloads.parsing import UndecodablePayload
from sensors.services import (
    alerting,
    conditions,
    episodes,
    lost,
    set_aside,
    settling,
    storing,
    strangers,
)
from sensors.services.acks import Stored
from sensors.services.births import Births
from sensors.services.known import NO_RULES, Known, KnownSensor
from sensors.services.messages import Message
from sensors.services.strangers import Stranger
from sensors.store import dialect
from sensors.store.dialect import StateMemory

NATIVE = "native_json"
RETAINED = "retained by the broker: not news"
UNBOUND = "no decoder is bound to this topic"
UNKNOWN = "unknown sensor "  # How the reason begins for a device that nobody registered.
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass
class IngestResult:
    """What became of a batch: `stored` is what native devices may be told, `asked` whom to ask."""

    new: int = 0
    duplicates: int = 0
    set_aside: int = 0
    judged_again: int = 0
    changes: int = 0
    late: set[int] = field(default_factory=set)  # Probes whose backlog comes in.
    stored: list[Stored] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)  # Nodes whose births are missing.

    def add(self, other: "IngestResult") -> None:
        """Count *other*, another part of the same batch, in."""
        self.new += other.new
        self.duplicates += other.duplicates
        self.set_aside += other.set_aside
        self.judged_again += other.judged_again
        self.changes += other.changes
        self.late |= other.late
        self.stored += other.stored
        self.asked |= other.asked


class RuleMemory:
    """The memories of the rules as last loaded, so that one is parsed again only when it changed.

    The database's text decides: a memory whose text differs is somebody else's newer one, or the
    remains of a transaction that was rolled back.
    """

    def __init__(self) -> None:
        self._loaded: dict[int, tuple[str, State, Memory]] = {}

    def load(self, state: StateMemory) -> tuple[State, Memory]:
        """Return the memory of breaches and of signals that *state* holds as text."""
        loaded = self._loaded.get(state.sensor_id)
        if loaded is not None and loaded[0] == state.rules:
            return loaded[1], loaded[2]
        dumped = json.loads(state.rules)
        return State.load(dumped), signals.load_signals(dumped)

    def dump(self, state: StateMemory, rules: State, warned: Memory) -> None:
        """Put *rules* and *warned* as text into *state*."""
        state.rules = _encode(signals.dump_both(rules, warned))
        self._loaded[state.sensor_id] = (state.rules, rules, warned)


class _Found(NamedTuple):
    """A reading in a message, with the probe that it is of."""

    sensor: KnownSensor
    reading: Reading


def ingest_batch(
    session: Session,
    messages: Sequence[Message],
    *,
    known: Known,
    now: datetime,
    memory: RuleMemory | None = None,
) -> IngestResult:
    """Store what *messages* say and act on it; set aside what says nothing. Never commits."""
    result = IngestResult()
    known.renew(session)
    found = _read(session, messages, known, result)
    if not found:
        return result
    sensors = {item.sensor.id: item.sensor for item in found}
    readings = [item.reading for item in found]
    result.add(store_and_judge(session, readings, sensors, known=known, now=now, memory=memory))
    return result


def store_and_judge(
    session: Session,
    readings: Sequence[Reading],
    sensors: Mapping[int, KnownSensor],
    *,
    known: Known,
    now: datetime,
    memory: RuleMemory | None = None,
) -> IngestResult:
    """Store *readings* of *sensors*, each once, and let the rules act on what was new."""
    memory = memory or RuleMemory()
    connection = session.connection()
    states = dialect.lock_states(connection, sensors)
    if known.renew(session):  # A probe was moved while its lock was waited for.
        sensors = {sensor.id: sensor for sensor in known.sensors.values()}
    new, put_right = storing.store(session, [one for one in readings if _is_kept(one, sensors)])
    result = IngestResult(new=len(new), duplicates=len(readings) - len(new))
    by_sensor: dict[int, list[Reading]] = {}
    for reading in new:
        by_sensor.setdefault(reading.sensor_id, []).append(reading)
    for sensor_id, own in by_sensor.items():
        since = put_right.get(sensor_id)
        _take_in(session, sensors[sensor_id], states[sensor_id], own, since, memory, now, result)
    dialect.save_states(connection, [states[sensor_id] for sensor_id in sorted(by_sensor)])
    if result.late:
        settling.hold_back(session, result.late, now=now)
    return result


def _is_kept(reading: Reading, sensors: Mapping[int, KnownSensor]) -> bool:
    """Tell whether the probe's readings of that time are still kept; else it is a repetition."""
    return reading.measured_at >= sensors[reading.sensor_id].kept_from


def _read(
    session: Session, messages: Iterable[Message], known: Known, result: IngestResult
) -> list[_Found]:
    """Decode *messages*, place their readings in time; set aside what is not a reading of ours."""
    found: list[_Found] = []
    unknown: list[Stranger] = []
    births = Births(session)
    for message in messages:
        reason = _read_one(message, known, births, found, result.stored, unknown)
        if reason is not None:
            set_aside.put(session, message, reason)
            result.set_aside += 1
        for key, waited in births.readable_now().items():
            why = _read_one(waited, known, births, found, result.stored, unknown)
            set_aside.read_after_all(session, key, why, at=message.received_at)
    result.asked |= births.asked
    strangers.note(session, unknown)
    return found


def _read_one(
    message: Message,
    known: Known,
    births: Births,
    found: list[_Found],
    stored: list[Stored],
    unknown: list[Stranger],
) -> str | None:
    """Append the readings of *message*; return why it must be set aside, if it must."""
    kind = known.kind_of(message.topic)
    if kind is None:
        return UNBOUND
    try:
        if kind == strangers.DISCOVERY:
            unknown += strangers.announced(message)
            return None
        decoded = births.decode(kind, message)
    except UndecodablePayload as err:
        return err.reason
    if message.retained and decoded:  # Without a reading it is a state, which brokers do keep.
        return RETAINED
    return _sort(message, kind, decoded, known, found, stored, unknown)


def _sort(
    message: Message,
    kind: str,
    decoded: Iterable[Decoded],
    known: Known,
    found: list[_Found],
    stored: list[Stored],
    unknown: list[Stranger],
) -> str | None:
    """Part the readings of registered probes from those of strangers."""
    reason: str | None = None
    for index, item in enumerate(decoded):
        sensor = known.sensors.get((item.device, item.channel))
        if sensor is None:
            unknown.append(Stranger(item.device, item.channel, kind, message, item))
            if (item.device, item.channel) not in known.ignored:
                reason = f"{UNKNOWN}{item.device} {item.channel}".rstrip()
            continue
        reading = place_in_time(item, sensor.id, message.received_at, index)
        found.append(_Found(sensor, reading))
        if kind == NATIVE and reading.boot is not None and reading.seq is not None:
            stored.append(Stored(item.device, sensor.id, reading.boot, reading.seq))
    return reason


def knows_all(session: Session, message: Message, known: Known) -> bool:
    """Tell whether every reading of *message* is of a registered probe."""
    kind = known.kind_of(message.topic)
    try:
        decoded = Births(session).decode(kind, message) if kind else []
    except UndecodablePayload:
        return False
    return bool(decoded) and all((one.device, one.channel) in known.sensors for one in decoded)


def _take_in(
    session: Session,
    sensor: KnownSensor,
    state: StateMemory,
    readings: list[Reading],
    since: datetime | None,
    memory: RuleMemory,
    now: datetime,
    result: IngestResult,
) -> None:
    """Bring one probe up to date with its new *readings*; its past changed from *since* on."""
    readings.sort(key=_measured_at)
    rules, warned = memory.load(state)
    first_at, newest = since or readings[0].measured_at, readings[-1]
    place = sensor.place_at(newest.measured_at)
    late = _note_backlog(sensor, readings, result)
    # Of a probe that was lost, the watch may have ended what lasted.
    past = since or rules.is_late(readings[0]) or (state.silent_since and rules.tracks)
    if past or place is not sensor.place_at(first_at):
        result.judged_again += 1
        judged = episodes.judge_again(session, sensor, first_at, now=now, late=late)
        rules, newest = judged.state, judged.newest or sensor.corrected(newest)
        warned = conditions.judge_again(session, sensor, first_at, now=now, late=late)
    else:
        corrected = [sensor.corrected(reading) for reading in readings]
        newest = corrected[-1]
        by = place.rules if place else NO_RULES
        changes: list[Change] = []
        for reading in corrected:
            rules, changed = advance(rules, reading, by)
            changes += changed
        warned, told = conditions.move_on(warned, corrected, by)
        if changes or told:
            result.changes += len(changes)
            _remember(state, rules, warned, newest, memory)
            dialect.save_states(session.connection(), [state])  # The notices show the reading.
            episodes.carry_out(session, sensor, place, changes, now=now, late=late)
            conditions.carry_out(session, sensor, place, told, now=now, late=late)
    _remember(state, rules, warned, newest, memory)
    _hear(session, sensor, state, readings, now)


def _note_backlog(sensor: KnownSensor, readings: Sequence[Reading], result: IngestResult) -> bool:
    """Tell whether *readings*, oldest first, hold history of a probe, and note it."""
    late = is_late(readings[0], sensor.late_after)
    if late:
        result.late.add(sensor.id)
    return late


def _remember(
    state: StateMemory, rules: State, warned: Memory, newest: Reading, memory: RuleMemory
) -> None:
    state.measured_at, state.centi, state.fault = (
        newest.measured_at,
        newest.centi,
        newest.fault,
    )
    memory.dump(state, rules, warned)


def _hear(
    session: Session,
    sensor: KnownSensor,
    state: StateMemory,
    readings: Sequence[Reading],
    now: datetime,
) -> None:
    """Move the deadline of silence. A probe at fault is not heard: nobody knows its temperature."""
    heard_at = max(
        (
            reading.received_at
            for reading in readings
            if reading.centi is not None
            and (sensor.by_file or reading.source is not Source.IMPORTED)
        ),
        default=None,
    )
    received_at = max(reading.received_at for reading in readings)
    state.received_at = max(received_at, state.received_at or received_at)
    if heard_at is None:
        state.silent_at = state.silent_at or (
            None if state.silent_since else received_at + timedelta(seconds=sensor.silent_after_s)
        )
        return
    state.silent_at = heard_at + timedelta(seconds=sensor.silent_after_s)
    if state.silent_since is None:
        return
    state.silent_since = None
    lost.found_again(session, sensor.id, now=now)
    alert_id = alerting.clear_silence(session, sensor.id, now=now)
    if sensor.unit_id is not None:
        alerting.record_event(
            session,
            EventKind.SENSOR_HEARD,
            unit_id=sensor.unit_id,
            now=now,
            alert_id=alert_id,
            sensor_id=sensor.id,
        )


def _measured_at(reading: Reading) -> datetime:
    return reading.measured_at
