"""A vaccination is put off at the counter for somebody who need not have an appointment."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    URL,
    OpenClinic,
    a_booked_resident,
    an_open_clinic,
    details_of,
)
from tests.build.deferrals import UNTIL
from tests.build.invitations import CODE_URL
from tests.build.stock import staff_of
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import asking_again
from vaxsite.calls.models import ResidentCall
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.deferrals import queries
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.rules.reasons import Reason as DateReason
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.rules.states import DeferralState
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.invitations.models import Invitation
from vaxsite.residents.rules import Reason as PersonReason
from vaxsite.residents.services import PersonDetails
from vaxsite.visits import putting_off

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
ANA = details_of()


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def put_off(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    who: PersonDetails = ANA,
    *,
    until: date = UNTIL,
    site_id: int = 0,
) -> UUID:
    with sessions() as session, transaction(session):
        return putting_off.put_off_somebody(
            session,
            details=who,
            site_id=site_id or clinic.site_id,
            product_id=clinic.product_id,
            why=Why.RECENT_ILLNESS,
            until=until,
            my_booking_url=URL,
            actor=staff_of(clinic.site_id, Role.NURSE),
            now=NOW,
        )


def waits(sessions: sessionmaker[Session], clinic: OpenClinic) -> list[date]:
    with sessions() as session:
        found = queries.open_at(session, site_id=clinic.site_id, limit=10)
        return [one.until for one in found]


def test_whoever_has_no_appointment_waits_and_is_asked_again(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Nobody books the vaccine for them before the date; on it they are invited, here by a call."""
    put_off(sessions, clinic)

    with sessions() as session, pytest.raises(RefusedAct) as refused, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[0], details=ANA)
    assert refused.value.decision.reason == DateReason.PUT_OFF
    asked = asking_again.ask_due(sessions, url=CODE_URL, now=NOW + timedelta(days=15))
    assert asked == 1
    with sessions() as session:
        invited = session.scalars(select(Invitation)).one()
        assert (invited.site_id, invited.group_code) == (clinic.site_id, "adults-18-59")
        assert session.scalars(select(ResidentCall.about)).one() == f"invitation:{invited.id}"


def test_what_is_booked_before_the_date_goes_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Whoever has an appointment after all is the same person: its seat is free again."""
    with sessions() as session, transaction(session):
        booked = a_booked_resident(session, slot_id=clinic.slot_ids[0], details=ANA)

    put_off(sessions, clinic)

    with sessions() as session:
        assert session.get_one(Appointment, booked).state == AppointmentState.CANCELLED


def test_entered_again_the_last_date_counts(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The one before is replaced, and one waiting is left."""
    put_off(sessions, clinic)
    put_off(sessions, clinic, until=UNTIL + timedelta(days=5))

    assert waits(sessions, clinic) == [UNTIL + timedelta(days=5)]


def test_who_it_is_and_the_date_are_judged_as_everywhere(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Another name for a known document, a child, yesterday, another clinic: nothing is kept."""
    put_off(sessions, clinic)
    child = details_of("王小", index=7, born_on=date(2020, 5, 5))
    refusals = [
        (details_of("李静"), UNTIL, PersonReason.KNOWN_OTHERWISE),
        (child, UNTIL, TurnReason.NO_GROUP),
        (ANA, NOW.date(), DateReason.DAY),
    ]
    for who, until, reason in refusals:
        with pytest.raises(RefusedAct) as refused:
            put_off(sessions, clinic, who, until=until)
        assert refused.value.decision.reason == reason
    with pytest.raises(NotFound):
        put_off(sessions, clinic, site_id=clinic.site_id + 1)
    assert waits(sessions, clinic) == [UNTIL]


def end(sessions: sessionmaker[Session], clinic: OpenClinic, deferral_id: UUID) -> None:
    with sessions() as session, transaction(session):
        putting_off.end_waiting(
            session,
            deferral_id=deferral_id,
            because="Well again",
            url=CODE_URL,
            actor=staff_of(clinic.site_id, Role.NURSE),
            now=NOW,
        )


def test_the_waiting_ends_earlier_once_and_at_the_own_clinic(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The person is invited at once; another clinic's nurse finds nothing."""
    made = put_off(sessions, clinic)
    stranger = staff_of(clinic.site_id + 1, Role.NURSE)
    with sessions() as session, pytest.raises(NotFound):
        putting_off.own_deferral(session, made, stranger)

    end(sessions, clinic, made)

    with pytest.raises(AlreadyMoved):
        end(sessions, clinic, made)
    with sessions() as session:
        assert session.get_one(Deferral, made).state == DeferralState.LIFTED
        assert len(session.scalars(select(Invitation)).all()) == 1


def typed(clinic: OpenClinic, **more: str) -> dict[str, str]:
    return {
        "other_name": "陈安娜",
        "other_born_on-year": "1985",
        "other_born_on-month": "5",
        "other_born_on-day": "5",
        "other_id_kind": "passport",
        "other_id_number": "E00000001",
        "phone": "139 1234 5678",
        "other_ill": "no",
        "other_occupation": "other",
        "product": str(clinic.product_id),
        "why": "recent_illness",
        **more,
    }


@SQLITE
@LANGUAGES
def test_a_nurse_puts_it_off_on_the_page_and_ends_it_there(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """From the day's list; faults beside their fields; whoever waits is listed by name."""
    client.sign_in(Role.PHARMACIST, site=clinic.site_id)
    assert client.get("/clinic/put-off").status_code == 403
    client.sign_in(Role.NURSE, site=clinic.site_id)
    client.get("/clinic", language=language)
    link = {"en": "Put a vaccination off for somebody", "zh": "为到场居民登记暂缓接种"}
    assert link[language] in client.page.text

    for wrong in ({"why": ""}, {"other_name": ""}, {"product": ""}, {"other_id_number": "-"}):
        fields = typed(clinic, **wrong)
        assert client.submit("/clinic/put-off", language=language, **fields).status_code == 422
    done = client.submit("/clinic/put-off", language=language, **typed(clinic))
    client.get(done.headers["Location"], language=language)
    assert "陈安娜" in client.page.text
    (until,) = waits(sessions, clinic)
    assert until > NOW.date()

    with sessions() as session:
        made = session.scalars(select(Deferral.id)).one()
    address = f"/clinic/put-off/{made}"
    assert client.submit(address, language=language, because="").status_code == 422
    done = client.submit(address, language=language, because="Well again")
    client.get(done.headers["Location"], language=language)
    assert {"en": "The waiting has ended", "zh": "暂缓已结束"}[language] in client.page.text
    assert waits(sessions, clinic) == []
    client.get(address, language=language)
    assert {"en": "not put off any more", "zh": "已不再暂缓"}[language] in client.page.text


@SQLITE
@LANGUAGES
def test_whoever_the_desk_finds_can_be_put_off(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """A cancelled appointment is none: the result leads to the form for the person."""
    with sessions() as session, transaction(session):
        booked = a_booked_resident(session, slot_id=clinic.slot_ids[0], details=ANA)
        session.get_one(Appointment, booked).state = AppointmentState.CANCELLED.value
    client.sign_in(Role.NURSE, site=clinic.site_id)
    client.submit("/desk", language=language, id_number=ANA.id_number or "")

    links = [one.attributes.get("href") for one in client.page.all("a")]
    assert f"/clinic/appointments/{booked}/put-off" in links
    assert "/clinic/put-off" in links
