"""Says what was done: to the audit, and in one message to whoever booked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from vaxsite.booking import queries
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.messages import rules as texts
from vaxsite.messages import services as messages
from vaxsite.messages.writing import To, Way
from vaxsite.residents import queries as residents
from vaxsite.residents.services import PersonDetails


def tell(
    session: Session,
    kind: texts.Kind,
    views: Sequence[queries.AppointmentView],
    my_booking_url: str,
    actor: Actor,
    now: datetime,
    *,
    turn: str = "",
    must_arrive: bool = False,
    send_after: datetime | None = None,
) -> Way:
    """Tell whoever booked, in one message in their language, what became of all these."""
    person = residents.get_person(session, views[0].person_id)
    return messages.tell(
        session,
        kind=kind,
        facts=queries.facts(views, language=person.language, my_booking_url=my_booking_url),
        to=_to(views[0], person.name, person.language),
        actor=actor,
        now=now,
        turn=turn,
        must_arrive=must_arrive,
        send_after=send_after,
    )


def tell_booked(
    session: Session,
    views: Sequence[queries.AppointmentView],
    contact: PersonDetails,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> Way:
    """Tell whoever booked just now, as they said to be told, what was booked."""
    return messages.tell(
        session,
        kind=texts.Kind.CONFIRMED,
        facts=queries.facts(views, language=contact.language, my_booking_url=my_booking_url),
        to=_to(views[0], contact.name, contact.language),
        actor=actor,
        now=now,
    )


def _to(first: queries.AppointmentView, name: str, language: str) -> To:
    return To(
        site_id=first.clinic.site_id,
        name=name,
        email=first.email,
        phone=first.phone,
        language=language,
    )


def record_act(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    """Leave the audit row of one act."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=dict(detail))
