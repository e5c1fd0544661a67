"""Reads of accounts: the credential of a sign-in, who a session belongs to, its devices."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.encrypted import blind_index
from sensors.store.places import Site
from vaxsite.accounts import rules
from vaxsite.accounts.models import Staff, StaffRole, UserSession
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.decisions import Allowed, Refused
from vaxsite.core.permissions import ROLES, Permission, Role

EMAIL = "staff.email"


@dataclass(frozen=True)
class Credential:
    """What a password is compared with."""

    staff_id: UUID
    password_hash: str


@dataclass(frozen=True)
class LiveSession:
    """A sign-in that holds, and whose it is."""

    staff_id: UUID
    name: str
    language: str
    actor: Actor
    roles: frozenset[Role]
    seen_at: datetime


@dataclass(frozen=True)
class Device:
    """A sign-in as its owner sees it."""

    name: rules.DeviceName
    created_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True)
class Post:
    """A role at a site."""

    role: Role
    site_en: str
    site_zh: str
    timezone: str


def find_credential(session: Session, *, email: str) -> Credential | None:
    """Return the credential of the active account of *email*, or None."""
    index = blind_index(EMAIL, rules.normal_email(email))
    row = session.execute(
        select(Staff.id, Staff.password_hash).where(Staff.email_index == index, Staff.active)
    ).one_or_none()
    return Credential(row.id, row.password_hash) if row else None


def find_live_session(session: Session, *, token_hash: bytes, now: datetime) -> LiveSession | None:
    """Return the sign-in of *token_hash* where it still holds at *now*, or None."""
    row = session.execute(
        select(UserSession, Staff)
        .join(Staff, Staff.id == UserSession.staff_id)
        .where(UserSession.token_hash == token_hash, Staff.active)
    ).one_or_none()
    if row is None:
        return None
    live, staff = row
    decision = rules.judge_session(live.created_at, live.seen_at, live.ended_at, now=now)
    if isinstance(decision, Refused):
        return None
    return LiveSession(
        staff_id=staff.id,
        name=staff.name,
        language=staff.language,
        actor=actor_of(staff),
        roles=frozenset(Role(held.role) for held in staff.roles),
        seen_at=live.seen_at,
    )


def actor_of(staff: Staff) -> Actor:
    """Return *staff* as the one who acts, with what the roles permit at each site."""
    grants: dict[int, frozenset[Permission]] = {}
    for held in staff.roles:
        grants[held.site_id] = grants.get(held.site_id, frozenset()) | ROLES[Role(held.role)]
    return Actor(ActorKind.STAFF, str(staff.id), grants)


def devices(session: Session, *, staff_id: UUID, here: bytes, now: datetime) -> list[Device]:
    """Return the sign-ins of *staff_id* that hold at *now*, the newest first."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.staff_id == staff_id, UserSession.ended_at.is_(None))
        .order_by(UserSession.created_at.desc())
    )
    return [
        Device(
            rules.name_device(row.device),
            row.created_at,
            row.seen_at,
            here=row.token_hash == here,
        )
        for row in rows
        if isinstance(
            rules.judge_session(row.created_at, row.seen_at, row.ended_at, now=now), Allowed
        )
    ]


def posts(session: Session, *, staff_id: UUID) -> list[Post]:
    """Return which roles *staff_id* holds at which sites."""
    staff = session.get_one(Staff, staff_id)
    sites = {
        site.id: site
        for site in session.scalars(
            select(Site).where(Site.id.in_([held.site_id for held in staff.roles]))
        )
    }
    return [
        Post(
            Role(held.role),
            sites[held.site_id].name_en,
            sites[held.site_id].name_zh,
            sites[held.site_id].timezone,
        )
        for held in sorted(staff.roles, key=lambda held: (held.site_id, held.role))
    ]


def staff_names(session: Session, *, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of the members of staff among the actors *ids*; others have none."""
    wanted = [uuid for one in ids if one is not None and (uuid := _uuid(one)) is not None]
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    return {str(staff_id): name for staff_id, name in rows}


def staff_who_may(session: Session, permission: Permission, *, site_id: int) -> dict[str, str]:
    """Return the names of those who hold *permission* at a site and can sign in, by id."""
    roles = [role.value for role, held in ROLES.items() if permission in held]
    rows = session.execute(
        select(Staff.id, Staff.name)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.site_id == site_id, StaffRole.role.in_(roles), Staff.active)
        .distinct()
    )
    return {str(staff_id): name for staff_id, name in sorted(rows, key=lambda row: row.name)}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
