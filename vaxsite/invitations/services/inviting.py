"""Invite one person, and take it back or renew it. Every kind of invitation is made here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import outbox
from sensors.store.moves import move
from sensors.store.places import Site
from vaxsite.calls import services as calls
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
from vaxsite.messages import gateways
from vaxsite.messages.writing import Said, To, Way, write
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

HOME_TIMEZONE = "Asia/Shanghai"  # Of an invitation to whichever clinic.
MESSAGE = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """Who is invited: by document where it is known, else by name; and how they are told."""

    name: str
    born_on: date
    id_kind: IdKind = IdKind.NONE
    id_number: str | None = None
    email: str | None = None
    phone: str | None = None  # E.164
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
    way: Way

    @property
    def told(self) -> bool:
        """Tell whether a message was queued."""
        return self.way in {Way.EMAIL, Way.TEXT}


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
    must_arrive: bool = False,
    actor: Actor,
    now: datetime,
) -> Invited:
    """Let *who* book once during [valid_from, valid_to), and tell them by the first way there is.

    With *must_arrive* the clinic calls whom no message reaches; of whichever, one of them does.
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
    return Invited(row.id, code, _tell(session, row, code, url, must_arrive, actor, now))


def revoke(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Take an open invitation back; raise `AlreadyMoved` where it was used or taken back."""
    source, target = InvitationState.OPEN, InvitationState.REVOKED
    advance(session, invitation_id, source, target, actor=actor, now=now)


def revoke_all(
    session: Session, *, invitation_ids: Collection[UUID], actor: Actor, now: datetime
) -> int:
    """Take invitations back, used ones too; return how many had not been used.

    What was booked with a used one stays and can be changed. Cancelled, it does not open again.
    """
    able = (InvitationState.OPEN, InvitationState.USED)
    query = select(Invitation.id, Invitation.state).where(
        Invitation.id.in_(invitation_ids), Invitation.state.in_(able)
    )
    unused = 0
    for one, state in session.execute(query.order_by(Invitation.id).with_for_update()).all():
        source = InvitationState(state)
        advance(session, one, source, InvitationState.REVOKED, actor=actor, now=now)
        unused += source is InvitationState.OPEN
    return unused


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
    refused = states.check_renewal(seen) or states.check_period(now, valid_to)
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
    return Invited(row.id, code, _tell(session, row, code, url, False, actor, now))


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
    """Move an invitation with its audit row; raise `AlreadyMoved` where it is elsewhere.

    What was still to be told of it, by message or by call, is not told any more.
    """
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
    about = f"invitation:{invitation_id}"
    outbox.withdraw(session, about=about, kinds=[MESSAGE])
    calls.close_about(session, about=about, actor=actor, now=now)


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
        phone=who.phone,
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


def _tell(
    session: Session,
    row: Invitation,
    code: str,
    url: str,
    must_arrive: bool,
    actor: Actor,
    now: datetime,
) -> Way:
    product = stock.find_product(session, product_id=row.product_id)
    if product is None:
        raise NotFound
    site = session.get(Site, row.site_id) if row.site_id is not None else None
    zone = site.timezone if site else HOME_TIMEZONE
    told = texts.Told(Kind(row.kind), code, product.name(row.language), row.valid_to, zone, url)
    text = texts.compose(told, language=row.language)
    about, key = f"invitation:{row.id}", f"invitation:{row.id}:{row.changed_at.isoformat()}"
    site_id = row.site_id if row.site_id is not None else _teller(session)
    if site_id is None:
        return Way.NONE
    said = Said(
        kind=MESSAGE,
        about=about,
        key=key,
        text=text,
        short=texts.compose_short(told, language=row.language),
        closes_at=row.valid_to,
        must_arrive=must_arrive,
    )
    to = To(site_id=site_id, name=row.name, email=row.email, phone=row.phone, language=row.language)
    return write(session, said, to, actor=actor, now=now)


def _teller(session: Session) -> int | None:
    """Return the clinic that tells of an invitation to whichever: one that can write, else call."""
    clinics = [clinic.site_id for clinic in slots.clinics(session)]
    write_texts = (one for one in clinics if gateways.find_url(session, site_id=one) is not None)
    return next(write_texts, next(iter(clinics), None))
