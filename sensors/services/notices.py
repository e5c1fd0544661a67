"""What people are told about an alert, in their language: reason, unit, reading, since when, and
what to do first. Written into the outbox in the transaction of the alert.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import CONDITIONS, AlertKind, Notice, NoticeReason, Severity
from sensors.domain.escalation import Step
from sensors.domain.excursions import EndReason
from sensors.domain.foresight import Unclear
from sensors.domain.units import BANDS, Profile
from sensors.rulebook import RULES
from sensors.services import contents, flood, notice_texts, outages, outlook, people
from sensors.services.flood import Letter
from sensors.services.notice_texts import Facts, Foretold, Together
from sensors.services.people import Recipient
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor, Site, StorageUnit
from sensors.store.readings import SensorState

# A notice that is later than this is a failure by PagerDuty's own measure: without a receipt by
# then the person's next channel is tried.
SECOND_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class _Place:
    site: Site
    unit: StorageUnit
    device: str


def tell(
    session: Session, alerts: Sequence[AlertRow], notice: Notice, step: Step, *, now: datetime
) -> int:
    """Queue one notice about a group of *alerts* to everybody of *step*; return how many."""
    about = _about(session, alerts, notice.reason, now)
    # The count makes each repeat a message of its own, and the same repeat the same message.
    key = f"{about.name}:{notice.reason}:{max(alert.notices for alert in alerts)}"
    told = 0
    for recipient in people.recipients(session, about.site, step, now=now):
        letter = about.letter(key, recipient)
        told += flood.send(session, recipient, letter, now=now, second_at=now + SECOND_AFTER)
    return told


def tell_over(session: Session, alerts: Sequence[AlertRow], *, now: datetime) -> int:
    """Tell everybody who was told of *alerts* that they are over; return how many."""
    about = _about(session, alerts, NoticeReason.RECOVERY, now)
    newest = max(alert.cleared_at for alert in alerts if alert.cleared_at is not None)
    key = f"{about.name}:{NoticeReason.RECOVERY}:{newest.isoformat()}"
    told = 0
    for recipient in _who_was_told(session, about.name):
        told += flood.send(session, recipient, about.letter(key, recipient), now=now)
    return told


def tell_blind(session: Session, since: datetime, *, now: datetime) -> int:
    """Tell everybody of every site once that the system itself hears nothing since *since*."""
    told: set[str] = set()
    for site in session.scalars(select(Site).order_by(Site.id)).all():
        local = since.astimezone(people.zone_of(site))
        for recipient in people.everybody(session, site):
            shown = notice_texts.show(local, recipient.language)
            subject, body = notice_texts.blind(shown, recipient.language)
            letter = Letter(
                "system:blind",
                "system:subscriber",
                f"system:blind:{since.isoformat()}",
                subject,
                body,
                critical=True,
            )
            if flood.send(session, recipient, letter, now=now):
                told.add(recipient.key)
    return len(told)


@dataclass(frozen=True)
class _About:
    """What one notice says, before it is written in somebody's language."""

    site: Site
    name: str  # alert:7, after the first alert of the group.
    reason: NoticeReason
    facts: Sequence[Facts]
    together: Together | None
    critical: bool

    def letter(self, key: str, recipient: Recipient) -> Letter:
        """Return the notice in the words of *recipient*."""
        subject, body = notice_texts.alert(self.facts, recipient.language, self.together)
        site = self.site.name_zh if recipient.language == "zh" else self.site.name_en
        return Letter(
            f"alert:{self.reason}", self.name, key, subject, body, site, critical=self.critical
        )


def _about(
    session: Session, alerts: Sequence[AlertRow], reason: NoticeReason, now: datetime
) -> _About:
    spots = [_place(session, alert) for alert in alerts]
    site, together = spots[0].site, None
    if len(alerts) > 1:
        outage = outages.look(session, site.id)
        together = Together(
            (site.name_en, site.name_zh), power_cut=outage.power_cut, site_down=outage.down
        )
    pairs = zip(alerts, spots, strict=True)
    return _About(
        site,
        f"alert:{alerts[0].group_id or alerts[0].id}",
        reason,
        [_facts(session, alert, spot, reason, now) for alert, spot in pairs],
        together,
        any(
            alert.severity == Severity.CRITICAL and alert.kind == AlertKind.EXCURSION
            for alert in alerts
        ),
    )


def _who_was_told(session: Session, about: str) -> list[Recipient]:
    keys = session.scalars(
        select(OutboxMessage.recipient)
        .where(
            OutboxMessage.about == about,
            OutboxMessage.kind.startswith("alert:"),
            OutboxMessage.recipient.is_not(None),
        )
        .distinct()
    ).all()
    found = [people.first_address(session, key) for key in sorted(key for key in keys if key)]
    return [one for one in found if one is not None]


def _place(session: Session, alert: AlertRow) -> _Place:
    row = session.execute(
        select(Site, StorageUnit, Sensor.device)
        .join(StorageUnit, StorageUnit.site_id == Site.id)
        .join(Sensor, Sensor.id == alert.sensor_id)
        .where(StorageUnit.id == alert.unit_id)
    ).one()
    return _Place(row[0], row[1], row[2])


def _facts(
    session: Session, alert: AlertRow, place: _Place, reason: NoticeReason, now: datetime
) -> Facts:
    state = session.execute(
        select(SensorState.centi, SensorState.measured_at).where(
            SensorState.sensor_id == alert.sensor_id
        )
    ).one_or_none()
    excursion = (
        session.get(ExcursionRow, alert.excursion_id) if alert.excursion_id is not None else None
    )
    told = excursion or _condition(session, alert)
    rule = RULES.get(told.rule) if told is not None else None
    return Facts(
        kind=AlertKind(alert.kind),
        site=(place.site.name_en, place.site.name_zh),
        unit=(place.unit.name_en, place.unit.name_zh),
        unit_code=place.unit.code,
        device=place.device,
        rule=rule.label if rule is not None else None,
        direction=excursion.direction if excursion is not None else None,
        began=_instant(place.site, told.began_at if told else _silent_since(alert)),
        ended=_instant(place.site, told.ended_at if told else alert.cleared_at),
        withdrawn=told is not None and told.withdrawn_at is not None,
        notice=reason,
        centi=None if state is None else state.centi,
        measured=_instant(place.site, None if state is None else state.measured_at),
        peak_centi=excursion.peak_centi if excursion is not None else None,
        end_unknown=excursion is not None
        and excursion.end_reason not in {None, EndReason.RECOVERED},
        inside=contents.inside(session, alert.unit_id),
        foretold=_foretold(session, alert, place, now),
        found_late=alert.found_late,
    )


def _foretold(session: Session, alert: AlertRow, place: _Place, now: datetime) -> Foretold | None:
    """Return where the temperature goes, for the alert of a forecast that stands."""
    if alert.kind != AlertKind.FORECAST or alert.cleared_at is not None:
        return None
    seen = outlook.read(session, [alert.sensor_id], now=now).get(alert.sensor_id)
    if seen is None or isinstance(seen.trend, Unclear):
        return None
    leaves_at = seen.leaves_at(BANDS[Profile(place.unit.profile)])
    if not isinstance(leaves_at, datetime):
        return None
    return Foretold(seen.trend.centi_per_h, leaves_at.astimezone(people.zone_of(place.site)))


def _condition(session: Session, alert: AlertRow) -> ConditionRow | None:
    """Return the condition that an alert is about: its id stands in the alert's cause."""
    if alert.kind not in CONDITIONS:
        return None
    return session.get(ConditionRow, int(alert.cause.split(":")[1]))


def _silent_since(alert: AlertRow) -> datetime:
    """Return the last instant at which the probe was heard: it stands in the alert's cause."""
    if alert.kind == AlertKind.TEST:
        return alert.opened_at
    return datetime.fromisoformat(alert.cause.split(":", 2)[2])


def _instant(site: Site, instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(people.zone_of(site))
