"""Ask somebody again: when the date of a deferral has come, or when staff end it before."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.queries import DeferralView
from vaxsite.deferrals.rules import reasons
from vaxsite.deferrals.rules.reasons import Reason
from vaxsite.deferrals.rules.states import DeferralState
from vaxsite.deferrals.services.setting import end, lock
from vaxsite.invitations.rules.states import Kind, Scope
from vaxsite.invitations.services.inviting import Invitee, invite
from vaxsite.residents.services import known_details

BOOK_WITHIN = timedelta(days=30)  # House rule: so long the new invitation can be used.


def ask_again(
    session: Session, *, seen: DeferralView, url: str, actor: Actor, now: datetime
) -> UUID:
    """End a locked deferral and invite its person; raise `AlreadyMoved` where it has ended."""
    end(session, seen.id, DeferralState.ASKED, actor=actor, now=now)
    return _invite(session, seen, url, actor, now)


def lift(
    session: Session,
    *,
    deferral_id: UUID,
    because: str,
    url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """End it before its date, with a reason; the person is invited at once."""
    if not because.strip():
        raise RefusedAct(Refused(Reason.BECAUSE_MISSING, reasons.RULE), reasons.SENTENCES)
    seen = lock(session, deferral_id)
    end(
        session,
        deferral_id,
        DeferralState.LIFTED,
        actor=actor,
        now=now,
        ended_because=because.strip(),
    )
    return _invite(session, seen, url, actor, now)


def _invite(session: Session, seen: DeferralView, url: str, actor: Actor, now: datetime) -> UUID:
    """Invite the person once; whom no message reaches is called."""
    who = known_details(session, seen.person_id)
    made = invite(
        session,
        kind=Kind.DEFERRAL,
        who=Invitee(
            name=who.name,
            born_on=who.born_on,
            id_kind=who.id_kind,
            id_number=who.id_number,
            email=seen.email,
            phone=seen.phone,
            language=who.language,
        ),
        scope=Scope(product_id=seen.product_id, group_code=seen.group_code, site_id=seen.site_id),
        valid_from=now,
        valid_to=now + BOOK_WITHIN,
        url=url,
        must_arrive=True,
        actor=actor,
        now=now,
    )
    session.execute(update(Deferral).where(Deferral.id == seen.id).values(invitation_id=made.id))
    return made.id
