"""Builders of invitations."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests.build.booking import NOW, URL, OpenClinic, holder
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.invitations.rules.states import Kind, Scope
from vaxsite.invitations.services.inviting import Invited, Invitee, invite
from vaxsite.residents.services import PersonDetails

CODE_URL = "https://vaccination.example/invitation"
ENDS = NOW + timedelta(days=2)


def invitee(details: PersonDetails, *, by_name: bool = False) -> Invitee:
    """Return the person of *details* as somebody who is invited."""
    return Invitee(
        name=details.name,
        born_on=details.born_on,
        id_kind=details.id_kind,
        id_number=None if by_name else details.id_number,
        email=details.email,
        language=details.language,
    )


def scope_of(clinic: OpenClinic, **changed: int) -> Scope:
    """Return an invitation's scope: the clinic and its vaccine."""
    return Scope(
        group_code="everyone-from-18",
        product_id=clinic.product_id,
        site_id=changed.get("site_id", clinic.site_id),
        session_id=changed.get("session_id"),
    )


def an_invitation(
    session: Session,
    clinic: OpenClinic,
    details: PersonDetails,
    *,
    kind: Kind = Kind.PERSONAL,
    scope: Scope | None = None,
    by_name: bool = False,
    reason: str | None = None,
    valid_to: datetime = ENDS,
) -> Invited:
    """Invite the person until the day after tomorrow; the caller commits."""
    return invite(
        session,
        kind=kind,
        who=invitee(details, by_name=by_name),
        scope=scope or scope_of(clinic),
        valid_from=NOW,
        valid_to=valid_to,
        url=CODE_URL,
        reason=reason,
        actor=clinic.manager,
        now=NOW,
    )


def book_invited(
    session: Session,
    slot_id: int,
    details: PersonDetails,
    invitation_id: UUID | None,
    *,
    browser: str = "",
    now: datetime = NOW,
) -> UUID:
    """Hold a seat in a browser of the person's own and confirm it with the invitation."""
    secret = holder(browser or f"{details.id_number}")
    held = holds.hold(session, slot_id=slot_id, holder=secret, now=now)
    return confirmations.confirm(
        session,
        hold_id=held.id,
        holder=secret,
        people=[details],
        my_booking_url=URL,
        invitation_id=invitation_id,
        actor=RESIDENT,
        now=now,
    ).appointment_id
