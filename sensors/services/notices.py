"""What people are told about an alert, in their language: reason, unit, reading, since when, and
what to do first. Written into the outbox in the transaction of the alert.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertKind, NoticeReason
from sensors.rulebook import RULES
from sensors.services import notice_texts, outbox
from sensors.services.notice_texts import Facts, Language
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import NoticeTarget, Sensor, Site, StorageUnit
from sensors.store.readings import SensorState

log = structlog.get_logger()


@dataclass(frozen=True)
class _Place:
    site: Site
    unit: StorageUnit
    device: str


def tell(session: Session, alert: AlertRow, reason: NoticeReason, *, now: datetime) -> int:
    """Enqueue one notice about *alert* to every target of its site; return how many."""
    place = _place(session, alert)
    facts = _facts(session, alert, place, reason)
    # The count makes each repeat a message of its own, and the same repeat the same message.
    key = f"alert:{alert.id}:{reason}:{alert.notices}"
    return _enqueue(
        session, place.site.id, f"alert:{reason}", f"alert:{alert.id}", key, [facts], now
    )


def tell_together(session: Session, alerts: Sequence[AlertRow], *, now: datetime) -> int:
    """Enqueue one notice a target about several alerts of one site: one outage, one message."""
    places = [_place(session, alert) for alert in alerts]
    facts = [
        _facts(session, alert, place, NoticeReason.FIRST)
        for alert, place in zip(alerts, places, strict=True)
    ]
    key = f"alert:{alerts[0].id}:{NoticeReason.FIRST}:{alerts[0].notices}"
    site_id = places[0].site.id
    return _enqueue(session, site_id, "alert:first", f"alert:{alerts[0].id}", key, facts, now)


def tell_blind(session: Session, since: datetime, *, now: datetime) -> int:
    """Tell every site once that the system itself hears nothing since *since*."""
    told = 0
    for site in session.scalars(select(Site).order_by(Site.id)).all():
        for target in _targets(session, site.id):
            language = _language(target)
            subject, body = notice_texts.blind(_local(site, since, language), language)
            told += outbox.enqueue(
                session,
                kind="system:blind",
                about="system:subscriber",
                channel=target.channel,
                address=target.address,
                language=language,
                subject=subject,
                body=body,
                delivery_key=f"system:blind:{since.isoformat()}:{target.id}",
                now=now,
            )
    return told


def _enqueue(
    session: Session,
    site_id: int,
    kind: str,
    about: str,
    key: str,
    facts: Sequence[Facts],
    now: datetime,
) -> int:
    told = 0
    for target in _targets(session, site_id):
        language = _language(target)
        subject, body = notice_texts.alert(facts, language)
        told += outbox.enqueue(
            session,
            kind=kind,
            about=about,
            channel=target.channel,
            address=target.address,
            language=language,
            subject=subject,
            body=body,
            delivery_key=f"{key}:{target.id}",
            now=now,
        )
    return told


def _targets(session: Session, site_id: int) -> Sequence[NoticeTarget]:
    """Return whom to tell; an address that cannot be decrypted must not stop the others."""
    wanted = select(NoticeTarget).order_by(NoticeTarget.id)
    try:
        return session.scalars(wanted.where(NoticeTarget.site_id == site_id)).all()
    except InvalidTag:
        log.exception("notice_target_unreadable", site_id=site_id)
    targets: list[NoticeTarget] = []
    for target_id in session.scalars(
        select(NoticeTarget.id).where(NoticeTarget.site_id == site_id)
    ).all():
        with contextlib.suppress(InvalidTag):
            targets += session.scalars(wanted.where(NoticeTarget.id == target_id)).all()
    return targets


def _place(session: Session, alert: AlertRow) -> _Place:
    row = session.execute(
        select(Site, StorageUnit, Sensor.device)
        .join(StorageUnit, StorageUnit.site_id == Site.id)
        .join(Sensor, Sensor.id == alert.sensor_id)
        .where(StorageUnit.id == alert.unit_id)
    ).one()
    return _Place(row[0], row[1], row[2])


def _facts(session: Session, alert: AlertRow, place: _Place, reason: NoticeReason) -> Facts:
    state = session.execute(
        select(SensorState.centi, SensorState.measured_at).where(
            SensorState.sensor_id == alert.sensor_id
        )
    ).one_or_none()
    excursion = (
        session.get(ExcursionRow, alert.excursion_id) if alert.excursion_id is not None else None
    )
    rule = RULES.get(excursion.rule) if excursion is not None else None
    return Facts(
        kind=AlertKind(alert.kind),
        site=(place.site.name_en, place.site.name_zh),
        unit=(place.unit.name_en, place.unit.name_zh),
        unit_code=place.unit.code,
        device=place.device,
        rule=rule.label if rule is not None else None,
        direction=excursion.direction if excursion is not None else None,
        began=_instant(place.site, excursion.began_at if excursion else _silent_since(alert)),
        ended=_instant(place.site, excursion.ended_at if excursion else alert.cleared_at),
        withdrawn=excursion is not None and excursion.withdrawn_at is not None,
        notice=reason,
        centi=None if state is None else state.centi,
        measured=_instant(place.site, None if state is None else state.measured_at),
        peak_centi=excursion.peak_centi if excursion is not None else None,
    )


def _silent_since(alert: AlertRow) -> datetime:
    """Return the last instant at which the probe was heard: it stands in the alert's cause."""
    return datetime.fromisoformat(alert.cause.split(":", 2)[2])


def _instant(site: Site, instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(_zone(site))


def _local(site: Site, instant: datetime, language: Language) -> str:
    return notice_texts.show(instant.astimezone(_zone(site)), language)


def _zone(site: Site) -> ZoneInfo:
    try:
        return ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError):  # One wrong name must not stop an alarm.
        return ZoneInfo("UTC")


def _language(target: NoticeTarget) -> Language:
    return "zh" if target.language == "zh" else "en"
