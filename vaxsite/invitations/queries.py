"""Reads of invitations."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from sensors.store import encrypted
from sensors.store.places import Site
from vaxsite.core.errors import NotFound
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState, Kind, Scope, Terms
from vaxsite.slots.models import ClinicSession

LISTED = 500  # A page; the newest first.


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """An invitation with the person, for the staff who made it and the resident it is for."""

    terms: Terms
    name: str
    born_on: date
    language: str
    email: str | None
    reason: str | None
    made_by: str
    created_at: datetime


def code_hash(code: str) -> bytes:
    """Return what is stored of a code: a keyed hash, useless without the data keys."""
    return encrypted.blind_index("invitation.code_hash", code)


def find_by_code(session: Session, *, code: str, born_on: date) -> UUID | None:
    """Return the invitation of that code for somebody born on that day, whatever its state."""
    return session.scalar(
        select(Invitation.id).where(
            Invitation.code_hash == code_hash(code), Invitation.born_on == born_on
        )
    )


def get_invitation(session: Session, invitation_id: UUID) -> InvitationView:
    """Return the invitation; raise `NotFound`."""
    row = session.execute(_invitations().where(Invitation.id == invitation_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(*row)


def find_invitation(session: Session, invitation_id: UUID | None) -> InvitationView | None:
    """Return the invitation, or None where there is no such one."""
    if invitation_id is None:
        return None
    row = session.execute(_invitations().where(Invitation.id == invitation_id)).one_or_none()
    return _view(*row) if row is not None else None


def invitations(
    session: Session, *, site_ids: Collection[int], kinds: Collection[Kind] = tuple(Kind)
) -> list[InvitationView]:
    """Return the invitations to these sites, and those to any site, the newest first."""
    query = _invitations().where(
        Invitation.kind.in_([kind.value for kind in kinds]),
        or_(Invitation.site_id.in_(site_ids), Invitation.site_id.is_(None)),
    )
    rows = session.execute(query.order_by(Invitation.created_at.desc()).limit(LISTED))
    return [_view(*row) for row in rows]


def group_codes(who: Attributes | None, day: date, invited: Scope | None) -> frozenset[str]:
    """Return the groups whose seats are theirs: by what they say, and by their invitation."""
    said = eligibility.codes_of(who, day) if who else frozenset[str]()
    return said | ({invited.group_code} if invited else set())


def _invitations() -> Select[Invitation, datetime | None, str | None]:
    return (
        select(Invitation, ClinicSession.starts_at, Site.timezone)
        .outerjoin(ClinicSession, ClinicSession.id == Invitation.session_id)
        .outerjoin(Site, Site.id == ClinicSession.site_id)
        .execution_options(populate_existing=True)
    )


def _view(row: Invitation, starts_at: datetime | None, timezone: str | None) -> InvitationView:
    return InvitationView(
        terms=terms(row, starts_at, timezone),
        name=row.name,
        born_on=row.born_on,
        language=row.language,
        email=row.email,
        reason=row.reason,
        made_by=row.made_by,
        created_at=row.created_at,
    )


def terms(row: Invitation, starts_at: datetime | None, timezone: str | None) -> Terms:
    """Return the row as rules read it."""
    day = starts_at.astimezone(ZoneInfo(timezone)).date() if starts_at and timezone else None
    scope = Scope(
        product_id=row.product_id,
        group_code=row.group_code,
        site_id=row.site_id,
        session_id=row.session_id,
        day=day,
    )
    return Terms(
        id=row.id,
        kind=Kind(row.kind),
        scope=scope,
        state=InvitationState(row.state),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        changed_at=row.changed_at,
    )
