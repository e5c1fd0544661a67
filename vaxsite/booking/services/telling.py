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


def tell(
    session: Session,
    kind: texts.Kind,
    views: Sequence[queries.AppointmentView],
    language: str,
    my_booking_url: str,
    now: datetime,
) -> None:
    """Tell whoever booked, in one message, what became of all these appointments."""
    messages.tell(
        session,
        kind=kind,
        facts=queries.facts(views, language=language, my_booking_url=my_booking_url),
        email=views[0].email,
        language=language,
        now=now,
    )


def record_act(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    """Leave the audit row of one act."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=dict(detail))
