"""Messages to residents, queued in the transaction of what they tell.

Only e-mail reaches residents yet: there is no SMS gateway. Who gave no e-mail address is told on
the page and on the slip, and nothing is queued that would look like a message sent.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from sensors.store.outbox import OutboxMessage
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
    about = f"appointment:{facts.appointment_id}"
    session.add(
        OutboxMessage(
            delivery_key=f"{kind}:{facts.appointment_id}:{facts.sequence}",
            kind=kind.value,
            about=about,
            channel=EMAIL,
            address=email,
            language=language,
            subject=text.subject,
            body=text.body,
            created_at=now,
            send_after=now,
            state="waiting",
        )
    )
    return True
