"""Tells whoever booked, in one message, what becomes of all their appointments; else by a call."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import outbox
from sensors.services.outbox import MessageState
from sensors.store.outbox import OutboxMessage
from vaxsite.booking import queries as booking
from vaxsite.calls import queries as call_queries
from vaxsite.calls import services as calls
from vaxsite.calls.models import ResidentCall
from vaxsite.calls.rules import PENDING, CallReason
from vaxsite.core.actor import Actor
from vaxsite.messages import rules as messages
from vaxsite.messages import writing
from vaxsite.messages.writing import Said, To
from vaxsite.moves import queries
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules import texts
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots

EARLIER = (texts.MOVED, texts.WITHOUT_PLACE, messages.Kind.REMINDER)
# House rule: so long after the lost time nobody need be told that it was lost.
CALL_AFTER_LOST = timedelta(hours=4)


def tell(
    session: Session, *, rows: Sequence[SeatMove], url: str, actor: Actor, now: datetime
) -> None:
    """Tell each unit once: by e-mail, text message or call, whichever there is first.

    What an earlier move or a reminder was to say and has not left yet is taken back.
    """
    if not rows:
        return
    _take_back(session, rows, actor, now)
    for said, to in compose(session, rows, url):
        writing.write(session, said, to, actor=actor, now=now)


def _take_back(session: Session, rows: Sequence[SeatMove], actor: Actor, now: datetime) -> None:
    about = {f"appointment:{row.appointment_id}" for row in rows}
    waiting = select(OutboxMessage.about).where(
        OutboxMessage.about.in_(about),
        OutboxMessage.kind.in_(EARLIER),
        OutboxMessage.state == MessageState.WAITING,
    )
    for one in set(session.scalars(waiting)):
        outbox.withdraw(session, about=one, kinds=EARLIER)
    asked = select(ResidentCall.about).where(
        ResidentCall.about.in_(about), ResidentCall.state.in_(PENDING)
    )
    for one in set(session.scalars(asked)):
        calls.close_about(session, about=one, actor=actor, now=now)


def ask_for_answer(
    session: Session, *, rows: Sequence[SeatMove], url: str, actor: Actor, now: datetime
) -> bool:
    """Put who has not answered on the list of calls; False for whom it was called already."""
    [(said, to)] = compose(session, rows, url)
    told_at = rows[0].told_at or now
    if any(one.due_at >= told_at for one in call_queries.calls_about(session, about=said.about)):
        return False
    asked = replace(said, key=f"{said.key}:answer")
    return writing.ask(session, asked, to, CallReason.NO_ANSWER, actor=actor, now=now)


def _kind(rows: Sequence[SeatMove]) -> str:
    return texts.MOVED if rows[0].to_slot_id is not None else texts.WITHOUT_PLACE


def compose(session: Session, rows: Sequence[SeatMove], url: str) -> list[tuple[Said, To]]:
    """Return what each unit is told, and whom that reaches."""
    ids = [row.appointment_id for row in rows]
    views = {one.id: one for one in booking.get_appointments(session, ids)}
    before = slots.get_slots(session, {row.from_slot_id for row in rows})
    people = {one.person_id for one in views.values()}
    by_id = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(people)))}
    events = {one: queries.get_event(session, one) for one in {row.event_id for row in rows}}
    units: dict[tuple[int, int], list[SeatMove]] = defaultdict(list)
    for row in rows:
        units[row.event_id, row.place].append(row)
    found = []
    for mine in units.values():
        first = views[mine[0].appointment_id]
        person = by_id[first.person_id]
        told = [_facts(views[row.appointment_id], before, row, person.language) for row in mine]
        reason = events[mine[0].event_id].reason(person.language)
        said = _say(mine, first, told, reason, url, person.language)
        to = To(
            site_id=first.clinic.site_id,
            name=person.name,
            email=first.email,
            phone=first.phone,
            language=person.language,
        )
        found.append((said, to))
    return found


def _say(
    mine: Sequence[SeatMove],
    first: booking.AppointmentView,
    told: Sequence[texts.MovedFacts],
    reason: str,
    url: str,
    language: str,
) -> Said:
    kind = _kind(mine)
    lasts = timedelta() if kind == texts.MOVED else CALL_AFTER_LOST
    return Said(
        kind=kind,
        about=f"appointment:{first.id}",
        key=f"{kind}:{mine[0].id}",
        text=texts.compose(kind, told, reason=reason, url=url, language=language),
        short=texts.compose_short(kind, told, url=url, language=language),
        closes_at=first.slot.starts_at + lasts,
        must_arrive=True,
    )


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
