"""Acts on the cold chain: a person answers an alert; the reader of events tells what it touches.

The reader decides nothing about lots: they are held from the commit of the excursion, whether it
ran or not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState, EventKind
from sensors.services import answering, flood, people
from sensors.services.flood import Letter
from sensors.services.people import Recipient
from sensors.store.dialect import insert_or_ignore
from sensors.store.episodes import AlertRow, Event, ExcursionRow
from sensors.store.places import Site, StorageUnit
from vaxsite.booking import counting
from vaxsite.coldchain import rules
from vaxsite.coldchain.models import EventCursor
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.alerts import get_alert
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.stock import queries as stock_queries
from vaxsite.stock.queries import AffectedLot
from vaxsite.web import catalogs

READER = "coldchain"
SYSTEM = system("event-reader")
BATCH = 100
SEATS_AHEAD = timedelta(days=7)


def acknowledge(session: Session, *, alert_id: int, note: str, actor: Actor, now: datetime) -> None:
    """Write down that *actor* has answered an alert, and how; ends the repeated notices."""
    alert = get_alert(session, actor=actor, alert_id=alert_id, now=now)
    if not actor.may(Permission.ALERT_ACKNOWLEDGE, alert.unit.site_id):
        raise NotFound
    verdict = rules.may_acknowledge(note)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, rules.SENTENCES)
    answering.acknowledge(session, alert_id=alert_id, actor_id=actor.id, note=note.strip(), now=now)
    audit.record(
        session,
        actor=actor,
        action="alert:acknowledge",
        subject=f"alert:{alert_id}",
        now=now,
        detail={"waited_s": alert.waited_s},
    )
    # Read under the lock of the move: the condition may have gone away since the page was read.
    if session.get_one(AlertRow, alert_id, populate_existing=True).cleared_at is not None:
        _resolve(session, alert_id=alert_id, actor=actor, now=now)


def _resolve(session: Session, *, alert_id: int, actor: Actor, now: datetime) -> None:
    """Close an alert that is over and answered."""
    answering.resolve(session, alert_id=alert_id, actor_id=actor.id, now=now)
    audit.record(session, actor=actor, action="alert:resolve", subject=f"alert:{alert_id}", now=now)


def read_events(session: Session, *, now: datetime) -> int:
    """Act on the events that this reader has not seen; return how many there were.

    Each event is claimed by its own row in the transaction of what it causes: read twice, or by
    two workers, it acts once. Call it again while it returns `BATCH`.
    """
    events = session.scalars(
        select(Event)
        .outerjoin(EventCursor, (EventCursor.event_id == Event.id) & (EventCursor.reader == READER))
        .where(EventCursor.event_id.is_(None))
        .order_by(Event.id)
        .limit(BATCH)
    ).all()
    for event in events:
        claim = (
            insert_or_ignore(session, EventCursor)
            .values(reader=READER, event_id=event.id)
            .returning(EventCursor.event_id)
        )
        if session.scalar(claim) is not None:
            _act_on(session, event, now)
    return len(events)


def _act_on(session: Session, event: Event, now: datetime) -> None:
    """Tell the site's people about the lots of an excursion; other events need nothing here."""
    kind = EventKind(event.kind)
    if kind not in rules.NOTICES or event.excursion_id is None:
        return
    if kind is EventKind.EXCURSION_ENDED:
        _resolve_answered(session, event.excursion_id, now)
    excursion = session.get_one(ExcursionRow, event.excursion_id)
    lots = stock_queries.affected_lots(session, excursion_id=excursion.id, at=now)
    if kind is not EventKind.EXCURSION_WITHDRAWN:
        lots = [lot for lot in lots if lot.held]
    unit = _unit(session, excursion.unit_id)
    seats = _seats(session, unit, lots, now)
    told = 0
    if lots:
        letter_of = partial(_letter, event, kind, excursion, unit, len(lots), seats)
        for recipient in _called(session, excursion, unit, now):
            told += flood.send(session, recipient, letter_of(recipient), now=now)
    audit.record(
        session,
        actor=SYSTEM,
        action="excursion:tell",
        subject=f"excursion:{excursion.id}",
        now=now,
        detail={"event": kind.value, "lots": len(lots), "seats": seats, "messages": told},
    )


def _resolve_answered(session: Session, excursion_id: int, now: datetime) -> None:
    """Close the alert of an excursion that is over when somebody has answered it already."""
    alert_id = session.scalar(
        select(AlertRow.id).where(
            AlertRow.excursion_id == excursion_id,
            AlertRow.state == AlertState.ACKNOWLEDGED,
            AlertRow.cleared_at.is_not(None),
        )
    )
    if alert_id is not None:
        _resolve(session, alert_id=alert_id, actor=SYSTEM, now=now)


def _unit(session: Session, unit_id: int) -> UnitName:
    row = session.execute(
        select(StorageUnit, Site)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(StorageUnit.id == unit_id)
    ).one()
    return places.unit_name(row[0], row[1])


def _seats(session: Session, unit: UnitName, lots: Sequence[AffectedLot], now: datetime) -> int:
    return counting.count_awaited(
        session,
        site_id=unit.site_id,
        product_ids={lot.lot.product.id for lot in lots},
        since=now,
        until=now + SEATS_AHEAD,
    )


def _called(
    session: Session, excursion: ExcursionRow, unit: UnitName, now: datetime
) -> list[Recipient]:
    """Return whom the alert of an excursion has called by now: they are told what it touches.

    Nobody, while the alert itself waits, and where it was found late: its one notice says that
    lots wait for a decision, and a backlog must not tell of each state on the way.
    """
    site = session.get_one(Site, unit.site_id)
    alert = session.scalars(
        select(AlertRow)
        .where(AlertRow.excursion_id == excursion.id)
        .order_by(AlertRow.id.desc())
        .limit(1)
    ).one_or_none()
    if alert is None:
        return people.everybody(session, site)
    if alert.found_late:
        return []
    return people.called(session, site, alert.severity, alert.step, now=now)


def _letter(
    event: Event,
    kind: EventKind,
    excursion: ExcursionRow,
    unit: UnitName,
    lots: int,
    seats: int,
    recipient: Recipient,
) -> Letter:
    """Return what an excursion touches in the words of *recipient*."""
    language: catalogs.Language = recipient.language
    places_of_text = {
        "unit": unit.name(language),
        "site": unit.site(language),
        "began": catalogs.show_time(excursion.began_at, language, unit.timezone),
        "lots": lots,
        "seats": seats,
    }
    notice = rules.NOTICES[kind]
    return Letter(
        kind.value,
        f"excursion:{excursion.id}",
        f"coldchain:{event.id}",
        catalogs.translate(notice.subject, language, **places_of_text),
        catalogs.translate(notice.body, language, **places_of_text),
        unit.site(language),
    )
