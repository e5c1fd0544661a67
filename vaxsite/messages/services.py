"""Messages to residents, queued in the transaction of what they tell.

Only e-mail reaches residents yet: there is no SMS gateway. Who gave no e-mail address is told on
the page and on the slip, and nothing is queued that would look like a message sent.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from sensors.services import outbox
from vaxsite.messages import rules

EMAIL = "email"


def tell(
    session: Session,
    *,
    kind: rules.Kind,
    facts: Sequence[rules.AppointmentFacts],
    email: str | None,
    language: str,
    now: datetime,
) -> bool:
    """Queue one message of *kind* about appointments that belong together.

    Return False where there is no address to send it to.
    """
    if not email:
        return False
    text = rules.compose(kind, facts, language=language)
    about = f"appointment:{facts[0].appointment_id}"
    key = f"{kind}:{facts[0].appointment_id}:{facts[0].sequence}"
    _queue(session, kind.value, about, key, text, email=email, language=language, now=now)
    return True


def remind(
    session: Session,
    *,
    facts: rules.ReminderFacts,
    email: str | None,
    language: str,
    now: datetime,
) -> bool:
    """Queue the reminder of one dose; False where there is no address or it was queued before."""
    if not email:
        return False
    text = rules.compose_reminder(facts, language=language)
    about = f"person:{facts.person_id}"
    key = f"{rules.REMINDED}:{facts.person_id}:{facts.group}:{facts.dose_number}"
    return _queue(
        session, rules.REMINDED, about, key, text, email=email, language=language, now=now
    )


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
