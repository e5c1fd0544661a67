"""Who is called for a site: its chain, the people of a step, and where each is reached.

A step that finds nobody calls everybody: an alarm never ends at an empty post.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sensors.domain.duty import FIRST, SECOND, Cover, Shift, on_call
from sensors.domain.escalation import EVERYBODY_AT_ONCE, Chain, Hours, Step, Whom
from sensors.services.notice_texts import Language
from sensors.store.duty import (
    ChainRow,
    Contact,
    ContactAddress,
    ContactPost,
    DutyCover,
    DutyShift,
    StepRow,
)
from sensors.store.places import NoticeTarget, Site

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True)
class Recipient:
    """Where one message goes. `key` names the person or the address, never what it is."""

    key: str  # contact:3 or target:7
    channel: str
    address: str
    language: Language
    rank: int = 1


def zone_of(site: Site) -> ZoneInfo:
    """Return the site's time zone; UTC where its name is wrong: that must not stop an alarm."""
    try:
        return ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def chain_of(session: Session, site: Site, severity: str) -> Chain:
    """Return how *site* calls about alerts of *severity*."""
    row = session.scalar(
        select(ChainRow).where(ChainRow.site_id == site.id, ChainRow.severity == severity)
    )
    if row is None:
        return EVERYBODY_AT_ONCE
    steps = session.scalars(
        select(StepRow).where(StepRow.chain_id == row.id).order_by(StepRow.place)
    ).all()
    if not steps:
        return EVERYBODY_AT_ONCE
    return Chain(
        tuple(_step(step) for step in steps), _minutes(row.repeat_minutes), _hours(row, site)
    )


def _step(row: StepRow) -> Step:
    return Step(Whom(row.whom), _minutes(row.wait_minutes), row.contact_id, row.role, row.channel)


def _hours(row: ChainRow, site: Site) -> Hours | None:
    if row.from_minute is None or row.until_minute is None:
        return None
    return Hours(row.from_minute, row.until_minute, zone_of(site))


def recipients(session: Session, site: Site, step: Step, *, now: datetime) -> list[Recipient]:
    """Return whom *step* calls at *now*; everybody of the site where it finds nobody."""
    found = _reached(session, _contacts(session, site, step, now), step.channel)
    if found:
        return found
    if step.whom is not Whom.EVERYBODY:
        log.warning("step_finds_nobody", site_id=site.id, whom=step.whom)
    return everybody(session, site)


def called(
    session: Session, site: Site, severity: str, step: int, *, now: datetime
) -> list[Recipient]:
    """Return whom the chain of *site* has called when it has come to *step*, each once."""
    steps = chain_of(session, site, severity).steps[: step + 1]
    found = [one for each in steps for one in recipients(session, site, each, now=now)]
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def everybody(session: Session, site: Site) -> list[Recipient]:
    """Return every address of *site* and everybody with a post there."""
    posts = select(ContactPost.contact_id).where(ContactPost.site_id == site.id)
    contacts = sorted(set(session.scalars(posts)))
    return [*_targets(session, site.id), *_reached(session, contacts, None)]


def on_call_at(session: Session, site: Site, *, place: int, now: datetime) -> int | None:
    """Return the contact who is on call for *site* in *place* at *now*."""
    shifts = session.scalars(
        select(DutyShift).where(DutyShift.site_id == site.id).order_by(DutyShift.id)
    )
    covers = session.scalars(
        select(DutyCover).where(
            DutyCover.site_id == site.id, DutyCover.starts_at <= now, DutyCover.ends_at > now
        )
    )
    return on_call(
        [
            Shift(row.contact_id, row.place, row.weekday, row.starts_minute, row.lasts_minutes)
            for row in shifts
        ],
        [
            Cover(row.contact_id, row.place, row.starts_at, row.ends_at, row.made_at)
            for row in covers
        ],
        place=place,
        at=now.astimezone(zone_of(site)),
    )


def next_address(session: Session, recipient: str, rank: int) -> Recipient | None:
    """Return where the contact *recipient* is reached after the address of *rank*, if anywhere."""
    kind, _, number = recipient.partition(":")
    if kind != "contact":
        return None
    return _address(session, int(number), ContactAddress.rank > rank)


def first_address(session: Session, recipient: str) -> Recipient | None:
    """Return where *recipient* (contact:3, target:7) is reached first; None where gone."""
    kind, _, number = recipient.partition(":")
    if kind == "contact":
        return _address(session, int(number), ContactAddress.rank > 0)
    found = _read(lambda: session.get(NoticeTarget, int(number)), recipient)
    return None if found is None else _of_target(found)


def _contacts(session: Session, site: Site, step: Step, now: datetime) -> list[int]:
    match step.whom:
        case Whom.ON_CALL | Whom.SECOND:
            place = FIRST if step.whom is Whom.ON_CALL else SECOND
            found = on_call_at(session, site, place=place, now=now)
            return [] if found is None else [found]
        case Whom.CONTACT:
            return [] if step.contact_id is None else [step.contact_id]
        case Whom.ROLE:
            wanted = select(ContactPost.contact_id).where(
                ContactPost.site_id == site.id, ContactPost.role == step.role
            )
            return sorted(set(session.scalars(wanted)))
        case Whom.EVERYBODY:
            return []


def _reached(session: Session, contacts: Sequence[int], channel: str | None) -> list[Recipient]:
    found: list[Recipient] = []
    for contact_id in contacts:
        wanted = None
        if channel is not None:
            wanted = _address(session, contact_id, ContactAddress.channel == channel)
        reached = wanted or _address(session, contact_id, ContactAddress.rank > 0)
        if reached is not None:
            found.append(reached)
    return found


def _address(session: Session, contact_id: int, condition: object) -> Recipient | None:
    query: Select[ContactAddress, str] = (
        select(ContactAddress, Contact.language)
        .join(Contact, Contact.id == ContactAddress.contact_id)
        .where(ContactAddress.contact_id == contact_id, condition)  # type: ignore[arg-type]  # A clause.
        .order_by(ContactAddress.rank)
        .limit(1)
    )
    row = _read(lambda: session.execute(query).one_or_none(), f"contact:{contact_id}")
    if row is None:
        return None
    address, language = row
    return Recipient(
        f"contact:{contact_id}", address.channel, address.address, _language(language), address.rank
    )


def _targets(session: Session, site_id: int) -> list[Recipient]:
    """Return the addresses of a site; one that cannot be decrypted must not stop the others."""
    wanted = select(NoticeTarget).order_by(NoticeTarget.id)
    try:
        rows = session.scalars(wanted.where(NoticeTarget.site_id == site_id)).all()
        return [_of_target(row) for row in rows]
    except InvalidTag:
        log.exception("notice_target_unreadable", site_id=site_id)
    found: list[Recipient] = []
    for target_id in session.scalars(
        select(NoticeTarget.id).where(NoticeTarget.site_id == site_id)
    ).all():
        with contextlib.suppress(InvalidTag):
            rows = session.scalars(wanted.where(NoticeTarget.id == target_id)).all()
            found += [_of_target(row) for row in rows]
    return found


def _of_target(row: NoticeTarget) -> Recipient:
    return Recipient(f"target:{row.id}", row.channel, row.address, _language(row.language))


def _read(read: Callable[[], T], recipient: str) -> T | None:
    """Read one address; one written under a lost key is as good as none."""
    try:
        return read()
    except InvalidTag:
        log.exception("address_unreadable", recipient=recipient)
        return None


def _language(text: str) -> Language:
    return "zh" if text == "zh" else "en"


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
