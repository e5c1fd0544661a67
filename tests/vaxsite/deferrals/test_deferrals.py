"""A vaccination is put off until a date: what is refused before it, who is asked again on it."""

import json
from datetime import date, datetime, timedelta
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
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    details_of,
    holder,
)
from tests.build.deferrals import UNTIL, put_off
from tests.build.invitations import CODE_URL, book_invited
from vaxsite.booking.doors import CameBy, Origin
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import asking_again, confirmations, holds, later
from vaxsite.calls import queries as calls
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.deferrals import queries
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.rules.states import DeferralState
from vaxsite.deferrals.services import asking, setting
from vaxsite.deferrals.services.setting import Wanted
from vaxsite.invitations.models import Invitation
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list.services import offering

Sessions = sessionmaker[Session]
ANA = details_of(email="ana@example.com")
LI = details_of("李静", index=2)  # Has a phone only.
MORNING = datetime(2026, 1, 26, 2, 0, tzinfo=NOW.tzinfo)  # 10:00 in Shanghai on that day.


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def book_on(sessions: Sessions, clinic: OpenClinic, day: date, who: object = ANA) -> UUID:
    with sessions() as session, transaction(session):
        made = a_published_session(
            session, site_id=clinic.site_id, product_id=clinic.product_id, day=day
        )
        [slot, *_] = [one.id for one in slots.slots_of_session(session, made)]
    with sessions() as session, transaction(session):
        return book_invited(session, slot, who, None, browser=f"{day}")  # type: ignore[arg-type]  # Details.


def state(sessions: Sessions, deferral_id: UUID) -> str:
    with sessions() as session:
        return session.get_one(Deferral, deferral_id).state


def invitations(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(Invitation.kind)))


def ask(sessions: Sessions, now: datetime = MORNING) -> int:
    return asking_again.ask_due(sessions, url=CODE_URL, now=now)


@pytest.mark.parametrize(("day", "booked"), [(25, False), (26, True), (27, True)])
def test_nobody_books_before_the_date(
    sessions: Sessions, clinic: OpenClinic, day: int, booked: bool
) -> None:
    """Refused the day before with the date; booked on the day and after it."""
    put_off(sessions, clinic)

    if booked:
        assert book_on(sessions, clinic, date(2026, 1, day))
        return
    with pytest.raises(RefusedAct) as refused:
        book_on(sessions, clinic, date(2026, 1, day))
    # Online, where a name and a number are known to others too, without the illness.
    assert refused.value.decision.reason == "deferral_put_off"
    assert refused.value.decision.detail == {"date": UNTIL}


def test_staff_read_why(sessions: Sessions, clinic: OpenClinic) -> None:
    """At the counter and on the phone the refusal names the reason, which they may end."""
    put_off(sessions, clinic)
    secret = holder("counter")
    with sessions() as session, transaction(session):
        held = holds.hold(session, slot_id=clinic.slot_ids[1], holder=secret, now=NOW)

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmations.confirm(
            session,
            hold_id=held.id,
            holder=secret,
            people=[ANA],
            my_booking_url=URL,
            actor=clinic.manager,
            now=NOW,
            origin=Origin(CameBy.COUNTER),
        )

    assert refused.value.decision.reason == Why.RECENT_ILLNESS
    assert refused.value.decision.detail == {"date": UNTIL}


def test_nobody_is_moved_or_offered_a_seat_before_the_date(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The waiting list asks the same; moves know the day of each person, own wishes apart."""
    deferral_id = put_off(sessions, clinic)
    put_off(sessions, clinic, who=LI, why=Why.OWN_WISH, actor=RESIDENT)
    with sessions() as session:
        product = stock.find_product(session, product_id=clinic.product_id)
        assert product is not None
        person_id = session.get_one(Deferral, deferral_id).person_id
        everybody = session.scalars(select(Deferral.person_id)).all()

        def offered(day: date) -> bool:
            return offering.may_have_on(
                session,
                person_id,
                site_id=clinic.site_id,
                product=product,
                day=day,
                now=NOW,
            )

        assert [offered(date(2026, 1, day)) for day in (25, 26)] == [False, True]
        assert queries.waiting_until(
            session, person_ids=everybody, product_id=clinic.product_id
        ) == {person_id: UNTIL}


def test_an_own_wish_refuses_nothing(sessions: Sessions, clinic: OpenClinic) -> None:
    """Whoever wanted to be asked later may change their mind."""
    put_off(sessions, clinic, why=Why.OWN_WISH, actor=RESIDENT)

    assert book_on(sessions, clinic, date(2026, 1, 20))


def test_on_the_date_the_person_is_invited_once(sessions: Sessions, clinic: OpenClinic) -> None:
    """Not the evening before, not at night, once in the morning, and not again after a restart."""
    deferral_id = put_off(sessions, clinic)

    assert ask(sessions, MORNING - timedelta(hours=12)) == 0
    assert ask(sessions, MORNING - timedelta(hours=8)) == 0
    assert ask(sessions) == 1
    assert ask(sessions) == 0
    assert ask(sessions, MORNING + timedelta(days=3)) == 0

    assert state(sessions, deferral_id) == DeferralState.ASKED
    assert invitations(sessions) == ["deferral"]
    with sessions() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "invitation")
        [mail] = session.scalars(query).all()
    assert mail.address == "ana@example.com"
    assert "暂缓期已结束" in mail.body


def test_who_has_no_e_mail_stands_on_the_list_of_calls(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """With the code to be read out, at the clinic that put it off."""
    put_off(sessions, clinic, who=LI)

    ask(sessions)

    with sessions() as session:
        [call] = calls.pending(session, site_id=clinic.site_id)
    assert (call.name, call.phone) == ("李静", "+8613912345679")
    assert "邀请码" in call.body


def test_the_invitation_lets_its_person_in(sessions: Sessions, clinic: OpenClinic) -> None:
    """Booked with it, it is used; the deferral refuses nothing any more."""
    put_off(sessions, clinic)
    ask(sessions)
    with sessions() as session, transaction(session):
        [invitation_id] = session.scalars(select(Invitation.id)).all()
        made = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=date(2026, 1, 28),
        )
        slot = slots.slots_of_session(session, made)[0].id

    with sessions() as session, transaction(session):
        book_invited(session, slot, ANA, invitation_id, now=MORNING)

    with sessions() as session:
        assert session.get_one(Invitation, invitation_id).state == "used"


def test_who_has_an_appointment_is_not_asked(sessions: Sessions, clinic: OpenClinic) -> None:
    """Booked for a day after the date meanwhile: settled, without an invitation."""
    deferral_id = put_off(sessions, clinic)
    book_on(sessions, clinic, date(2026, 1, 28))

    assert ask(sessions) == 1

    assert state(sessions, deferral_id) == DeferralState.SETTLED
    assert invitations(sessions) == []


def test_a_broken_off_run_invites_once(
    sessions: Sessions, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the invitation was made and before the commit."""
    deferral_id = put_off(sessions, clinic)
    real = asking.ask_again

    def dies(*args: object, **named: object) -> None:
        real(*args, **named)  # type: ignore[arg-type]  # As it was called.
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(asking, "ask_again", dies)
        with pytest.raises(ConnectionError):
            ask(sessions)
    assert (state(sessions, deferral_id), invitations(sessions)) == ("open", [])

    assert ask(sessions) == 1
    assert invitations(sessions) == ["deferral"]


def test_staff_end_it_earlier_with_a_reason(sessions: Sessions, clinic: OpenClinic) -> None:
    """The person is invited at once, and on the date not again; without a reason it stands."""
    deferral_id = put_off(sessions, clinic)

    def lift(because: str) -> None:
        with sessions() as session, transaction(session):
            asking.lift(
                session,
                deferral_id=deferral_id,
                because=because,
                url=CODE_URL,
                actor=clinic.manager,
                now=NOW,
            )

    with pytest.raises(RefusedAct):
        lift("  ")
    lift("Well again, seen by a doctor")
    with pytest.raises(AlreadyMoved):
        lift("Twice")
    assert ask(sessions) == 0

    assert state(sessions, deferral_id) == DeferralState.LIFTED
    assert invitations(sessions) == ["deferral"]
    assert book_on(sessions, clinic, date(2026, 1, 20))


def test_a_later_deferral_takes_the_place_of_the_first(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """One is open at a time, so nobody is asked twice."""
    first = put_off(sessions, clinic)
    with sessions() as session, transaction(session):
        row = session.get_one(Deferral, first)
        wanted = Wanted(
            person_id=row.person_id,
            product_id=row.product_id,
            site_id=row.site_id,
            group_code=row.group_code,
            why=Why.PREGNANCY,
            until=date(2026, 9, 1),
            phone=None,
            email="ana@example.com",
        )
        setting.put_off(session, wanted, my_booking_url=URL, actor=clinic.manager, now=NOW)

    assert state(sessions, first) == DeferralState.REPLACED
    assert ask(sessions) == 0


def test_a_resident_does_not_shorten_what_staff_set(sessions: Sessions, clinic: OpenClinic) -> None:
    """Their own wish cannot stand in the place of a reason of health."""
    put_off(sessions, clinic, keep=True)

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        later.ask_later(
            session,
            appointment_id=session.scalars(select(Appointment.id)).one(),
            until=date(2026, 1, 14),
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    assert refused.value.decision.reason == Why.RECENT_ILLNESS


@pytest.mark.parametrize(
    ("until", "why"),
    [
        (date(2026, 1, 12), Why.RECENT_ILLNESS),
        (date(2026, 1, 11), Why.RECENT_ILLNESS),
        (date(2026, 3, 14), Why.RECENTLY_VACCINATED),  # 61 days; at most 60.
        (date(2027, 1, 14), Why.OWN_WISH),  # 367 days; at most 366.
    ],
)
def test_an_impossible_date_is_refused(
    sessions: Sessions, clinic: OpenClinic, until: date, why: Why
) -> None:
    """Today, the past, and further than the reason allows."""
    with pytest.raises(RefusedAct) as refused:
        put_off(sessions, clinic, until=until, why=why)

    assert refused.value.decision.reason == "deferral_day"


def test_a_resident_asks_to_be_asked_later(sessions: Sessions, clinic: OpenClinic) -> None:
    """The appointment is cancelled, its seat is free, and the wish stands with its date."""
    with sessions() as session, transaction(session):
        booked = a_booked_resident(session, slot_id=clinic.slot_ids[0], details=ANA)
        deferral_id = later.ask_later(
            session,
            appointment_id=booked,
            until=UNTIL,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    with sessions() as session:
        row = session.get_one(Deferral, deferral_id)
        assert (queries.view(row).why, row.until, row.set_by) == (Why.OWN_WISH, UNTIL, "resident")
        assert session.get_one(Appointment, booked).state == AppointmentState.CANCELLED
        assert slots.get_slot(session, clinic.slot_ids[0]).free == 5
    assert ask(sessions) == 1


def test_messages_and_audit_name_no_illness(sessions: Sessions, clinic: OpenClinic) -> None:
    """Neither what leaves the house nor what is kept of the act says why; the column is sealed."""
    put_off(sessions, clinic, why=Why.PREGNANCY)
    ask(sessions)

    with sessions() as session:
        bodies = " ".join(session.scalars(select(OutboxMessage.body)))
        acts = [[one.action, one.detail] for one in session.scalars(select(AuditEntry))]
        raw = session.connection().exec_driver_sql("SELECT why FROM deferral").scalar_one()
        assert session.scalar(select(func.count()).select_from(Deferral)) == 1
    for told in (bodies, json.dumps(acts)):
        assert "pregn" not in told
        assert "孕" not in told
    assert b"pregnancy" not in bytes(raw)


def test_what_is_put_off_is_told(sessions: Sessions, clinic: OpenClinic) -> None:
    """In one message: until when, and what happens next."""
    put_off(sessions, clinic)

    with sessions() as session:
        query = select(OutboxMessage.body).where(OutboxMessage.kind == "deferral")
        [body] = session.scalars(query).all()
    assert "2026年1月26日" in body
    assert "再次联系您" in body
