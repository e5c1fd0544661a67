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
    first = views[0]
    person = residents.get_person(session, first.person_id)
    to = To(
        site_id=first.clinic.site_id,
        name=person.name,
        email=first.email,
        phone=first.phone,
        language=person.language,
    )
    return messages.tell(
        session,
        kind=kind,
        facts=queries.facts(views, language=to.language, my_booking_url=my_booking_url),
        to=to,
        actor=actor,
        now=now,
        turn=turn,
        must_arrive=must_arrive,
        send_after=send_after,
    )


def record_act(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    """Leave the audit row of one act."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=dict(detail))
