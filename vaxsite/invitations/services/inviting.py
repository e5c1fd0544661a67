"""Invite one person, and take it back or renew it. Every kind of invitation is made here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from sensors.store.moves import move
from sensors.store.places import Site
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.eligibility import queries as eligibility
from vaxsite.invitations import queries
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules import states, texts
from vaxsite.invitations.rules.states import (
    INVITATIONS,
    InvitationState,
    Kind,
    Reason,
    Scope,
)
from vaxsite.messages import services as messages
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind
from vaxsite.stock import queries as stock

HOME_TIMEZONE = "Asia/Shanghai"  # Of an invitation to whichever clinic.


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Who is invited: by document where it is known, else by name; and how they are told."""

    name: str
    born_on: date
    id_kind: IdKind = IdKind.NONE
    id_number: str | None = None
    email: str | None = None
    language: str = "zh"

    @property
    def id_index(self) -> bytes | None:
        """The blind index of the document, if there is one."""
        if self.id_number is None:
            return None
        return residents.document_index(self.id_kind, self.id_number)


@dataclass(frozen=True, slots=True)
class Invited:
    """What was made. The code is shown or sent now, and never again."""

    id: UUID
    code: str
    told: bool  # A message was queued.


def invite(
    session: Session,
    *,
    kind: Kind,
    who: Invitee,
    scope: Scope,
    valid_from: datetime,
    valid_to: datetime,
    url: str,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Invited:
    """Let *who* book once during [valid_from, valid_to), and tell them by e-mail if they have one.

    *url* is the page that takes the code. Whether the actor may invite is the caller's to check.
    Raise `RefusedAct` for an impossible period, an unknown group, an exception without a reason.
    """
    _check(kind, scope, valid_from, valid_to, reason)
    code = states.new_code()
    row = _row(kind, who, scope, code, now)
    row.valid_from, row.valid_to = valid_from, valid_to
    row.reason, row.made_by = reason or None, actor.id
    session.add(row)
    session.flush()
    _record(session, "invitation:make", row.id, actor, now, _told(kind, scope))
    return Invited(row.id, code, _tell(session, row, code, url, now))


def revoke(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Take an open invitation back; raise `AlreadyMoved` where it was used or taken back."""
    source, target = InvitationState.OPEN, InvitationState.REVOKED
    advance(session, invitation_id, source, target, actor=actor, now=now)


def renew(
    session: Session,
    *,
    invitation_id: UUID,
    valid_to: datetime,
    url: str,
    actor: Actor,
    now: datetime,
) -> Invited:
    """Give an invitation that was not used a new code and a new end; the old code is void."""
    seen = queries.get_invitation(session, invitation_id).terms
    refused = states.check_period(now, valid_to)
    if refused:
        raise RefusedAct(refused, states.SENTENCES)
    code = states.new_code()
    advance(
        session,
        invitation_id,
        seen.state,
        InvitationState.OPEN,
        actor=actor,
        now=now,
        code_hash=queries.code_hash(code),
        valid_from=now,
        valid_to=valid_to,
    )
    row = session.get(Invitation, invitation_id, populate_existing=True)
    if row is None:
        raise NotFound
    return Invited(row.id, code, _tell(session, row, code, url, now))


def advance(
    session: Session,
    invitation_id: UUID,
    source: InvitationState,
    target: InvitationState,
    *,
    actor: Actor,
    now: datetime,
    **values: object,
) -> None:
    """Move an invitation with its audit row; raise `AlreadyMoved` where it is elsewhere."""
    step = move(
        session,
        Invitation,
        invitation_id,
        INVITATIONS,
        source=source,
        target=target,
        changed_at=now,
        **values,
    )
    _record(session, step.audit, invitation_id, actor, now)


def _record(
    session: Session,
    action: str,
    invitation_id: UUID,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, str | int | None] | None = None,
) -> None:
    subject = f"invitation:{invitation_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)


def _check(
    kind: Kind, scope: Scope, valid_from: datetime, valid_to: datetime, reason: str | None
) -> None:
    refused = states.check_period(valid_from, valid_to)
    if refused is None and eligibility.groups().find(scope.group_code) is None:
        refused = Refused(Reason.UNKNOWN_GROUP, states.RULE)
    if refused is None and kind is Kind.EXCEPTION and not (reason or "").strip():
        refused = Refused(Reason.REASON_MISSING, states.RULE)
    if refused is not None:
        raise RefusedAct(refused, states.SENTENCES)


def _row(kind: Kind, who: Invitee, scope: Scope, code: str, now: datetime) -> Invitation:
    return Invitation(
        id=new_id(now),
        kind=kind.value,
        state=INVITATIONS.initial.value,
        code_hash=queries.code_hash(code),
        product_id=scope.product_id,
        site_id=scope.site_id,
        session_id=scope.session_id,
        group_code=scope.group_code,
        name=who.name,
        name_index=residents.name_index(who.name),
        born_on=who.born_on,
        id_index=who.id_index,
        email=who.email,
        language=who.language,
        created_at=now,
        changed_at=now,
    )


def _told(kind: Kind, scope: Scope) -> dict[str, str | int | None]:
    return {
        "kind": kind.value,
        "product": scope.product_id,
        "site": scope.site_id,
        "session": scope.session_id,
        "group": scope.group_code,
    }


def _tell(session: Session, row: Invitation, code: str, url: str, now: datetime) -> bool:
    product = stock.find_product(session, product_id=row.product_id)
    if product is None:
        raise NotFound
    site = session.get(Site, row.site_id) if row.site_id is not None else None
    text = texts.compose(
        Kind(row.kind),
        language=row.language,
        code=code,
        vaccine=product.name(row.language),
        until=row.valid_to,
        timezone=site.timezone if site else HOME_TIMEZONE,
        url=url,
    )
    return messages.send(
        session,
        kind="invitation",
        about=f"invitation:{row.id}",
        delivery_key=f"invitation:{row.id}:{row.changed_at.isoformat()}",
        text=text,
        email=row.email,
        language=row.language,
        now=now,
    )
