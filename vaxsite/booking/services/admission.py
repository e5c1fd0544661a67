"""Who may have the seats that they hold: by an open phase, else by a personal invitation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from sensors.store.together import insert_rows
from vaxsite.booking import queries
from vaxsite.booking.hold_queries import HoldView
from vaxsite.booking.models import InvitationUse
from vaxsite.booking.rules import Place
from vaxsite.booking.services import checks
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Allowed, Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.ids import made_at
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes, decide
from vaxsite.invitations import queries as invitations
from vaxsite.invitations.rules.states import SENTENCES, Reason, Scope, Seat, Terms, covers, judge
from vaxsite.invitations.services import using
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import setting_aside
from vaxsite.slots.queries import SlotView
from vaxsite.slots.rules import SEAT_SENTENCES, SeatReason

Member = tuple[PersonDetails, Sequence[Place]]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The group by which somebody is let in, and the invitation where no phase did."""

    group_code: str
    invitation_id: UUID | None = None


def admit(
    session: Session,
    *,
    members: Sequence[Member],
    times: Mapping[int, SlotView],
    invitation_id: UUID | None,
    held: HoldView,
    actor: Actor,
    now: datetime,
) -> dict[Place, Admitted]:
    """Judge every seat; raise `RefusedAct` for the first that is not theirs.

    Until *held* runs out, a phase that was changed or taken back since still lets them in, and
    seats that were set aside for another group since stay theirs.

    The invitation is used up where it is for one of the people and for their seats, whether or not
    it was needed: they have what it promised.
    """
    live = held.expires_at > now
    held_since, taken_at = (held.created_at, made_at(held.id)) if live else (now, now)
    phases = checks.phases_at(session, times.values())
    terms = using.lock(session, invitation_id=invitation_id) if invitation_id else None
    found: dict[Place, Admitted] = {}
    for details, places in members:
        who = eligibility.attributes(session, details)
        mine = terms is not None and using.is_for(session, invitation_id=terms.id, details=details)
        for place in places:
            slot = times[place.slot_id]
            wrong = _why_not(terms, mine, place, slot, now) if terms is not None else None
            given = terms is not None and wrong is None
            invited_as = terms.scope.group_code if given and terms else None
            _check_set_aside(session, slot, who, invited_as, taken_at)
            if terms is not None and wrong is None:
                found[place] = Admitted(terms.scope.group_code, terms.id)
            else:
                by_phase = _by_phase(session, phases, slot, who, held_since, wrong)
                found[place] = Admitted(by_phase)
    if terms is not None and any(one.invitation_id for one in found.values()):
        using.use(session, invitation_id=terms.id, actor=actor, now=now)
    return found


def keep_uses(
    session: Session, booked: Mapping[Place, Mapping[str, Any]], admitted: Mapping[Place, Admitted]
) -> None:
    """Write down which of the appointments (Any: their columns) an invitation gave."""
    used = [
        {
            "invitation_id": admitted[place].invitation_id,
            "dose_number": row["dose_number"],
            "appointment_id": row["id"],
        }
        for place, row in booked.items()
        if admitted[place].invitation_id is not None
    ]
    insert_rows(session, InvitationUse, used)


def give_back(
    session: Session,
    cancelled: Collection[queries.AppointmentView],
    actor: Actor,
    now: datetime,
) -> None:
    """Let whoever cancelled use the invitation again with which they had booked."""
    for invitation_id in {one.invitation_id for one in cancelled if one.invitation_id}:
        using.give_back(session, invitation_id=invitation_id, actor=actor, now=now)
    uses = [one.id for one in cancelled if one.invitation_id]
    if uses:
        session.execute(delete(InvitationUse).where(InvitationUse.appointment_id.in_(uses)))


def group_after_move(
    session: Session, one: queries.AppointmentView, slot: SlotView, who: Attributes
) -> str:
    """Return the group that allows an appointment at another time; raise with the reason.

    What was booked with an invitation moves within it, also after it ran out.
    """
    _check_set_aside(session, slot, who, one.group_code if one.invitation_id else None)
    if one.invitation_id is not None:
        scope = invitations.get_invitation(session, one.invitation_id).terms.scope
        if isinstance(covers(_of_dose(scope, one.part), seat_of(slot)), Allowed):
            return scope.group_code
    return checks.group_on(checks.phases_at(session, [slot]), slot, who)


def _check_set_aside(
    session: Session,
    slot: SlotView,
    who: Attributes,
    invited_as: str | None,
    taken_at: datetime | None = None,
) -> None:
    """Raise where the seat is set aside for a group in which the person is not on that day.

    It is theirs where it was for everybody, or for a group of theirs, when they took it.
    """
    if slot.kept_for in {None, invited_as}:
        return
    theirs = {None, invited_as, *eligibility.codes_of(who, slot.day)}
    if slot.kept_for in theirs:
        return
    if taken_at is None or setting_aside.kept_for_at(session, slot, taken_at) not in theirs:
        raise RefusedAct(Refused(SeatReason.SET_ASIDE, "seats"), SEAT_SENTENCES)


def seat_of(slot: SlotView) -> Seat:
    """Return the slot as the rules of invitations read it."""
    return Seat(
        product_id=slot.product.id,
        site_id=slot.site_id,
        day=slot.day,
        session_id=slot.session_id,
    )


def _of_dose(scope: Scope, part: int) -> Scope:
    return scope if part == 1 else scope.later()


def _why_not(
    terms: Terms, mine: bool, place: Place, slot: SlotView, now: datetime
) -> Refused | None:
    """Return why the invitation does not give this seat to this person; None where it does."""
    if not mine:
        return using.refusal(Reason.OTHER_PERSON).decision
    decision = judge(terms, now=now)
    if isinstance(decision, Allowed):
        decision = covers(_of_dose(terms.scope, place.part), seat_of(slot))
    return decision if isinstance(decision, Refused) else None


def _by_phase(
    session: Session,
    phases: checks.Phases,
    slot: SlotView,
    who: Attributes,
    held_since: datetime,
    invitation: Refused | None,
) -> str:
    """Return the group of an open phase; where there is none, say why the invitation is none."""
    try:
        return checks.group_on(phases, slot, who)
    except RefusedAct as refused:
        earlier = eligibility.earlier_phases(session, site_id=slot.site_id, since=held_since)
        decision = decide(eligibility.groups(), earlier, who, day=slot.day)
        if isinstance(decision, Allowed):
            return decision.rule
        if invitation is None:
            raise
        raise RefusedAct(invitation, SENTENCES) from refused
