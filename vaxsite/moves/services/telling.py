"""Tells whoever booked, in one message, what becomes of all their appointments; else by a call."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from vaxsite.booking import queries as booking
from vaxsite.calls import services as calls
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import Actor
from vaxsite.messages import services as messages
from vaxsite.messages.rules import Text
from vaxsite.moves import queries
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules import texts
from vaxsite.residents import queries as residents
from vaxsite.slots import queries as slots

# House rule: so long after the lost time nobody need be told that it was lost.
CALL_AFTER_LOST = timedelta(hours=4)


def tell(
    session: Session, *, rows: Sequence[SeatMove], url: str, actor: Actor, now: datetime
) -> None:
    """Queue the message of one unit, once; who has no address is put on the list of calls."""
    first, language, text = compose(session, rows, url)
    kind = _kind(rows)
    about = f"appointment:{first.id}"
    # What an earlier move asked for is no longer true.
    calls.close_about(session, about=about, actor=actor, now=now)
    if first.email:
        messages.send(
            session,
            kind=kind,
            about=about,
            delivery_key=f"{kind}:{rows[0].id}",
            text=text,
            email=first.email,
            language=language,
            now=now,
        )
    else:
        ask_for_call(
            session, rows=rows, reason=CallReason.NO_CHANNEL, url=url, actor=actor, now=now
        )


def ask_for_call(
    session: Session,
    *,
    rows: Sequence[SeatMove],
    reason: CallReason,
    url: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Put the unit on the list of the clinic to which they go; False where it stands there."""
    first, language, text = compose(session, rows, url)
    person = residents.get_person(session, first.person_id)
    placed = rows[0].to_slot_id is not None
    wanted = calls.Wanted(
        key=f"{_kind(rows)}:{rows[0].id}",
        site_id=first.slot.site_id,
        about=f"appointment:{first.id}",
        reason=reason,
        callee=calls.Callee(name=person.name, phone=person.phone, language=language),
        subject=text.subject,
        body=text.body,
        closes_at=first.slot.starts_at if placed else first.slot.starts_at + CALL_AFTER_LOST,
    )
    return calls.ask(session, wanted, actor=actor, now=now)


def _kind(rows: Sequence[SeatMove]) -> str:
    return texts.MOVED if rows[0].to_slot_id is not None else texts.WITHOUT_PLACE


def compose(
    session: Session, rows: Sequence[SeatMove], url: str
) -> tuple[booking.AppointmentView, str, Text]:
    """Return the first appointment of a unit, its language, and what it is told."""
    ids = [row.appointment_id for row in rows]
    views = {one.id: one for one in booking.get_appointments(session, ids)}
    before = slots.get_slots(session, {row.from_slot_id for row in rows})
    first = views[rows[0].appointment_id]
    language = residents.get_person(session, first.person_id).language
    told = [_facts(views[row.appointment_id], before, row, language) for row in rows]
    reason = queries.get_event(session, rows[0].event_id).reason(language)
    text = texts.compose(_kind(rows), told, reason=reason, url=url, language=language)
    return first, language, text


def _facts(
    view: booking.AppointmentView,
    before: dict[int, slots.SlotView],
    row: SeatMove,
    language: str,
) -> texts.MovedFacts:
    return texts.MovedFacts(
        reference=view.reference,
        before=before[row.from_slot_id].starts_at,
        after=view.slot.starts_at if row.to_slot_id is not None else None,
        timezone=view.clinic.timezone,
        clinic=view.clinic.name(language),
        address=view.clinic.address(language),
        phone=view.clinic.phone,
        vaccine=view.slot.product.name(language),
        dose_number=view.dose_number,
    )
