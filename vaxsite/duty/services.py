"""Acts on duty: people, weeks, who stands in, chains, and the alarm that is only a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sensors.domain.alerts import Severity
from sensors.domain.escalation import Whom
from sensors.services import drills, receipts
from sensors.store.duty import (
    ChainRow,
    Contact,
    ContactAddress,
    ContactPost,
    DutyCover,
    DutyShift,
    StepRow,
)
from sensors.store.places import StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.duty import queries, rules
from vaxsite.duty.rules import DutyReason

DAY = 24 * 60


def add_contact(
    session: Session,
    *,
    site_id: int,
    name: str,
    language: str,
    role: Role,
    addresses: Sequence[tuple[str, str]],
    actor: Actor,
    now: datetime,
) -> int:
    """Add a person with *addresses* (channel, address), the first to be tried first; return id."""
    queries.get_site(session, actor=actor, site_id=site_id)
    contact = Contact(name=name, language=language)
    session.add(contact)
    session.flush()
    session.add(ContactPost(site_id=site_id, contact_id=contact.id, role=role.value))
    for rank, (channel, address) in enumerate(addresses, start=1):
        session.add(
            ContactAddress(contact_id=contact.id, rank=rank, channel=channel, address=address)
        )
    session.flush()
    _record(session, actor, "contact:add", f"contact:{contact.id}", now, site=site_id)
    return contact.id


def remove_contact(
    session: Session, *, site_id: int, contact_id: int, actor: Actor, now: datetime
) -> None:
    """Call a person no more about a site: their posts and their part of its week end."""
    queries.get_site(session, actor=actor, site_id=site_id)
    for table in (ContactPost, DutyShift, DutyCover):
        session.execute(
            delete(table).where(table.site_id == site_id, table.contact_id == contact_id)
        )
    _record(session, actor, "contact:remove", f"contact:{contact_id}", now, site=site_id)


def add_shifts(
    session: Session,
    *,
    site_id: int,
    contact_id: int,
    place: int,
    weekdays: Sequence[int],
    from_minute: int,
    until_minute: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Put a person on call on *weekdays*; until the same time or earlier means the next day."""
    queries.get_site(session, actor=actor, site_id=site_id)
    _check_contact(session, site_id, contact_id)
    lasts = (until_minute - from_minute - 1) % DAY + 1
    for weekday in weekdays:
        session.add(
            DutyShift(
                site_id=site_id,
                contact_id=contact_id,
                place=place,
                weekday=weekday,
                starts_minute=from_minute,
                lasts_minutes=lasts,
            )
        )
    session.flush()
    _record(session, actor, "duty:plan", f"site:{site_id}", now, contact=contact_id)


def remove_shift(
    session: Session, *, site_id: int, shift_id: int, actor: Actor, now: datetime
) -> None:
    """Take one line out of the week."""
    queries.get_site(session, actor=actor, site_id=site_id)
    session.execute(delete(DutyShift).where(DutyShift.id == shift_id, DutyShift.site_id == site_id))
    _record(session, actor, "duty:plan", f"site:{site_id}", now, removed=shift_id)


def cover(
    session: Session,
    *,
    site_id: int,
    contact_id: int,
    place: int,
    lasts: timedelta,
    note: str,
    actor: Actor,
    now: datetime,
    starts_at: datetime | None = None,
) -> None:
    """Let *contact_id* stand in, from *now* or planned from *starts_at* on.

    Raises `RefusedAct` without a note, for too long a time and for a beginning in the past.
    """
    queries.get_site(session, actor=actor, site_id=site_id)
    _check_contact(session, site_id, contact_id)
    begin = now if starts_at is None else starts_at
    _allow(rules.may_cover(note, lasts, begin - now))
    session.add(
        DutyCover(
            site_id=site_id,
            contact_id=contact_id,
            place=place,
            starts_at=begin,
            ends_at=begin + lasts,
            made_at=now,
            made_by=actor.id,
            note=note.strip(),
        )
    )
    session.flush()
    _record(session, actor, "duty:hand-over", f"site:{site_id}", now, contact=contact_id)


def end_cover(
    session: Session, *, site_id: int, cover_id: int, actor: Actor, now: datetime
) -> None:
    """Let somebody stand in no more: a cover that is planned goes, one that goes on ends now."""
    queries.get_site(session, actor=actor, site_id=site_id)
    row = session.get(DutyCover, cover_id)
    if row is None or row.site_id != site_id or row.ends_at <= now:
        raise NotFound
    contact_id = row.contact_id
    if row.starts_at < now:
        row.ends_at = now
    else:
        session.delete(row)
    session.flush()
    _record(session, actor, "duty:end-cover", f"site:{site_id}", now, contact=contact_id)


@dataclass(frozen=True)
class StepWanted:
    """A step as it was written in the form; without a channel each person's first is taken."""

    whom: Whom
    wait_minutes: int
    contact_id: int | None = None
    channel: str | None = None


def save_chain(
    session: Session,
    *,
    site_id: int,
    severity: Severity,
    steps: Sequence[StepWanted],
    repeat_minutes: int,
    hours: tuple[int | None, int | None],
    actor: Actor,
    now: datetime,
) -> None:
    """Replace the chain of a site; raises `RefusedAct` for one without steps."""
    queries.get_site(session, actor=actor, site_id=site_id)
    if not steps:
        raise RefusedAct(Refused(DutyReason.NO_STEP, "duty:chain"), rules.SENTENCES)
    if (hours[0] is None) != (hours[1] is None):
        raise RefusedAct(Refused(DutyReason.HALF_HOURS, "duty:chain"), rules.SENTENCES)
    _forget_chain(session, site_id, severity)
    chain = ChainRow(
        site_id=site_id,
        severity=severity.value,
        repeat_minutes=repeat_minutes,
        from_minute=hours[0],
        until_minute=hours[1],
    )
    session.add(chain)
    session.flush()
    for place, step in enumerate(steps, start=1):
        if step.contact_id is not None:
            _check_contact(session, site_id, step.contact_id)
        session.add(_step(chain.id, place, step))
    session.flush()
    _record(session, actor, "duty:chain", f"site:{site_id}", now, severity=severity.value)


def _step(chain_id: int, place: int, step: StepWanted) -> StepRow:
    return StepRow(
        chain_id=chain_id,
        place=place,
        whom=step.whom.value,
        role=Role.MANAGER.value if step.whom is Whom.ROLE else None,
        contact_id=step.contact_id,
        channel=step.channel,
        wait_minutes=step.wait_minutes,
    )


def _forget_chain(session: Session, site_id: int, severity: Severity) -> None:
    known = select(ChainRow.id).where(ChainRow.site_id == site_id, ChainRow.severity == severity)
    session.execute(delete(StepRow).where(StepRow.chain_id.in_(known)))
    session.execute(delete(ChainRow).where(ChainRow.id.in_(session.scalars(known).all())))


def start_test(session: Session, *, unit_id: int, actor: Actor, now: datetime) -> int:
    """Set off a test alarm of a unit; return the id of its alert."""
    unit = session.get(StorageUnit, unit_id)
    if unit is None:
        raise NotFound
    queries.get_site(session, actor=actor, site_id=unit.site_id)
    try:
        alert_id = drills.start(session, unit_id=unit_id, now=now)
    except drills.NothingToTest as err:
        refused = Refused(DutyReason.NOTHING_TO_TEST, "duty:test")
        raise RefusedAct(refused, rules.SENTENCES) from err
    _record(session, actor, "alert:test", f"alert:{alert_id}", now, unit=unit_id)
    return alert_id


def confirm(session: Session, *, token: str, now: datetime) -> None:
    """Write down that whoever has the link of a message has the message."""
    message_id = receipts.message_of(session, token)
    if message_id is None:
        raise NotFound
    receipts.confirm(session, message_id, now=now)
    _record(session, system("link"), "message:confirm", f"message:{message_id}", now)


def _check_contact(session: Session, site_id: int, contact_id: int) -> None:
    post = select(ContactPost.id).where(
        ContactPost.site_id == site_id, ContactPost.contact_id == contact_id
    )
    if session.scalar(post.limit(1)) is None:
        raise NotFound


def _allow(decision: object) -> None:
    if isinstance(decision, Refused):
        raise RefusedAct(decision, rules.SENTENCES)


def _record(
    session: Session, actor: Actor, action: str, subject: str, now: datetime, **detail: object
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
