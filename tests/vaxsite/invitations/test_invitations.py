"""A personal invitation lets one person in once, and nobody else, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    URL,
    OpenClinic,
    a_published_session,
    an_open_clinic,
    details_of,
)
from tests.build.invitations import CODE_URL, ENDS, an_invitation, book_invited, invitee, scope_of
from vaxsite.booking import queries as booking
from vaxsite.booking.models import Appointment
from vaxsite.booking.services import appointments
from vaxsite.calls.models import ResidentCall
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.invitations import queries
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState, Kind, Reason, show_code
from vaxsite.invitations.services import inviting, using
from vaxsite.messages import gateways
from vaxsite.messages.writing import Way
from vaxsite.slots import queries as slots

ANA = details_of(email="ana@example.org")


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic where it is the turn of the old; Ana, 40 years old, has to wait."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group="from-60")


@pytest.fixture
def invited(sessions: sessionmaker[Session], clinic: OpenClinic) -> inviting.Invited:
    with sessions() as session, transaction(session):
        return an_invitation(session, clinic, ANA)


def state(sessions: sessionmaker[Session], invitation_id: UUID) -> InvitationState:
    with sessions() as session:
        return queries.get_invitation(session, invitation_id).terms.state


def book(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    invitation_id: UUID | None,
    *,
    index: int = 1,
    browser: str = "",
) -> UUID:
    with sessions() as session, transaction(session):
        details = details_of(index=index, email="ana@example.org")
        return book_invited(session, clinic.slot_ids[0], details, invitation_id, browser=browser)


def reason_of(caught: pytest.ExceptionInfo[RefusedAct]) -> object:
    return caught.value.decision.reason


def test_it_lets_its_person_in_where_no_phase_does(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Without it Ana is too young for the phase; with it she books, once, as its group."""
    with pytest.raises(RefusedAct) as caught:
        book(sessions, clinic, None)
    assert reason_of(caught) is TurnReason.NO_PHASE

    made = book(sessions, clinic, invited.id)

    assert state(sessions, invited.id) is InvitationState.USED
    with sessions() as session:
        row = booking.get_appointment(session, made)
        assert (row.invitation_id, row.group_code) == (invited.id, "everyone-from-18")


def test_it_is_for_nobody_else(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Who was given the code, of the same name and birth date but another document, reads why."""
    with pytest.raises(RefusedAct) as caught:
        book(sessions, clinic, invited.id, index=2)

    assert reason_of(caught) is Reason.OTHER_PERSON
    assert state(sessions, invited.id) is InvitationState.OPEN


def test_without_a_document_name_and_birth_date_decide(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """An invitation by name fits that name however it is written, and no other."""
    with sessions() as session, transaction(session):
        made = an_invitation(session, clinic, ANA, by_name=True)
    with sessions() as session:
        fits = [
            using.is_for(session, invitation_id=made.id, details=details_of(name))
            for name in ("陈 安娜", "陈安", "陈安娜")
        ]
    assert fits == [True, False, True]


def test_many_at_once_use_it_once(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Five bookings of one invitation at the same time: one appointment, four refusals."""

    def attempt(turn: int) -> bool:
        try:
            book(sessions, clinic, invited.id, browser=f"browser {turn}")
        except (RefusedAct, AlreadyMoved):
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(attempt, range(5)))

    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 1
    assert sum(done) == 1
    assert state(sessions, invited.id) is InvitationState.USED


def test_a_cancelled_booking_gives_it_back(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Who cancels is invited as before, and books again."""
    made = book(sessions, clinic, invited.id)
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=made, my_booking_url=URL, actor=RESIDENT, now=NOW
        )
    assert state(sessions, invited.id) is InvitationState.OPEN

    book(sessions, clinic, invited.id)

    assert state(sessions, invited.id) is InvitationState.USED


def test_what_was_booked_with_it_moves_within_it(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Another time of the same clinic needs no phase, even after the invitation ran out."""
    made = book(sessions, clinic, invited.id)
    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=made,
            sequence=0,
            slot_id=clinic.slot_ids[1],
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )
    with sessions() as session:
        row = booking.get_appointment(session, made)
        assert (row.slot.id, row.invitation_id) == (clinic.slot_ids[1], invited.id)


def test_its_end_and_its_recall_are_told_with_their_dates(
    sessions: sessionmaker[Session], clinic: OpenClinic, invited: inviting.Invited
) -> None:
    """Taken back it names the day; renewed it works by a new code, and the old one is void."""
    with sessions() as session, transaction(session):
        inviting.revoke(session, invitation_id=invited.id, actor=clinic.manager, now=NOW)
    with pytest.raises(RefusedAct) as caught:
        book(sessions, clinic, invited.id)
    assert reason_of(caught) is Reason.REVOKED
    assert caught.value.decision.detail == {"date": NOW}

    with sessions() as session, transaction(session):
        again = inviting.renew(
            session,
            invitation_id=invited.id,
            valid_to=ENDS,
            url=CODE_URL,
            actor=clinic.manager,
            now=NOW,
        )
    with sessions() as session:
        opened = [
            queries.find_by_code(session, code=code, born_on=ANA.born_on)
            for code in (invited.code, again.code)
        ]
    assert opened == [None, invited.id]
    book(sessions, clinic, again.id)


def test_it_ends_at_its_instant(sessions: sessionmaker[Session], clinic: OpenClinic) -> None:
    """At the very end it is over; a second before it is not."""
    with sessions() as session, transaction(session):
        made = an_invitation(session, clinic, ANA, valid_to=NOW + timedelta(seconds=1))
    slot = clinic.slot_ids[0]
    with (
        pytest.raises(RefusedAct) as caught,
        sessions() as session,
        transaction(session),
    ):
        book_invited(session, slot, ANA, made.id, now=NOW + timedelta(seconds=1))
    assert reason_of(caught) is Reason.OVER
    with sessions() as session, transaction(session):
        book_invited(session, slot, ANA, made.id)


@pytest.mark.parametrize(
    ("other", "reason"),
    [("site_id", Reason.OTHER_CLINIC), ("session_id", Reason.OTHER_SESSION)],
)
def test_it_is_for_its_clinic_and_its_session(
    sessions: sessionmaker[Session], clinic: OpenClinic, other: str, reason: Reason
) -> None:
    """At another clinic, or in another session, it says what it is for."""
    with sessions() as session, transaction(session):
        elsewhere = an_open_clinic(
            session, code="hillside", group="from-60", product_id=clinic.product_id
        )
        later = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=(NOW + timedelta(days=9)).date(),
        )
        scopes = {"site_id": elsewhere.site_id, "session_id": later}
        made = an_invitation(session, clinic, ANA, scope=scope_of(clinic, **{other: scopes[other]}))

    with pytest.raises(RefusedAct) as caught:
        book(sessions, clinic, made.id)
    assert reason_of(caught) is reason

    if other == "session_id":
        with sessions() as session, transaction(session):
            slot = slots.slots_of_session(session, later)[0]
            book_invited(session, slot.id, ANA, made.id)


def test_the_code_is_told_and_stored_nowhere(
    sessions: sessionmaker[Session], invited: inviting.Invited
) -> None:
    """The message carries the code and no name; the table carries neither in the clear."""
    with sessions() as session:
        message = session.scalars(select(OutboxMessage)).one()
        row = session.get_one(Invitation, invited.id)
    assert invited.told
    assert show_code(invited.code) in message.body
    assert ANA.name not in message.body
    assert CODE_URL in message.body
    assert invited.code.encode() not in row.code_hash


def test_guessing_is_counted(sessions: sessionmaker[Session], invited: inviting.Invited) -> None:
    """A right code with a wrong birth date five times, and the sixth try is not compared."""

    def attempt(day: int) -> UUID | None:
        with sessions() as session, transaction(session):
            return using.look_up(
                session,
                typed=show_code(invited.code).lower(),
                born_on=ANA.born_on.replace(day=day),
                network="192.0.2.1",
                now=NOW,
            )

    assert attempt(5) == invited.id
    assert [attempt(day) for day in range(10, 15)] == [None] * 5
    with pytest.raises(RefusedAct) as caught:
        attempt(5)
    assert reason_of(caught) is Reason.TOO_MANY_TRIES


def test_an_exception_has_a_reason(sessions: sessionmaker[Session], clinic: OpenClinic) -> None:
    """Without one it is not made; with one it works like any invitation and keeps the reason."""
    with sessions() as session, pytest.raises(RefusedAct) as caught:
        an_invitation(session, clinic, ANA, kind=Kind.EXCEPTION, reason=" ")
    assert reason_of(caught) is Reason.REASON_MISSING

    with sessions() as session, transaction(session):
        made = an_invitation(session, clinic, ANA, kind=Kind.EXCEPTION, reason="Leaves tomorrow")
    book(sessions, clinic, made.id)
    with sessions() as session:
        assert queries.get_invitation(session, made.id).reason == "Leaves tomorrow"


def test_an_impossible_period_is_refused(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """An invitation that ends when it begins, or lasts longer than a year, is not made."""
    for ends in (NOW, NOW + timedelta(days=367)):
        with sessions() as session, pytest.raises(RefusedAct) as caught:
            an_invitation(session, clinic, ANA, valid_to=ends)
        assert reason_of(caught) is Reason.PERIOD


@pytest.mark.parametrize(
    ("email", "phone", "has_gateway", "way"),
    [
        ("ana@example.org", "+8613912345678", True, Way.EMAIL),
        (None, "+8613912345678", True, Way.TEXT),
        (None, "+8613912345678", False, Way.CALL),
        (None, None, True, Way.CALL),
    ],
)
def test_an_invitation_to_whichever_clinic_goes_as_every_message_does(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    email: str | None,
    phone: str | None,
    has_gateway: bool,
    way: Way,
) -> None:
    """By e-mail, else a text message of a clinic that sends them, else a clinic calls."""
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
        if has_gateway:
            gateway = "https://texts.example/send#secret"
            gateways.add(session, site_id=other.site_id, url=gateway, actor=other.manager, now=NOW)
        made = inviting.invite(
            session,
            kind=Kind.PERSONAL,
            who=replace(invitee(ANA), email=email, phone=phone),
            scope=replace(scope_of(clinic), site_id=None),
            valid_from=NOW,
            valid_to=ENDS,
            url=CODE_URL,
            must_arrive=True,
            actor=clinic.manager,
            now=NOW,
        )

    assert made.way is way
    with sessions() as session:
        sent = [one.channel for one in session.scalars(select(OutboxMessage))]
        called = session.scalars(select(ResidentCall.about)).all()
    told = f"invitation:{made.id}"
    assert (sent, called) == (([], [told]) if way is Way.CALL else ([way.value], []))
