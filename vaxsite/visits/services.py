"""Acts of a visit: check in, ask, vaccinate (called by doses), observe, let go."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.services import outbox
from sensors.store import moves
from vaxsite.booking import queries as booking
from vaxsite.booking.models import Appointment
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.rules import APPOINTMENTS, AppointmentState
from vaxsite.booking.services import admission
from vaxsite.calls import services as calls
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Decision, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.messages.rules import Kind as MessageKind
from vaxsite.slots import seats
from vaxsite.visits import queries, rules
from vaxsite.visits.models import Visit
from vaxsite.visits.rules import (
    SENTENCES,
    VISITS,
    Identity,
    LeaveReason,
    VisitReason,
    VisitState,
)


def check_in(
    session: Session,
    *,
    appointment_id: UUID,
    confirmed: Collection[Identity],
    actor: Actor,
    now: datetime,
) -> UUID:
    """Begin a visit once the person was asked who they are; return its id.

    Raises `AlreadyMoved` when somebody else checked the person in, or the appointment is over.
    """
    entry = queries.get_entry(session, appointment_id=appointment_id, actor=actor)
    _check_may(actor, Permission.VISIT_WRITE, entry.site.id)
    missing = rules.asked(proof=entry.group is not None) - set(confirmed)
    if missing:
        only_proof = missing == {Identity.PROOF}
        reason = VisitReason.PROOF_MISSING if only_proof else VisitReason.IDENTITY_UNCONFIRMED
        raise _refusal(reason, "visit:identity")
    day = entry.site.day(entry.starts_at)
    late = entry.appointment_state is AppointmentState.MISSED  # Came after all, written down later.
    if day != entry.site.day(now) and not late:
        detail = {"date": day}
        raise RefusedAct(Refused(VisitReason.NOT_TODAY, "visit:day", day, detail), SENTENCES)
    source = AppointmentState.MISSED if late else AppointmentState.BOOKED
    _move_appointment(session, appointment_id, source, AppointmentState.ARRIVED, actor, now)
    visit = Visit(
        id=new_id(now),
        appointment_id=appointment_id,
        person_id=entry.person.id,
        site_id=entry.site.id,
        state=VISITS.initial.value,
        identity_checked_by=actor.id,
        checked_in_at=now,
        screening={},
    )
    session.add(visit)
    session.flush()
    _audit(session, actor, "visit:check-in", visit.id, now)
    return visit.id


def turn_away(session: Session, *, appointment_id: UUID, actor: Actor, now: datetime) -> None:
    """Call off what somebody booked as one of a group and has no proof of; the seats go back.

    Raises `AlreadyMoved` when the person was checked in, or the appointment is over.
    """
    entry = queries.get_entry(session, appointment_id=appointment_id, actor=actor)
    _check_may(actor, Permission.VISIT_WRITE, entry.site.id)
    if entry.group is None:
        raise NotFound
    whole = booking.lock_together(session, appointment_id)
    [asked] = [one for one in whole if one.id == appointment_id]
    mine = [asked] + [
        one
        for one in whole
        if one.member == asked.member
        and one.part > asked.part
        and one.state is AppointmentState.BOOKED
    ]
    detail = {"reason": VisitReason.PROOF_MISSING.value, "group": entry.group_code}
    call_off(session, mine, action="visit:turn-away", detail=detail, actor=actor, now=now)


def call_off(
    session: Session,
    mine: Sequence[AppointmentView],
    *,
    action: str,
    detail: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Cancel appointments that are booked; their seats, calls and reminders go too."""
    for one in mine:
        _move_appointment(
            session, one.id, AppointmentState.BOOKED, AppointmentState.CANCELLED, actor, now
        )
        about = f"appointment:{one.id}"
        audit.record(session, actor=actor, action=action, subject=about, now=now, detail=detail)
        outbox.withdraw(session, about=about, kinds=[MessageKind.REMINDER])
        calls.close_about(session, about=about, actor=actor, now=now)
    seats.exchange(session, give=Counter(one.slot.id for one in mine), now=now)
    admission.give_back(session, mine, actor, now)


def answer_questions(
    session: Session,
    *,
    visit_id: UUID,
    answers: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> Decision:
    """Write the answers down and let the person proceed or defer them; return which and why.

    Raises `RefusedAct` when an answer is missing, `AlreadyMoved` when it is too late to ask.
    """
    entry = _lock(session, visit_id, actor)
    questions = rules.questions_for(entry.person.sex, entry.site.day(now))
    kept = {question.code: answers.get(question.code, "") for question in questions}
    verdict = rules.screen(questions, kept)
    deferred_for = verdict.reason.value if isinstance(verdict, Refused) else None
    if deferred_for == VisitReason.ANSWERS_MISSING:
        raise _refusal(VisitReason.ANSWERS_MISSING, "visit:screening")
    _move(
        session,
        visit_id,
        VisitState.ARRIVED,
        VisitState.DEFERRED if deferred_for else VisitState.SCREENED,
        actor,
        now,
        {"deferred_for": deferred_for} if deferred_for else {},
        screening={"answers": kept, "deferred_for": deferred_for},
        screened_at=now,
        screened_by=actor.id,
    )
    return verdict


def reopen(session: Session, *, visit_id: UUID, actor: Actor, now: datetime) -> None:
    """Ask the questions again: an answer was ticked wrongly, or they are of another day."""
    state = _state(_lock(session, visit_id, actor))
    _move(session, visit_id, state, VisitState.ARRIVED, actor, now, {}, screened_at=None)


def vaccinate(
    session: Session, *, visit_id: UUID, given_at: datetime, actor: Actor, now: datetime
) -> None:
    """Begin the observation at the time of the needle. Called where the dose is recorded.

    Where the person is observed already or has left, the dose is recorded and the visit stays.
    """
    entry = _lock(session, visit_id, actor)
    state = _state(entry)
    if state in {VisitState.VACCINATED, VisitState.LEFT}:
        return
    _move(
        session,
        visit_id,
        state,
        VisitState.VACCINATED,
        actor,
        now,
        {},
        observed_from=given_at,
    )
    _move_appointment(
        session,
        entry.appointment_id,
        AppointmentState.ARRIVED,
        AppointmentState.COMPLETED,
        actor,
        now,
    )


def correct_needle_time(
    session: Session, *, visit_id: UUID, given_at: datetime, actor: Actor, now: datetime
) -> None:
    """Count the observation from the corrected time of the needle."""
    _lock(session, visit_id, actor)
    session.execute(
        update(Visit)
        .where(Visit.id == visit_id, Visit.state == VisitState.VACCINATED.value)
        .values(observed_from=given_at)
    )
    _audit(session, actor, "visit:correct-needle-time", visit_id, now)


def undo_vaccination(session: Session, *, visit_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the person back to before the needle: the recorded dose was not given.

    Whoever was deferred is deferred again: the answers stand.
    """
    entry = _lock(session, visit_id, actor)
    visit = entry.visit
    if visit is None or visit.state is not VisitState.VACCINATED:
        return  # The visit is over; only the record is corrected.
    deferred = visit.deferred_for is not None and visit.screened_at is not None
    _move(
        session,
        visit_id,
        VisitState.VACCINATED,
        VisitState.DEFERRED if deferred else VisitState.SCREENED,
        actor,
        now,
        {},
        observed_from=None,
    )
    _move_appointment(
        session,
        entry.appointment_id,
        AppointmentState.COMPLETED,
        AppointmentState.ARRIVED,
        actor,
        now,
    )


def leave(
    session: Session,
    *,
    visit_id: UUID,
    reason: LeaveReason | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Let a person go; before the end of the observation only with a reason, which is kept."""
    entry = _lock(session, visit_id, actor)
    state = _state(entry)
    given_at = entry.visit.observed_from if entry.visit else None
    verdict = rules.may_leave(given_at, reason, now)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, SENTENCES)
    early = given_at is not None and now < rules.observed_until(given_at)
    kept = reason.value if early and reason else None
    detail: dict[str, Any] = {"early": kept} if kept else {}  # Any: small printable values.
    _move(
        session, visit_id, state, VisitState.LEFT, actor, now, detail, left_at=now, left_reason=kept
    )
    if state is not VisitState.VACCINATED:
        _move_appointment(
            session,
            entry.appointment_id,
            AppointmentState.ARRIVED,
            AppointmentState.CANCELLED,
            actor,
            now,
        )
        # A cancelled appointment owns no seat: somebody else may still have this one.
        seats.exchange(session, give={entry.slot_id: 1}, now=now)


def _lock(session: Session, visit_id: UUID, actor: Actor) -> queries.Entry:
    queries.lock(session, visit_id=visit_id)
    entry = queries.get_visit(session, visit_id=visit_id, actor=actor)
    _check_may(actor, Permission.VISIT_WRITE, entry.site.id)
    return entry


def _state(entry: queries.Entry) -> VisitState:
    assert entry.visit is not None
    return entry.visit.state


def _check_may(actor: Actor, permission: Permission, site_id: int) -> None:
    if not actor.may(permission, site_id):
        raise NotFound


def _refusal(reason: VisitReason, rule: str) -> RefusedAct:
    return RefusedAct(Refused(reason, rule), SENTENCES)


def _move(
    session: Session,
    visit_id: UUID,
    source: VisitState,
    target: VisitState,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, Any],  # Any: small printable values.
    **columns: Any,  # Any: the named columns of Visit.
) -> None:
    step = moves.move(session, Visit, visit_id, VISITS, source=source, target=target, **columns)
    _audit(session, actor, step.audit, visit_id, now, detail)


def _move_appointment(
    session: Session,
    appointment_id: UUID,
    source: StrEnum,
    target: StrEnum,
    actor: Actor,
    now: datetime,
) -> None:
    step = moves.move(
        session,
        Appointment,
        appointment_id,
        APPOINTMENTS,
        source=source,
        target=target,
        changed_at=now,
    )
    subject = f"appointment:{appointment_id}"
    audit.record(session, actor=actor, action=step.audit, subject=subject, now=now)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    visit_id: UUID,
    now: datetime,
    detail: Mapping[str, Any] | None = None,  # Any: small printable values.
) -> None:
    subject = f"visit:{visit_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
