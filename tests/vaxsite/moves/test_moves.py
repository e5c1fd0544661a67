"""Moving people after an event, from the closing of a session to their answer."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic, details_of
from tests.build.waiting import LINK, waits
from tests.vaxsite.moves.acts import (
    Sessions,
    act,
    event,
    ids,
    later,
    slot_of,
    sound,
    states,
    told,
)
from vaxsite import worker
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.moves import queries
from vaxsite.moves.rules.states import MoveState, Reason, Why
from vaxsite.moves.services import accepting, opening
from vaxsite.slots import queries as slots
from vaxsite.slots import setting_aside
from vaxsite.slots.rules import SessionState


def test_a_closed_session_moves_its_people_and_tells_them_once(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Nothing happens before it is accepted; then the seat is theirs and one message waits."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    target = later(sessions, clinic, 3)
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    assert states(sessions, ana) == [MoveState.PROPOSED]
    assert slot_of(sessions, ana) == clinic.slot_ids[0]

    build.accepted(sessions, clinic, event_id)
    accepting.act_due(sessions, url=URL, now=NOW)

    assert slot_of(sessions, ana) == target[0]
    assert states(sessions, ana) == [MoveState.AWAITING]
    [(kind, body)] = told(sessions)
    assert kind == "booking:moved"
    assert build.FLOOD[1] in body
    assert "2026年1月16日" in body
    sound(sessions)


def test_nobody_books_what_is_closed(sessions: Sessions, clinic: OpenClinic) -> None:
    """A closed session offers no seat from the commit that closed it."""
    ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    event(sessions, clinic)

    with pytest.raises(RefusedAct):
        ids(sessions, lambda s: build.booked(s, clinic.slot_ids[1], index=2))


def test_a_household_and_both_doses_stay_together(sessions: Sessions, clinic: OpenClinic) -> None:
    """Dose 1 of three moves by ten days; dose 2 was 21 days later and must move along."""
    second = later(sessions, clinic, 21)
    family = ids(
        sessions, lambda s: build.booked(s, clinic.slot_ids[0], second[0], index=1, people=3)
    )
    first, third = later(sessions, clinic, 10), later(sessions, clinic, 40)
    event_id = event(sessions, clinic)

    build.accepted(sessions, clinic, event_id)

    found = [slot_of(sessions, one) for one in family]
    assert found == [first[0], third[0]] * 3
    assert len(told(sessions)) == 1
    sound(sessions)


def test_too_few_doses_move_the_last_in_rank(sessions: Sessions, clinic: OpenClinic) -> None:
    """Two doses are missing: of four people the last two go, the session takes nobody more."""
    people = [
        ids(sessions, lambda s, i=i: build.booked(s, clinic.slot_ids[0], index=i))[0]
        for i in range(1, 5)
    ]
    target = later(sessions, clinic, 3)
    event_id = event(sessions, clinic, doses=2)

    build.accepted(sessions, clinic, event_id)

    assert [slot_of(sessions, one) == target[0] for one in people] == [False, False, True, True]
    with sessions() as session:
        assert slots.get_session(session, clinic.session_id).state is SessionState.CLOSED
    sound(sessions)


def test_who_has_no_place_is_told_and_placed_when_a_seat_is_free(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """One seat for two: the second hears the truth, once, and is the first to have the next."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    (bob,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=2))
    later(sessions, clinic, 3, seats=1)
    event_id = event(sessions, clinic)
    act(sessions, lambda s: build.booked(s, slots.free_slots(s, now=NOW)[0].id, index=3))
    build.accepted(sessions, clinic, event_id)
    assert states(sessions, ana) == [MoveState.AWAITING]
    assert states(sessions, bob) == [MoveState.UNPLACED]
    accepting.look_again_due(sessions, now=NOW)
    accepting.act_due(sessions, url=URL, now=NOW)
    assert sorted(kind for kind, _ in told(sessions)) == ["booking:moved", "booking:without-place"]

    target = later(sessions, clinic, 5)
    accepting.look_again_due(sessions, now=NOW + timedelta(hours=1))
    accepting.act_due(sessions, url=URL, now=NOW + timedelta(hours=1))

    assert slot_of(sessions, bob) == target[0]
    assert [kind for kind, _ in told(sessions)][2:] == ["booking:moved"]
    sound(sessions)


def test_who_lost_a_seat_comes_before_who_waits_for_one(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """One seat becomes free: it goes to who had one, not along the waiting list."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    build.accepted(sessions, clinic, event(sessions, clinic))
    accepting.look_again_due(sessions, now=NOW)
    act(sessions, lambda s: waits(s, clinic, (2,)))
    looks = looked(sessions)
    target = later(sessions, clinic, 3, seats=1)[0]

    worker.offer_seats(sessions, NOW, url=LINK, mine=URL)

    assert slot_of(sessions, ana) == target
    assert looked(sessions) == looks + 1  # What changes nothing leaves no trace.
    sound(sessions)


def looked(sessions: Sessions) -> int:
    """How often the audit says that places were looked for again, and something came of it."""
    with sessions() as session:
        asked = select(func.count()).where(AuditEntry.action == "move-event:look")
        return session.scalar(asked) or 0


def test_a_seat_that_was_taken_meanwhile_is_looked_for_again(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Between proposal and acceptance somebody books the proposed seat."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    near, far = later(sessions, clinic, 3, seats=1), later(sessions, clinic, 4)
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    for number, slot_id in enumerate(near, start=2):
        ids(sessions, lambda s, n=number, i=slot_id: build.booked(s, i, index=n))

    build.accepted(sessions, clinic, event_id)

    assert slot_of(sessions, ana) == far[0]
    sound(sessions)


@pytest.mark.parametrize("meanwhile", [False, True])
@pytest.mark.parametrize(("group", "near"), [("everyone-from-18", True), ("from-60", False)])
def test_seats_set_aside_are_given_to_their_group_only(
    sessions: Sessions, clinic: OpenClinic, group: str, near: bool, meanwhile: bool
) -> None:
    """Whether they are set aside before the proposal or between it and its acceptance."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    first, second = later(sessions, clinic, 3), later(sessions, clinic, 4)

    def set_aside() -> None:
        act(
            sessions,
            lambda s: setting_aside.set_aside(
                s,
                session_id=slots.get_slot(s, first[0]).session_id,
                slot_ids=first,
                group_code=group,
                actor=clinic.manager,
                now=NOW,
            ),
        )

    if not meanwhile:
        set_aside()
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    if meanwhile:
        set_aside()
    build.accepted(sessions, clinic, event_id)

    assert slot_of(sessions, ana) == (first if near else second)[0]
    sound(sessions)


def test_a_second_event_moves_again_and_one_message_replaces_the_other(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The new session closes too; the history shows both moves."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    near, far = later(sessions, clinic, 3), later(sessions, clinic, 4)
    build.accepted(sessions, clinic, event(sessions, clinic))
    assert slot_of(sessions, ana) == near[0]
    with sessions() as session:
        closing = slots.get_slot(session, near[0]).session_id

    second = event(sessions, clinic, session_ids=[closing])
    build.accepted(sessions, clinic, second)

    assert slot_of(sessions, ana) == far[0]
    assert states(sessions, ana) == [MoveState.REPLACED, MoveState.AWAITING]
    with sessions() as session:
        history = queries.history(session, appointment_id=ana)
    assert [(one.before.id, one.after and one.after.id) for one in history] == [
        (clinic.slot_ids[0], near[0]),
        (near[0], far[0]),
    ]
    assert len(told(sessions)) == 2
    sound(sessions)


def test_a_proposal_whose_target_closes_is_planned_again(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The second event comes between proposal and acceptance: nobody is sent into it."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    near, far = later(sessions, clinic, 3), later(sessions, clinic, 4)
    (bob,) = ids(sessions, lambda s: build.booked(s, near[0], index=2))
    first = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    with sessions() as session:
        closing = slots.get_slot(session, near[0]).session_id
    second = event(sessions, clinic, session_ids=[closing])

    build.accepted(sessions, clinic, first)
    build.accepted(sessions, clinic, second)

    assert {slot_of(sessions, ana), slot_of(sessions, bob)} <= set(far)
    assert len(told(sessions)) == 2
    sound(sessions)


def test_a_part_is_accepted_by_rank(sessions: Sessions, clinic: OpenClinic) -> None:
    """The first unit goes; the second waits in the proposal."""
    ana, bob = (
        ids(sessions, lambda s, i=i: build.booked(s, clinic.slot_ids[0], index=i))[0]
        for i in (1, 2)
    )
    later(sessions, clinic, 3)
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)

    act(
        sessions,
        lambda s: accepting.accept(s, event_id=event_id, up_to=1, actor=clinic.manager, now=NOW),
    )
    accepting.act_due(sessions, url=URL, now=NOW)

    assert states(sessions, ana) == [MoveState.AWAITING]
    assert states(sessions, bob) == [MoveState.PROPOSED]


def test_an_event_is_taken_back_until_it_is_accepted(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Withdrawn, the session is offered again and nobody was told; afterwards it is refused."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)

    act(
        sessions,
        lambda s: opening.withdraw(s, event_id=event_id, actor=clinic.manager, now=NOW),
    )

    with sessions() as session:
        assert slots.get_session(session, clinic.session_id).state is SessionState.PUBLISHED
    assert states(sessions, ana) == [MoveState.WITHDRAWN]
    assert told(sessions) == []
    again = event(sessions, clinic)
    build.accepted(sessions, clinic, again)
    with pytest.raises(RefusedAct) as refused:
        act(
            sessions,
            lambda s: opening.withdraw(s, event_id=again, actor=clinic.manager, now=NOW),
        )
    assert refused.value.decision.reason is Reason.BEGUN


def test_a_dose_that_is_not_due_is_said(sessions: Sessions, clinic: OpenClinic) -> None:
    """A second dose alone, whose first is not on record, has no window any more: said as such."""
    second = later(sessions, clinic, 25)
    pair = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], second[0], index=1))
    later(sessions, clinic, 60)
    with sessions() as session:
        closing = slots.get_slot(session, second[0]).session_id
    event_id = event(sessions, clinic, session_ids=[closing])
    accepting.act_due(sessions, url=URL, now=NOW)

    with sessions() as session:
        [one] = queries.moves_of(session, event_id)
    assert one.appointment_id == pair[1]
    assert one.why is Why.NO_SEAT
    assert details_of().name
