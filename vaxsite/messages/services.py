"""Messages to residents, queued in the transaction of what they tell."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from sensors.services import outbox
from vaxsite.calls import queries as calls
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.messages import rules
from vaxsite.messages.short_texts import compose_overdue, compose_short
from vaxsite.messages.writing import EMAIL, Said, To, Way, write

ABOUT_A_CHANGE = (rules.Kind.CHANGED, rules.Kind.CANCELLED, rules.Kind.SECOND_GIVEN_UP)
WITH_CALENDAR = (rules.Kind.CONFIRMED, *ABOUT_A_CHANGE)


def tell(
    session: Session,
    *,
    kind: rules.Kind,
    facts: Sequence[rules.AppointmentFacts],
    to: To,
    actor: Actor,
    now: datetime,
    turn: str = "",
    must_arrive: bool = False,
    send_after: datetime | None = None,
) -> Way:
    """Tell *to* about appointments that belong together, once for each sequence and *turn*.

    What somebody else did to them must arrive: whom nothing reaches is called. Whatever was to
    remind of them and has not left yet is taken back by a change.
    """
    first = facts[0]
    if kind in ABOUT_A_CHANGE:
        for one in facts:
            about = f"appointment:{one.appointment_id}"
            outbox.withdraw(session, about=about, kinds=[rules.Kind.REMINDER])
    by_other = kind in ABOUT_A_CHANGE and actor.kind is not ActorKind.RESIDENT
    calendar = kind in WITH_CALENDAR and to.email
    said = Said(
        kind=kind.value,
        about=f"appointment:{first.appointment_id}",
        key=f"{kind}:{first.appointment_id}:{first.sequence}" + (turn and f":{turn}"),
        text=rules.compose(kind, facts, language=to.language),
        short=compose_short(kind, facts, language=to.language),
        closes_at=min(one.starts_at for one in facts),
        must_arrive=must_arrive or by_other,
        send_after=send_after,
        calendar=_calendar(facts, to.language, now) if calendar else None,
        first=kind is rules.Kind.CONFIRMED,  # An appointment is made once.
    )
    return write(session, said, to, actor=actor, now=now)


def _calendar(facts: Sequence[rules.AppointmentFacts], language: str, now: datetime) -> str:
    return rules.calendar_file(facts, language=language, now=now).decode()


def remind(
    session: Session,
    *,
    facts: rules.ReminderFacts,
    to: To,
    closes_at: datetime,
    send_after: datetime,
    actor: Actor,
    now: datetime,
) -> Way:
    """Remind *to* of one dose, once by whichever way; whom nothing reaches is called."""
    key = f"{rules.REMINDED}:{facts.person_id}:{facts.group}:{facts.dose_number}"
    if calls.was_asked(session, key=key):
        return Way.NONE
    said = Said(
        kind=rules.REMINDED,
        about=rules.about_overdue(facts.person_id, facts.group),
        key=key,
        text=rules.compose_reminder(facts, language=to.language),
        short=compose_overdue(facts.due_url, language=to.language),
        closes_at=closes_at,
        must_arrive=True,
        send_after=send_after,
    )
    return write(session, said, to, actor=actor, now=now)


def send(
    session: Session,
    *,
    kind: str,
    about: str,
    delivery_key: str,
    text: rules.Text,
    email: str | None,
    language: str,
    now: datetime,
) -> bool:
    """Queue a feature's own *text*; False where there is no address or it was queued before."""
    if not email:
        return False
    return _queue(session, kind, about, delivery_key, text, email=email, language=language, now=now)


def _queue(
    session: Session,
    kind: str,
    about: str,
    delivery_key: str,
    text: rules.Text,
    *,
    email: str,
    language: str,
    now: datetime,
) -> bool:
    """Put *text* into the outbox; False where a message of this key stands there already."""
    return outbox.enqueue(
        session,
        kind=kind,
        about=about,
        channel=EMAIL,
        address=email,
        language=language,
        subject=text.subject,
        body=text.body,
        delivery_key=delivery_key,
        now=now,
    )
