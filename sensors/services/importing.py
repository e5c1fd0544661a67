"""Files of USB loggers into readings: once, with their doubts shown, through the path of ingest.

A file is evidence of its own kind: it is kept as it came, its readings say where they come from,
and the days that the device summed up itself stand beside our readings, never among them. What a
person has to accept first is said by name; nothing doubtful is imported without it.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.payloads.files import registry
from sensors.payloads.files.contents import Doubt, Doubted, LoggerFile
from sensors.services import ingest, settling, signatures
from sensors.services.importing_plan import Choice, ImportRefused, Plan, Refusal, make_plan
from sensors.services.known import Known, KnownSensor, load
from sensors.store import dialect
from sensors.store.episodes import ExcursionRow
from sensors.store.imports import DeviceDay, LoggerFileRow

# Shown, and no more: the readings themselves are beyond doubt.
HARMLESS = frozenset({Doubt.ENCODING, Doubt.HOLES, Doubt.DEVICE_ERRORS, Doubt.MOVED})


class FileAltered(Exception):
    """A file that was kept as evidence is no longer what was imported."""


@dataclass(frozen=True)
class FoundExcursion:
    """An excursion that a file brought to light, with its real time."""

    id: int
    rule: str
    direction: str
    began_at: datetime
    ended_at: datetime | None
    peak_centi: int


@dataclass(frozen=True)
class Imported:
    """What an import did. With *again* it did nothing: these very bytes were imported before."""

    file_id: int
    plan: Plan
    found: tuple[FoundExcursion, ...] = ()
    corrected: int = 0
    withdrawn: int = 0
    again: bool = False


def find_sensor(known: Known, serial: str) -> KnownSensor:
    """Return the probe of the logger *serial*; raise `ImportRefused` where there is not one."""
    probes = [one for one in known.sensors.values() if one.device == serial]
    own = [one for one in probes if not one.channel] or probes
    if not own:
        raise ImportRefused(Refusal.UNKNOWN_DEVICE, serial=serial)
    if len(own) > 1:
        raise ImportRefused(Refusal.SEVERAL_PROBES, serial=serial)
    return own[0]


def import_file(
    session: Session,
    payload: bytes,
    *,
    name: str,
    choice: Choice,
    accepted: frozenset[Doubt],
    actor_id: str,
    now: datetime,
) -> Imported:
    """Import *payload*, a file that was called *name*, and keep it.

    Raises `UnreadableFile` for what is no logger file and `ImportRefused` for one that must not be
    imported so, also for doubts that are not among the *accepted*.
    """
    file = _checked(registry.read(payload, choice.dates), payload)
    # From here on nobody else changes the probe: two computers that import at once queue up here.
    dialect.lock_states(session.connection(), [find_sensor(load(session), file.serial).id])
    known = load(session)
    sensor = find_sensor(known, file.serial)
    plan = make_plan(session, file, sensor, choice, now=now)
    digest = hashlib.sha256(payload).digest()
    earlier = session.scalar(select(LoggerFileRow.id).where(LoggerFileRow.digest == digest))
    if earlier is not None:
        return Imported(earlier, plan, again=True)
    _refuse_doubtful(plan, accepted)
    before = _excursions(session, sensor.id)
    row = _keep(session, plan, payload, digest, name=name, actor_id=actor_id, now=now)
    ingest.store_and_judge(session, plan.new, {sensor.id: sensor}, known=known, now=now)
    settling.tell_now(session, sensor.id, now=now)
    result = _compare(before, _excursions(session, sensor.id), row.id, plan)
    row.excursions = len(result.found)
    session.flush()
    return result


def _checked(file: LoggerFile, payload: bytes) -> LoggerFile:
    """Add the doubt that the file is not as its device signed it."""
    if not file.signed or signatures.fits(payload):
        return file
    return replace(file, doubts=(*file.doubts, Doubted(Doubt.SIGNATURE_WRONG)))


def _refuse_doubtful(plan: Plan, accepted: frozenset[Doubt]) -> None:
    open_doubts = [one for one in plan.doubts if one not in HARMLESS and one not in accepted]
    if open_doubts:
        raise ImportRefused(Refusal.DOUBTFUL, doubts=", ".join(sorted(open_doubts)))


def needs_acceptance(doubts: Mapping[Doubt, int]) -> tuple[Doubt, ...]:
    """Return those of *doubts* that a person must accept before the file may be imported."""
    return tuple(doubt for doubt in doubts if doubt not in HARMLESS)


def _keep(
    session: Session,
    plan: Plan,
    payload: bytes,
    digest: bytes,
    *,
    name: str,
    actor_id: str,
    now: datetime,
) -> LoggerFileRow:
    file, sensor = plan.file, plan.sensor
    row = LoggerFileRow(
        digest=digest,
        name="".join(char for char in name if char.isprintable())[:200] or "unnamed",
        size=len(payload),
        content=zlib.compress(payload, 9),
        kind=file.kind,
        model=file.model,
        serial=file.serial,
        sensor_id=sensor.id,
        unit_id=plan.unit_id,
        began_at=plan.began_at,
        ended_at=plan.ended_at,
        zone=plan.zone,
        readings=len(file.readings),
        new_readings=len(plan.new),
        excursions=0,
        doubts={doubt.value: count for doubt, count in plan.doubts.items()},
        alarms=[asdict(one) for one in file.alarms],
        imported_at=now,
        imported_by=actor_id,
    )
    session.add(row)
    session.flush()
    session.add_all(_days(plan, row.id))
    return row


def _days(plan: Plan, file_id: int) -> list[DeviceDay]:
    return [
        DeviceDay(
            file_id=file_id,
            on_day=day.on,
            from_at=plan.midnight(day.on),
            to_at=plan.midnight(day.on + timedelta(days=1)),
            low_centi=day.low_centi,
            high_centi=day.high_centi,
            mean_centi=day.mean_centi,
            cold_minutes=day.cold_minutes,
            hot_minutes=day.hot_minutes,
            cold_alarm=day.cold_alarm,
            hot_alarm=day.hot_alarm,
            fault_minutes=day.fault_minutes,
        )
        for day in {day.on: day for day in plan.file.days}.values()
    ]


def _excursions(session: Session, sensor_id: int) -> dict[int, tuple[FoundExcursion, bool]]:
    """Return every excursion of a probe, and whether it is withdrawn."""
    rows = session.scalars(
        select(ExcursionRow).where(ExcursionRow.sensor_id == sensor_id),
        execution_options={"populate_existing": True},
    )
    return {
        row.id: (
            FoundExcursion(
                row.id, row.rule, row.direction, row.began_at, row.ended_at, row.peak_centi
            ),
            row.withdrawn_at is not None,
        )
        for row in rows
    }


def _compare(
    before: Mapping[int, tuple[FoundExcursion, bool]],
    after: Mapping[int, tuple[FoundExcursion, bool]],
    file_id: int,
    plan: Plan,
) -> Imported:
    found: list[FoundExcursion] = []
    corrected = withdrawn = 0
    for number, (excursion, is_withdrawn) in after.items():
        old = before.get(number)
        if is_withdrawn:
            withdrawn += old is not None and not old[1]
        elif old is None or old[1]:
            found.append(excursion)
        else:
            corrected += old[0] != excursion
    found.sort(key=lambda one: one.began_at)
    return Imported(file_id, plan, tuple(found), corrected, withdrawn)


def content_of(row: LoggerFileRow) -> bytes:
    """Return the file as it came; raise `FileAltered` where what is kept is not what came."""
    try:
        payload = zlib.decompress(row.content)
    except zlib.error as err:
        raise FileAltered(f"logger file {row.id}") from err
    if hashlib.sha256(payload).digest() != row.digest:
        raise FileAltered(f"logger file {row.id}")
    return payload
