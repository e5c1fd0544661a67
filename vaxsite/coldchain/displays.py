"""Displays on walls: a sign-in that lasts, and may read the wall of one site and nothing else.

A normal sign-in ends after twelve hours, and a wall that shows the sign-in page watches nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from vaxsite.coldchain.models import WallDisplay
from vaxsite.core import audit, sites
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName


@dataclass(frozen=True)
class DisplayView:
    """A display that may show the wall of its site."""

    display_id: int
    name: str
    site: SiteName
    made_at: datetime
    made_by: str


def list_sites(session: Session, *, actor: Actor) -> list[SiteName]:
    """Return the sites at which *actor* may keep displays."""
    return sites.permitted(session, actor=actor, permission=Permission.DISPLAY_WRITE)


def list_displays(session: Session, *, actor: Actor) -> list[DisplayView]:
    """Return the displays of *actor*'s sites that are not revoked."""
    mine = {one.id: one for one in list_sites(session, actor=actor)}
    rows = session.scalars(
        select(WallDisplay)
        .where(WallDisplay.site_id.in_(mine), WallDisplay.revoked_at.is_(None))
        .order_by(WallDisplay.id)
    )
    return [
        DisplayView(one.id, one.name, mine[one.site_id], one.made_at, one.made_by) for one in rows
    ]


def keep(session: Session, *, site_id: int, name: str, actor: Actor, now: datetime) -> str:
    """Let a device show the wall of a site; return its token, which only its browser keeps.

    Raises `NotFound` where *actor* may not keep displays at the site.
    """
    if not actor.may(Permission.DISPLAY_WRITE, site_id):
        raise NotFound
    token = secrets.token_urlsafe(32)
    row = WallDisplay(
        site_id=site_id, name=name, token_hash=_hash(token), made_at=now, made_by=actor.id
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="display:keep",
        subject=f"display:{row.id}",
        now=now,
        detail={"site": site_id},
    )
    return token


def revoke(session: Session, *, display_id: int, actor: Actor, now: datetime) -> None:
    """Take the wall from a display; raise `NotFound` where it is not *actor*'s or has none."""
    ended = session.execute(
        update(WallDisplay)
        .where(
            WallDisplay.id == display_id,
            WallDisplay.site_id.in_(actor.sites(Permission.DISPLAY_WRITE)),
            WallDisplay.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    assert isinstance(ended, CursorResult)
    if ended.rowcount != 1:
        raise NotFound
    audit.record(
        session, actor=actor, action="display:revoke", subject=f"display:{display_id}", now=now
    )


def find_actor(session: Session, *, token: str) -> tuple[Actor, str] | None:
    """Return who acts by *token*, and the display's name; None where it may show nothing."""
    row = session.execute(
        select(WallDisplay.id, WallDisplay.site_id, WallDisplay.name).where(
            WallDisplay.token_hash == _hash(token), WallDisplay.revoked_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    grants = {row.site_id: frozenset({Permission.COLDCHAIN_READ})}
    return Actor(ActorKind.DISPLAY, f"display:{row.id}", grants), row.name


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
