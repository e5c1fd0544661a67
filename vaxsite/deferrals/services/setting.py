"""Put a vaccination off until a date, and say so; whether the actor may, the caller has checked."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.deferrals import queries
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.rules import reasons, texts
from vaxsite.deferrals.rules.reasons import Reason, Why
from vaxsite.deferrals.rules.states import DEFERRALS, DeferralState
from vaxsite.messages.writing import Said, To, write
from vaxsite.residents import queries as residents
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

MESSAGE = "deferral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is put off for whom, until when and why, and how the person is reached."""

    person_id: UUID
    product_id: int
    site_id: int
    group_code: str
    why: Why
    until: date
    phone: str | None
    email: str | None


def put_off(
    session: Session, wanted: Wanted, *, my_booking_url: str, actor: Actor, now: datetime
) -> UUID:
    """Put it off, in the place of an open deferral; raise `RefusedAct` for an impossible date."""
    clinic = slots.get_clinic(session, wanted.site_id)
    rule = queries.reasons()[wanted.why]
    refused = reasons.check_until(rule, wanted.until, today=clinic.local_day(now))
    if refused is None and actor.kind is ActorKind.RESIDENT and not rule.resident:
        refused = Refused(Reason.UNKNOWN, reasons.RULE)
    if refused is not None:
        raise RefusedAct(refused, reasons.SENTENCES)
    _replace(session, wanted, actor, now)
    row = _row(wanted, actor, now)
    session.add(row)
    session.flush()
    told: Detail = {"product": wanted.product_id, "until": wanted.until.isoformat()}
    record(session, "deferral:set", row.id, actor, now, told)
    _tell(session, row, clinic, my_booking_url, actor, now)
    return row.id


def lock(session: Session, deferral_id: UUID) -> queries.DeferralView:
    """Return the deferral as it stands, kept from everybody else; raise `NotFound`."""
    query = select(Deferral).where(Deferral.id == deferral_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return queries.view(row)


def end(
    session: Session,
    deferral_id: UUID,
    target: DeferralState,
    *,
    actor: Actor,
    now: datetime,
    **values: object,
) -> None:
    """Move an open deferral to its end; raise `AlreadyMoved` where it has ended."""
    step = move(
        session,
        Deferral,
        deferral_id,
        DEFERRALS,
        source=DeferralState.OPEN,
        target=target,
        changed_at=now,
        ended_by=actor.id,
        **values,
    )
    record(session, step.audit, deferral_id, actor, now)


def record(
    session: Session,
    action: str,
    deferral_id: UUID,
    actor: Actor,
    now: datetime,
    detail: Detail | None = None,
) -> None:
    """Leave the audit row of an act; it names no reason."""
    subject = f"deferral:{deferral_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)


def _replace(session: Session, wanted: Wanted, actor: Actor, now: datetime) -> None:
    before = queries.find_open(session, person_id=wanted.person_id, product_id=wanted.product_id)
    if before is None:
        return
    if actor.kind is ActorKind.RESIDENT and before.rule.refuses:
        wrong = Refused(before.why, reasons.RULE, since=before.until, detail={"date": before.until})
        raise RefusedAct(wrong, reasons.SENTENCES)
    end(session, before.id, DeferralState.REPLACED, actor=actor, now=now)


def _row(wanted: Wanted, actor: Actor, now: datetime) -> Deferral:
    return Deferral(
        id=new_id(now),
        person_id=wanted.person_id,
        product_id=wanted.product_id,
        site_id=wanted.site_id,
        group_code=wanted.group_code,
        why=wanted.why.value,
        until=wanted.until,
        state=DEFERRALS.initial.value,
        phone=wanted.phone,
        email=wanted.email,
        set_by="resident" if actor.kind is ActorKind.RESIDENT else actor.id,
        created_at=now,
        changed_at=now,
    )


def _tell(
    session: Session,
    row: Deferral,
    clinic: slots.ClinicView,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Tell the person by the first way there is; whoever has none was told by a person."""
    who = residents.get_person(session, row.person_id)
    product = stock.find_product(session, product_id=row.product_id)
    told = texts.Told(
        until=row.until,
        vaccine=product.name(who.language) if product else "",
        clinic=clinic.name(who.language),
        phone=clinic.phone,
        url=my_booking_url,
    )
    said = Said(
        kind=MESSAGE,
        about=f"deferral:{row.id}",
        key=f"deferral:{row.id}",
        text=texts.compose(told, language=who.language),
        short=texts.compose_short(told, language=who.language),
        closes_at=datetime.combine(row.until, time(), ZoneInfo(clinic.timezone)),
        must_arrive=False,
    )
    to = To(
        site_id=row.site_id,
        name=who.name,
        email=row.email,
        phone=row.phone,
        language=who.language,
    )
    write(session, said, to, actor=actor, now=now)
