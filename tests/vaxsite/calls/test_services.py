"""Calls to residents: asked for once, tried again, settled by themselves, on both databases."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import NOW, a_clinic
from tests.build.calls import ABOUT, a_call
from tests.build.clinic import MINUTE
from tests.build.stock import staff_of
from vaxsite import worker
from vaxsite.calls import queries, services
from vaxsite.calls.rules import CallResult, CallState
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Role

Sessions = sessionmaker[Session]


@pytest.fixture
def nurse(sessions: Sessions) -> Actor:
    """A nurse of a clinic that must call one person."""
    with sessions() as session, transaction(session):
        site = a_clinic(session)
        assert a_call(session, site_id=site.id)
        return staff_of(site.id, Role.NURSE)


def site_of(nurse: Actor) -> int:
    """The id of the nurse's one clinic."""
    return next(iter(nurse.grants))


def the_call(sessions: Sessions, nurse: Actor) -> queries.CallView:
    """The one call of the clinic that is not settled."""
    with sessions() as session:
        (found,) = queries.pending(session, site_id=site_of(nurse))
        return queries.get_call(session, call_id=found.id, actor=nurse)


def try_once(sessions: Sessions, nurse: Actor, result: CallResult, tries: int = 0) -> CallState:
    """Write down what came of a try."""
    call = the_call(sessions, nurse)
    with sessions() as session, transaction(session):
        return services.record_result(
            session, call_id=call.id, tries=tries, result=result, actor=nurse, now=NOW
        )


def test_the_same_call_is_asked_for_once(sessions: Sessions, nurse: Actor) -> None:
    """A job that runs twice, or after a restart, puts nobody on the list twice."""
    with sessions() as session, transaction(session):
        assert not a_call(session, site_id=site_of(nurse))

    assert the_call(sessions, nurse).name == "陈安娜"


def test_the_call_that_can_wait_least_comes_first(sessions: Sessions, nurse: Actor) -> None:
    """Who must know until this evening is called before whoever has a week, whenever asked for."""
    with sessions() as session, transaction(session):
        for key, minutes in (("week", 10_000), ("evening", 400)):
            assert a_call(
                session, site_id=site_of(nurse), key=key, closes_at=NOW + minutes * MINUTE
            )

    with sessions() as session:
        ends = [one.closes_at for one in queries.pending(session, site_id=site_of(nurse))]
    assert ends == sorted(ends)
    assert ends[0] == NOW + 400 * MINUTE


def test_a_call_about_what_is_past_is_not_asked_for(sessions: Sessions, nurse: Actor) -> None:
    """Nobody is called about what they can no longer do anything about."""
    with sessions() as session, transaction(session):
        assert not a_call(session, site_id=site_of(nurse), key="late", closes_at=NOW)


def test_no_answer_comes_back_later_and_ends_at_last(sessions: Sessions, nurse: Actor) -> None:
    """Four times it waits for the next try; after the fifth without an answer it is over."""
    for tries in range(4):
        assert try_once(sessions, nurse, CallResult.NO_ANSWER, tries) is CallState.OPEN
        call = the_call(sessions, nurse)
        assert call.due_at > NOW
        assert [one.number for one in call.tried] == list(range(1, tries + 2))

    assert try_once(sessions, nurse, CallResult.NO_ANSWER, 4) is CallState.NOT_REACHED


def test_two_nurses_do_not_both_write_down_the_first_try(sessions: Sessions, nurse: Actor) -> None:
    """Who looked before the other's try is told so, and nothing is counted twice."""
    try_once(sessions, nurse, CallResult.NO_ANSWER)

    with pytest.raises(AlreadyMoved):
        try_once(sessions, nurse, CallResult.REACHED, tries=0)
    assert the_call(sessions, nurse).tries == 1


def test_whoever_asks_to_cancel_stays_until_it_is_done(sessions: Sessions, nurse: Actor) -> None:
    """The wish stands on the list until the appointment is settled, then the call closes."""
    assert try_once(sessions, nurse, CallResult.ASKS_TO_CANCEL) is CallState.WANTS_TO_CANCEL
    assert the_call(sessions, nurse).state is CallState.WANTS_TO_CANCEL

    with sessions() as session, transaction(session):
        assert services.close_about(session, about=ABOUT, actor=nurse, now=NOW) == 1
        assert services.close_about(session, about=ABOUT, actor=nurse, now=NOW) == 0
    with sessions() as session:
        assert queries.count_pending(session, site_id=site_of(nurse)) == 0
        (closed,) = queries.calls_about(session, about=ABOUT)
        assert closed.state is CallState.CLOSED


def test_what_is_past_leaves_the_list_by_itself(sessions: Sessions, nurse: Actor) -> None:
    """The worker closes a call at the instant from which it is needless, and not before."""
    closes_at = the_call(sessions, nurse).closes_at

    assert worker.close_calls(sessions, closes_at - MINUTE) == 0
    assert worker.close_calls(sessions, closes_at) == 1
    assert worker.close_calls(sessions, closes_at) == 0


def test_another_clinic_sees_and_settles_nothing(sessions: Sessions, nurse: Actor) -> None:
    """A call belongs to the clinic that was asked."""
    call = the_call(sessions, nurse)
    with sessions() as session, transaction(session):
        site = a_clinic(session, code="hillside")
        a_call(session, site_id=site.id, key="other")
        other = staff_of(site.id, Role.NURSE)
    with sessions() as session, pytest.raises(NotFound):
        queries.get_call(session, call_id=call.id, actor=other)


def test_nothing_personal_is_in_clear_or_in_the_audit(sessions: Sessions, nurse: Actor) -> None:
    """Name, number and text are stored encrypted; the audit names codes only."""
    try_once(sessions, nurse, CallResult.NO_ANSWER)
    with sessions() as session:
        raw = session.execute(text("SELECT name, phone, subject, body FROM resident_call")).one()
        audited = session.scalars(select(AuditEntry).where(AuditEntry.action.like("call:%"))).all()

    assert all("陈安娜".encode() not in bytes(one) for one in raw)
    assert all(b"139123" not in bytes(one) for one in raw)
    assert [one.action for one in audited] == ["call:ask", "call:try"]
    assert "139123" not in str([one.detail for one in audited])
