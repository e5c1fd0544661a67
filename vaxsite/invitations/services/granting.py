"""What staff do with invitations. Those of somebody else's site answer as if there were none."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.invitations import queries
from vaxsite.invitations.rules.states import Kind, Scope
from vaxsite.invitations.services import inviting
from vaxsite.invitations.services.inviting import Invited, Invitee


def grant(
    session: Session,
    *,
    kind: Kind,
    who: Invitee,
    scope: Scope,
    valid_to: datetime,
    reason: str | None,
    url: str,
    actor: Actor,
    now: datetime,
) -> Invited:
    """Invite the person to a site of the actor from now on; an exception has its own permission."""
    _check(actor, kind, scope.site_id)
    return inviting.invite(
        session,
        kind=kind,
        who=who,
        scope=scope,
        valid_from=now,
        valid_to=valid_to,
        url=url,
        reason=reason,
        actor=actor,
        now=now,
    )


def take_back(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Take an invitation of the actor's sites back."""
    terms = queries.get_invitation(session, invitation_id).terms
    _check(actor, terms.kind, terms.scope.site_id)
    inviting.revoke(session, invitation_id=invitation_id, actor=actor, now=now)


def grant_again(
    session: Session,
    *,
    invitation_id: UUID,
    valid_to: datetime,
    url: str,
    actor: Actor,
    now: datetime,
) -> Invited:
    """Renew an invitation of the actor's sites."""
    terms = queries.get_invitation(session, invitation_id).terms
    _check(actor, terms.kind, terms.scope.site_id)
    return inviting.renew(
        session, invitation_id=invitation_id, valid_to=valid_to, url=url, actor=actor, now=now
    )


def _check(actor: Actor, kind: Kind, site_id: int | None) -> None:
    exception = kind is Kind.EXCEPTION
    needed = Permission.EXCEPTION_WRITE if exception else Permission.INVITATION_WRITE
    if not actor.may(needed, site_id):
        raise NotFound
