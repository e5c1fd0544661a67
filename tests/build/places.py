"""Builders of places and of what their probes read, for tests that begin with a fridge."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from sensors.services.pulse import WATCH
from sensors.services.silence import LISTENING
from sensors.store import rollup
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import Lease
from sensors.store.places import Sensor, Site, StorageUnit
from sensors.store.readings import ReadingRow, SensorState


def a_site(session: Session, *, code: str = "chaoyang") -> Site:
    """Return a stored site in Beijing time."""
    site = Site(
        code=code,
        name_en=f"{code.title()} clinic",
        name_zh="朝阳门诊" if code == "chaoyang" else "海淀门诊",
        timezone="Asia/Shanghai",
    )
    session.add(site)
    session.flush()
    return site


def a_fridge(
    session: Session, *, site: Site, code: str = "F1", rule_set: str = "cn-clinic"
) -> StorageUnit:
    """Return a stored vaccine refrigerator."""
    unit = StorageUnit(
        site_id=site.id,
        code=code,
        name_en=f"Fridge {code}",
        name_zh=f"冰箱{code}",
        profile="fridge",
        rule_set=rule_set,
    )
    session.add(unit)
    session.flush()
    return unit


def a_probe(
    session: Session,
    *,
    unit: StorageUnit | None,
    channel: str = "",
    device: str = "probe-1",
    silent_after_s: int = 900,
) -> Sensor:
    """Return a stored probe that reads every five minutes."""
    sensor = Sensor(
        device=device,
        channel=channel,
        unit_id=unit.id if unit else None,
        expected_every_s=300,
        silent_after_s=silent_after_s,
    )
    session.add(sensor)
    session.flush()
    return sensor


def watched(session: Session, *, at: datetime) -> None:
    """Let a subscriber and a watch have given a sign that lasts for all of a test."""
    for name in (LISTENING, WATCH):
        if session.get(Lease, name) is None:
            session.add(Lease(name=name, holder="test", expires_at=at + timedelta(days=400)))
    session.flush()


def heard(
    session: Session,
    *,
    sensor: Sensor,
    at: datetime,
    centi: int | None,
    fault: str | None = None,
    received_at: datetime | None = None,
) -> None:
    """Make *centi* the newest reading that is known of *sensor*, while all is watched."""
    watched(session, at=at)
    session.add(
        SensorState(
            sensor_id=sensor.id,
            measured_at=at,
            received_at=received_at or at,
            centi=centi,
            fault=fault,
            rules={},
        )
    )
    session.flush()


def readings(
    session: Session,
    *,
    sensor: Sensor,
    first_at: datetime,
    centis: Sequence[int | None],
    every_s: int = 300,
    door_open: bool | None = None,
    power_on: bool | None = None,
    ambient_centi: int | None = None,
    battery_pct: int | None = None,
    compressor_on: bool | None = None,
) -> None:
    """Store one reading for each of *centis*, and its hours; null is a fault."""
    for place, centi in enumerate(centis):
        at = first_at + timedelta(seconds=place * every_s)
        session.add(
            ReadingRow(
                sensor_id=sensor.id,
                measured_at=at,
                received_at=at,
                centi=centi,
                fault=None if centi is not None else "open_circuit",
                clock="device",
                source="live",
                door_open=door_open,
                power_on=power_on,
                ambient_centi=ambient_centi,
                battery_pct=battery_pct,
                compressor_on=compressor_on,
            )
        )
    session.flush()
    rollup.rebuild(session.connection(), sensor.id)


def an_excursion(
    session: Session,
    *,
    sensor: Sensor,
    began_at: datetime,
    ended_at: datetime | None = None,
    peak_centi: int = 1090,
    withdrawn_at: datetime | None = None,
) -> ExcursionRow:
    """Return a confirmed hot excursion of *sensor*, found 30 minutes after it began."""
    assert sensor.unit_id is not None
    found_at = began_at + timedelta(minutes=30)
    row = ExcursionRow(
        sensor_id=sensor.id,
        unit_id=sensor.unit_id,
        rule="cn-hot@1",
        direction="hot",
        began_at=began_at,
        confirmed_at=found_at,
        ended_at=ended_at,
        end_reason="recovered" if ended_at else None,
        peak_centi=peak_centi,
        recorded_at=found_at,
        withdrawn_at=withdrawn_at,
    )
    session.add(row)
    session.flush()
    return row


def an_alert(
    session: Session,
    *,
    sensor: Sensor,
    opened_at: datetime,
    excursion: ExcursionRow | None = None,
    state: str = "open",
    acknowledged_at: datetime | None = None,
) -> AlertRow:
    """Return a stored alert about *excursion*, or about silence when there is none."""
    assert sensor.unit_id is not None
    kind = "excursion" if excursion else "silence"
    row = AlertRow(
        cause=f"{kind}:{excursion.id if excursion else sensor.id}:{opened_at.isoformat()}",
        kind=kind,
        severity="critical" if excursion else "warning",
        unit_id=sensor.unit_id,
        sensor_id=sensor.id,
        excursion_id=excursion.id if excursion else None,
        state=state,
        opened_at=opened_at,
        acknowledged_at=acknowledged_at,
        acknowledged_by="staff-li" if acknowledged_at else None,
        note="Door was open" if acknowledged_at else None,
    )
    session.add(row)
    session.flush()
    return row
