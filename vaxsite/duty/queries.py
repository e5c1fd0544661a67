"""Reads of duty: who is on call and can be called, the chains, how fast alerts are answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertKind, Severity
from sensors.domain.duty import FIRST, SECOND
from sensors.domain.escalation import Chain
from sensors.services import canary, people
from sensors.services.canary import Unproven
from sensors.store.duty import (
    ChainRow,
    Contact,
    ContactAddress,
    ContactPost,
    DutyCover,
    DutyShift,
)
from sensors.store.episodes import AlertRow
from sensors.store.places import Site, StorageUnit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.duty import rules
from vaxsite.duty.rules import Counts


@dataclass(frozen=True)
class Person:
    """Somebody who can be called; addresses are (channel, the end of the address)."""

    contact_id: int
    name: str
    roles: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ShiftView:
    """A line of the weekly pattern, its times as local `HH:MM`."""

    shift_id: int
    place: int
    weekday: int
    begins: str
    ends: str
    name: str


@dataclass(frozen=True)
class CoverView:
    """Somebody stands in, or will."""

    cover_id: int
    place: int
    starts_at: datetime
    ends_at: datetime
    name: str
    note: str


@dataclass(frozen=True)
class DutyView:
    """All of one site's duty, as it stands at `at`."""

    site: SiteName
    first: str | None
    second: str | None
    people: tuple[Person, ...]
    shifts: tuple[ShiftView, ...]
    covers: tuple[CoverView, ...]
    chains: dict[Severity, Chain | None]
    units: tuple[tuple[int, str, str], ...]  # id and the two names
    unproven: tuple[Unproven, ...]


def get_site(session: Session, *, actor: Actor, site_id: int) -> Site:
    """Return a site whose duty *actor* may change; raise `NotFound` for any other."""
    site = session.get(Site, site_id)
    if site is None or not actor.may(Permission.DUTY_WRITE, site_id):
        raise NotFound
    return site


def duty_of(session: Session, site: SiteName, *, now: datetime) -> DutyView:
    """Return the duty of one site."""
    row = session.get_one(Site, site.id)
    persons = people_of(session, site.id)
    names = {person.contact_id: person.name for person in persons}
    return DutyView(
        site,
        names.get(people.on_call_at(session, row, place=FIRST, now=now) or 0),
        names.get(people.on_call_at(session, row, place=SECOND, now=now) or 0),
        tuple(persons),
        tuple(_shifts(session, site.id, names)),
        tuple(_covers(session, site.id, names, now)),
        {severity: chain_of(session, row, severity) for severity in Severity},
        tuple(_units(session, site.id)),
        tuple(canary.unproven(session, [site.id], now=now)),
    )


def chain_of(session: Session, site: Site, severity: Severity) -> Chain | None:
    """Return the chain that *site* has written for *severity*; None: everybody at once."""
    written = select(ChainRow.id).where(ChainRow.site_id == site.id, ChainRow.severity == severity)
    if session.scalar(written) is None:
        return None
    return people.chain_of(session, site, severity)


def people_of(session: Session, site_id: int) -> list[Person]:
    """Return who can be called for a site, by name."""
    posts = session.execute(
        select(ContactPost.contact_id, ContactPost.role).where(ContactPost.site_id == site_id)
    ).all()
    found: list[Person] = []
    for contact in session.scalars(
        select(Contact).where(Contact.id.in_({post.contact_id for post in posts}))
    ):
        addresses = session.scalars(
            select(ContactAddress)
            .where(ContactAddress.contact_id == contact.id)
            .order_by(ContactAddress.rank)
        )
        found.append(
            Person(
                contact.id,
                contact.name,
                tuple(sorted(post.role for post in posts if post.contact_id == contact.id)),
                tuple((one.channel, rules.mask(one.address)) for one in addresses),
            )
        )
    return sorted(found, key=lambda person: person.name)


def _shifts(session: Session, site_id: int, names: dict[int, str]) -> list[ShiftView]:
    rows = session.scalars(
        select(DutyShift)
        .where(DutyShift.site_id == site_id)
        .order_by(DutyShift.weekday, DutyShift.starts_minute, DutyShift.place)
    )
    return [
        ShiftView(
            row.id,
            row.place,
            row.weekday,
            clock(row.starts_minute),
            clock((row.starts_minute + row.lasts_minutes) % 1440),
            names.get(row.contact_id, ""),
        )
        for row in rows
    ]


def clock(minute: int) -> str:
    """Return a minute of the day as `HH:MM`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _covers(
    session: Session, site_id: int, names: dict[int, str], now: datetime
) -> list[CoverView]:
    rows = session.scalars(
        select(DutyCover)
        .where(DutyCover.site_id == site_id, DutyCover.ends_at > now)
        .order_by(DutyCover.starts_at)
    )
    return [
        CoverView(
            row.id, row.place, row.starts_at, row.ends_at, names.get(row.contact_id, ""), row.note
        )
        for row in rows
    ]


def _units(session: Session, site_id: int) -> list[tuple[int, str, str]]:
    rows = session.scalars(
        select(StorageUnit)
        .where(StorageUnit.site_id == site_id, StorageUnit.retired_at.is_(None))
        .order_by(StorageUnit.code)
    )
    return [(row.id, row.name_en, row.name_zh) for row in rows]


@dataclass(frozen=True)
class AnsweredAlert:
    """One alert of a report: how long until somebody answered, and until it was over."""

    alert_id: int
    site_en: str
    site_zh: str
    unit_code: str
    kind: str
    severity: str
    opened_at: datetime
    answered_after: timedelta | None
    over_after: timedelta | None


@dataclass(frozen=True)
class Report:
    """The alerts of a month at some sites; drills are counted by themselves."""

    alerts: tuple[AnsweredAlert, ...]
    answered: Counts
    over: Counts
    drills: Counts


def zone(name: str) -> ZoneInfo:
    """Return a site's time zone; UTC where its name is wrong."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def month_bounds(year: int, month: int, timezone: str) -> tuple[datetime, datetime]:
    """Return [first instant, first instant of the next month) on the clock of a site."""
    here = zone(timezone)
    follows = (year + month // 12, month % 12 + 1)
    begin, end = (datetime(*one, 1, tzinfo=here) for one in ((year, month), follows))
    return begin.astimezone(UTC), end.astimezone(UTC)


def report(
    session: Session, *, site_ids: Collection[int], since: datetime, until: datetime
) -> Report:
    """Return how the alerts that opened in [since, until) at *site_ids* were answered."""
    rows = session.execute(
        select(AlertRow, StorageUnit.code, Site.name_en, Site.name_zh)
        .join(StorageUnit, StorageUnit.id == AlertRow.unit_id)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(Site.id.in_(site_ids), AlertRow.opened_at >= since, AlertRow.opened_at < until)
        .order_by(AlertRow.opened_at, AlertRow.id)
    ).all()
    found = [_answered(row[0], row[1], row[2], row[3]) for row in rows]
    real = [one for one in found if one.kind != AlertKind.TEST]
    return Report(
        tuple(found),
        rules.count([one.answered_after for one in real]),
        rules.count([one.over_after for one in real]),
        rules.count([one.answered_after for one in found if one.kind == AlertKind.TEST]),
    )


def _answered(row: AlertRow, unit: str, site_en: str, site_zh: str) -> AnsweredAlert:
    return AnsweredAlert(
        row.id,
        site_en,
        site_zh,
        unit,
        row.kind,
        row.severity,
        row.opened_at,
        _after(row.opened_at, row.first_answered_at),
        _after(row.opened_at, row.cleared_at),
    )


def _after(begin: datetime, end: datetime | None) -> timedelta | None:
    return None if end is None else max(end - begin, timedelta())
