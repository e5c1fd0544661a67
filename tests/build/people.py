"""Builders of people who can be called, of their weeks and of the chain of a site."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from sensors.domain.escalation import DEFAULT_CHAIN, Step
from sensors.store.duty import ChainRow, Contact, ContactAddress, ContactPost, DutyShift, StepRow
from sensors.store.places import Site


def a_contact(
    session: Session,
    name: str,
    *,
    sites: Sequence[Site] = (),
    role: str = "pharmacist",
    channels: Sequence[str] = ("sms", "voice"),
    language: str = "en",
) -> int:
    """Return the id of a stored person with one address a channel, the best one first."""
    contact = Contact(name=name, language=language)
    session.add(contact)
    session.flush()
    for rank, channel in enumerate(channels, start=1):
        session.add(
            ContactAddress(
                contact_id=contact.id, rank=rank, channel=channel, address=f"{name}@{channel}"
            )
        )
    for site in sites:
        session.add(ContactPost(site_id=site.id, contact_id=contact.id, role=role))
    session.flush()
    return contact.id


def always_on_call(session: Session, site: Site, contact_id: int, *, place: int = 1) -> None:
    """Put a person on call for the whole week."""
    session.add(
        DutyShift(
            site_id=site.id,
            contact_id=contact_id,
            place=place,
            weekday=0,
            starts_minute=0,
            lasts_minutes=7 * 24 * 60,
        )
    )
    session.flush()


def a_chain(
    session: Session,
    site: Site,
    *,
    severity: str = "critical",
    steps: Sequence[Step] = DEFAULT_CHAIN.steps,
    repeat_minutes: int = 30,
    hours: tuple[int, int] | None = None,
) -> int:
    """Return the id of a stored chain."""
    chain = ChainRow(
        site_id=site.id,
        severity=severity,
        repeat_minutes=repeat_minutes,
        from_minute=hours[0] if hours else None,
        until_minute=hours[1] if hours else None,
    )
    session.add(chain)
    session.flush()
    for place, step in enumerate(steps, start=1):
        session.add(
            StepRow(
                chain_id=chain.id,
                place=place,
                whom=step.whom.value,
                contact_id=step.contact_id,
                role=step.role,
                channel=step.channel,
                wait_minutes=int(step.wait.total_seconds()) // 60,
            )
        )
    session.flush()
    return chain.id
