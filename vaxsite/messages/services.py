"""Messages to residents, queued in the transaction of what they tell.

Only e-mail reaches residents yet: there is no SMS gateway. Who gave no e-mail address is told on
the page and on the slip, and nothing is queued that would look like a message sent.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from sensors.services import outbox
from vaxsite.messages import rules

EMAIL = "email"


def tell(
    session: Session,
    *,
    kind: rules.Kind,
    facts: rules.AppointmentFacts,
    email: str | None,
    language: str,
    now: datetime,
) -> bool:
    """Queue the message of *kind*; return False where there is no address to send it to."""
    if not email:
        return False
    text = rules.compose(kind, facts, language=language)
    outbox.enqueue(
        session,
        kind=kind.value,
        about=f"appointment:{facts.appointment_id}",
        channel=EMAIL,
        address=email,
        language=language,
        subject=text.subject,
        body=text.body,
        delivery_key=f"{kind}:{facts.appointment_id}:{facts.sequence}",
        now=now,
    )
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
    return outbox.enqueue(
        session,
        kind=rules.REMINDED,
        about=f"person:{facts.person_id}",
        channel=EMAIL,
        address=email,
        language=language,
        subject=text.subject,
        body=text.body,
        delivery_key=f"{rules.REMINDED}:{facts.person_id}:{facts.group}:{facts.dose_number}",
        now=now,
    )
