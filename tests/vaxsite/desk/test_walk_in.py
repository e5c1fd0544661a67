"""Somebody came without an appointment: the rules of every booking, and seats that stay counted."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    URL,
    OpenClinic,
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    details_of,
)
from tests.build.stock import staff_of
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking import counting
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.desk import walking_in
from vaxsite.desk.walking_in import Why
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.slots import queries, services, setting_aside
from vaxsite.slots.rules import Reason as SessionReason
from vaxsite.slots.rules import SeatReason

TODAY = date(2026, 1, 12)
BEGUN = NOW + timedelta(hours=1, minutes=20)  # 10:20: the first slot began at 10.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with a session of today, two times with one seat each and one that may be added."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session)
        session_id = a_published_session(
            session,
            site_id=made.site_id,
            product_id=made.product_id,
            day=TODAY,
            seats=1,
            starts=time(10, 0),
            overbook=1,
        )
        slot_ids = [slot.id for slot in queries.slots_of_session(session, session_id)]
        return OpenClinic(made.site_id, made.product_id, session_id, slot_ids, made.manager)


def comes(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    *,
    index: int,
    actor: Actor | None = None,
    why: Why | None = None,
    slot: int = 0,
    born_on: date = date(1985, 5, 5),
    now: datetime = BEGUN,
) -> UUID:
    with sessions() as session, transaction(session):
        return walking_in.walk_in(
            session,
            slot_id=clinic.slot_ids[slot],
            details=details_of(index=index, born_on=born_on),
            why=why,
            my_booking_url=URL,
            actor=actor or staff_of(clinic.site_id, Role.NURSE),
            now=now,
        )


def seats_of(sessions: sessionmaker[Session], clinic: OpenClinic) -> tuple[int, int, bool]:
    with sessions() as session:
        (one,) = counting.count_seats(session, slot_ids=clinic.slot_ids[:1])
        return one.taken, one.overbooked, one.balanced


def test_a_free_seat_of_a_time_that_has_begun_is_given(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The public is too late for it; the audit says who gave it and that none was added."""
    comes(sessions, clinic, index=1)

    assert seats_of(sessions, clinic) == (1, 0, True)
    with sessions() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "seat:walk-in")).one()
    assert (entry.detail["added"], entry.detail["why"]) == (False, None)


def test_one_is_added_by_a_manager_with_a_reason_up_to_the_limit(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A nurse may not, without a reason nobody may, and beyond the limit nobody either."""
    manager = staff_of(clinic.site_id, Role.MANAGER)
    comes(sessions, clinic, index=1)
    refused = [
        (None, Why.DOCTOR, walking_in.Reason.MAY_NOT_ADD),
        (manager, None, walking_in.Reason.WHY_ADDED),
    ]
    for actor, why, reason in refused:
        with pytest.raises(RefusedAct) as wrong:
            comes(sessions, clinic, index=2, actor=actor, why=why)
        assert wrong.value.decision.reason == reason
    assert seats_of(sessions, clinic) == (1, 0, True)

    comes(sessions, clinic, index=2, actor=manager, why=Why.DOCTOR)
    assert seats_of(sessions, clinic) == (1, 1, True)
    with pytest.raises(RefusedAct) as full:
        comes(sessions, clinic, index=3, actor=manager, why=Why.DOCTOR)
    assert full.value.decision.reason == SeatReason.OVERBOOKED
    assert seats_of(sessions, clinic) == (1, 1, True)


def test_the_rules_of_every_booking_hold(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Too young, a foreign nurse, another day, over: each is refused and nothing is taken."""
    with pytest.raises(RefusedAct) as young:
        comes(sessions, clinic, index=1, born_on=date(2015, 5, 5))
    assert young.value.decision.reason == TurnReason.TOO_YOUNG
    with pytest.raises(NotFound):
        comes(sessions, clinic, index=1, actor=staff_of(clinic.site_id + 1, Role.NURSE))
    with pytest.raises(RefusedAct) as early:
        comes(sessions, clinic, index=1, now=NOW - timedelta(days=1))
    assert early.value.decision.reason == walking_in.Reason.NOT_TODAY
    with pytest.raises(RefusedAct) as over:
        comes(sessions, clinic, index=1, now=NOW + timedelta(hours=3))
    assert over.value.decision.reason == SeatReason.PAST
    assert seats_of(sessions, clinic) == (0, 0, True)


def test_seats_set_aside_stay_their_groups_also_on_the_day(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A manager set the time aside this morning: neither a free seat nor an added one is given."""
    manager = staff_of(clinic.site_id, Role.MANAGER)
    with sessions() as session, transaction(session):
        setting_aside.set_aside(
            session,
            session_id=clinic.session_id,
            slot_ids=clinic.slot_ids[:1],
            group_code="from-60",
            actor=clinic.manager,
            now=NOW,
        )
    with pytest.raises(RefusedAct) as refused:
        comes(sessions, clinic, index=1, actor=manager, why=Why.FROM_FAR)
    assert refused.value.decision.reason == SeatReason.SET_ASIDE
    assert seats_of(sessions, clinic) == (0, 0, True)


def test_the_limit_is_set_for_a_session_and_not_below_what_is_added(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """From 0 to 20; below the seats that are added already it stays as it was."""
    manager = staff_of(clinic.site_id, Role.MANAGER)
    comes(sessions, clinic, index=1)
    comes(sessions, clinic, index=2, actor=manager, why=Why.TOGETHER)

    for limit, reason in ((0, SessionReason.ADDED_ALREADY), (21, SessionReason.ADDED_RANGE)):
        with sessions() as session, pytest.raises(RefusedAct) as refused, transaction(session):
            services.limit_added(
                session, session_id=clinic.session_id, limit=limit, actor=manager, now=NOW
            )
        assert refused.value.decision.reason == reason
    with sessions() as session, transaction(session):
        services.limit_added(session, session_id=clinic.session_id, limit=3, actor=manager, now=NOW)
    with sessions() as session:
        assert {
            slot.overbook_limit for slot in queries.slots_of_session(session, clinic.session_id)
        } == {3}


def typed(clinic: OpenClinic, index: int, **more: str) -> dict[str, str]:
    return {
        "slot": str(clinic.slot_ids[0]),
        "other_name": "陈安娜",
        "other_born_on-year": "1985",
        "other_born_on-month": "5",
        "other_born_on-day": "5",
        "other_id_kind": "passport",
        "other_id_number": f"E{index:08d}",
        "other_ill": "no",
        "other_occupation": "other",
        **more,
    }


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_gives_a_seat_or_says_what_stands_in_the_way(
    client: PageClient,
    clinic: OpenClinic,
    clock: FrozenClock,
    language: str,
    sessions: sessionmaker[Session],
) -> None:
    """From the day's list to the check-in; a fault comes back beside its field; 403 for others."""
    client.sign_in(Role.PHARMACIST, site=clinic.site_id)
    assert client.get("/clinic/walk-in").status_code == 403
    clock.now = BEGUN
    client.sign_in(Role.NURSE, site=clinic.site_id)
    client.get("/clinic", language=language)
    assert {"en": "came without an appointment", "zh": "有人未预约到场"}[
        language
    ] in client.page.text
    assert client.submit("/clinic/walk-in", language=language, slot="1").status_code == 422

    done = client.submit("/clinic/walk-in", language=language, **typed(clinic, 1))
    assert "/clinic/appointments/" in done.headers["Location"]
    client.get(done.headers["Location"], language=language)
    with sessions() as session, transaction(session):
        a_booked_resident(session, slot_id=clinic.slot_ids[1], details=details_of(index=9), now=NOW)
    client.get("/clinic/walk-in", language=language)
    none = {"en": "No time of today has a seat left.", "zh": "今天各时段均无名额。"}
    assert none[language] in client.page.text
    assert leads_to_desk(client)

    client.sign_in(Role.MANAGER, site=clinic.site_id)
    without = client.submit("/clinic/walk-in", language=language, **typed(clinic, 2))
    assert without.status_code == 422
    added = client.submit("/clinic/walk-in", language=language, **typed(clinic, 2, why="doctor"))
    assert added.status_code == 303
    assert seats_of(sessions, clinic) == (1, 1, True)
    clock.now = BEGUN + timedelta(hours=8)
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    client.get("/clinic/walk-in", language=language)
    assert none[language] in client.page.text
    assert not leads_to_desk(client), "no link to a page that a manager may not open"


def leads_to_desk(client: PageClient) -> bool:
    main = client.page.all("main")[0]
    return "/desk" in [one.attributes["href"] for one in client.page.within("a", main)]


@SQLITE
def test_times_to_come_stand_before_those_that_have_begun(
    client: PageClient, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """Who comes at 10:20 is offered 10:30 first; 10:00 stays below, and says that it has begun."""
    clock.now = BEGUN
    client.sign_in(Role.NURSE, site=clinic.site_id)

    client.get("/clinic/walk-in")

    times = [one for one in client.page.all("input") if one.attributes.get("name") == "slot"]
    later, begun = (str(clinic.slot_ids[place]) for place in (1, 0))
    assert [one.attributes["value"] for one in times] == [later, begun]
    assert "checked" in times[0].attributes
    assert client.page.text.count("has begun") == 1
