"""A roster from its upload to its undoing: what it changes for its people, and what it leaves."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, TOMORROW, OpenClinic, an_open_clinic, details_of
from tests.build.invitations import book_invited
from tests.build.rosters import CODE_URL, GROUP, accepted, csv_file, line, uploaded
from tests.build.stock import staff_of
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import appointments
from vaxsite.calls import queries as calls
from vaxsite.calls.models import ResidentCall
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState
from vaxsite.residents.rules import IdKind
from vaxsite.residents.services import PersonDetails
from vaxsite.rosters import queries
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.rules.states import RosterState, Stage, Take
from vaxsite.rosters.services import entering, undoing

Sessions = sessionmaker[Session]
ANA, LI = details_of(index=1), details_of("李静", index=2)


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic that is open for the group of the rosters only."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group=GROUP)


def two_people(**changed: str) -> bytes:
    return csv_file(line(1, email="ana@example.com", **changed), line(2, name="李静"))


def book(sessions: Sessions, clinic: OpenClinic, who: PersonDetails = ANA) -> UUID:
    """Book without an invitation, as somebody who named no work."""
    with sessions() as session, transaction(session):
        return book_invited(session, clinic.slot_ids[0], who, None)


def why_not(sessions: Sessions, clinic: OpenClinic, who: PersonDetails = ANA) -> str:
    with pytest.raises(RefusedAct) as refused:
        book(sessions, clinic, who)
    return refused.value.decision.reason.value


def undo(sessions: Sessions, clinic: OpenClinic, roster_id: UUID) -> None:
    with sessions() as session, transaction(session):
        undoing.undo(session, roster_id=roster_id, actor=clinic.manager, now=NOW)


def stages(sessions: Sessions, clinic: OpenClinic, roster_id: UUID) -> dict[str, Stage]:
    with sessions() as session:
        roster = queries.get_roster(session, roster_id=roster_id, actor=clinic.manager)
        return {one.name: one.stage for one in queries.members(session, roster)}


def rows(sessions: Sessions, table: type) -> Sequence[object]:
    with sessions() as session:
        return session.scalars(select(table)).all()


def test_who_is_on_a_roster_books_without_saying_a_work(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """By document and birth date; not before the roster, and not whoever is not on it."""
    assert why_not(sessions, clinic) == "no_phase"

    accepted(sessions, clinic, two_people())
    booked = book(sessions, clinic)

    with sessions() as session:
        assert session.get_one(Appointment, booked).group_code == GROUP
    assert why_not(sessions, clinic, details_of("王芳", index=3)) == "no_phase"


def test_a_roster_counts_on_its_days_only(sessions: Sessions, clinic: OpenClinic) -> None:
    """The refusal says from when, and after its end what to do."""
    accepted(sessions, clinic, two_people(), valid_from=TOMORROW + timedelta(days=1))

    with pytest.raises(RefusedAct) as refused:
        book(sessions, clinic)
    assert refused.value.decision.reason == "roster_later"
    assert refused.value.decision.detail == {"date": TOMORROW + timedelta(days=1)}


def test_a_roster_that_ended_says_so(sessions: Sessions, clinic: OpenClinic) -> None:
    """The last day is the one before `valid_to`."""
    accepted(sessions, clinic, two_people(), valid_to=TOMORROW)

    with pytest.raises(RefusedAct) as refused:
        book(sessions, clinic)
    assert refused.value.decision.reason == "roster_over"
    assert refused.value.decision.detail == {"date": date(2026, 1, 12)}


def test_a_roster_changes_no_age(sessions: Sessions, clinic: OpenClinic) -> None:
    """Somebody of 70 on the list of a group up to 59 is not in that group."""
    old = details_of(index=7, born_on=date(1955, 5, 5))
    payload = csv_file(line(7, number=old.id_number or "", born="1955-05-05"))
    accepted(sessions, clinic, payload)

    assert why_not(sessions, clinic, old) == "no_phase"


@pytest.mark.parametrize(
    ("chosen", "subjects"),
    [
        ("zh", {"an": "You can book", "li": "请在"}),
        ("en", {"an": "You can book", "li": "You can book"}),
    ],
)
def test_people_are_written_to_in_their_language(
    sessions: Sessions, clinic: OpenClinic, chosen: str, subjects: dict[str, str]
) -> None:
    """That of their row, else the one chosen for the list; kept with each of them."""
    payload = csv_file(
        line(1, email="an@example.com", language="English"), line(2, email="li@example.com")
    )
    accepted(sessions, clinic, payload, language=chosen)

    with sessions() as session:
        sent = session.scalars(select(OutboxMessage)).all()
        told = {one.address.split("@")[0]: one for one in sent}
        for who, text in subjects.items():
            assert told[who].subject.startswith(text)
        kept = session.scalars(select(RosterMember).order_by(RosterMember.number)).all()
        assert [one.language for one in kept] == ["en", chosen]


def test_whoever_is_called_is_called_in_their_language(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The nurse reads what to say in the language of the row."""
    accepted(sessions, clinic, csv_file(line(1, language="en")))

    with sessions() as session:
        [call] = session.scalars(select(ResidentCall)).all()
        assert (call.language, call.subject[:12]) == ("en", "You can book")


def test_a_list_that_waited_over_the_change_is_in_chinese(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Rows that were kept before lists had languages are still read."""
    with sessions() as session, transaction(session):
        roster_id, _ = uploaded(session, clinic, csv_file(line(1)))
        row = session.get_one(Roster, roster_id)
        kept = json.loads(row.content or "")
        row.content = json.dumps({**kept, "rows": [one[:-1] for one in kept["rows"]]})
        session.flush()
        [read] = queries.reading_of(session, roster_id).rows
        assert (read.name, read.language) == ("陈安娜", "zh")


def test_nothing_is_entered_before_it_is_accepted(sessions: Sessions, clinic: OpenClinic) -> None:
    """A preview keeps the rows encrypted, and nobody is in a group by it."""
    with sessions() as session, transaction(session):
        roster_id, new = uploaded(session, clinic, two_people())
    assert new
    assert entering.enter_due(sessions, url=CODE_URL, now=NOW) == 0

    assert why_not(sessions, clinic) == "no_phase"
    with sessions() as session:
        raw = session.connection().exec_driver_sql("SELECT content FROM roster").scalar_one()
        assert "陈安娜".encode() not in bytes(raw)
        assert [one.name for one in queries.reading_of(session, roster_id).rows] == [
            "陈安娜",
            "李静",
        ]


def test_the_same_file_again_is_the_same_roster(sessions: Sessions, clinic: OpenClinic) -> None:
    """Before it is accepted, and afterwards; undone, it can come again."""
    roster_id = accepted(sessions, clinic, two_people())
    with sessions() as session, transaction(session):
        assert uploaded(session, clinic, two_people()) == (roster_id, False)
    assert len(rows(sessions, Invitation)) == 2

    undo(sessions, clinic, roster_id)
    undoing.undo_due(sessions, now=NOW)
    with sessions() as session, transaction(session):
        again, new = uploaded(session, clinic, two_people())

    assert new
    assert again != roster_id


def test_a_person_is_on_one_roster_of_a_group(sessions: Sessions, clinic: OpenClinic) -> None:
    """The second list names the row; with all or nothing nobody of it is entered."""
    accepted(sessions, clinic, csv_file(line(2)))

    with sessions() as session, transaction(session):
        second, _ = uploaded(session, clinic, csv_file(line(1), line(2)))
    with sessions() as session:
        [problem] = queries.reading_of(session, second).problems
    assert (problem.number, problem.reason) == (3, "row_already")
    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        entering.accept(
            session,
            roster_id=second,
            take=Take.ALL,
            book_until=None,
            actor=clinic.manager,
            now=NOW,
        )
    assert refused.value.decision.reason == "roster_not_all_good"
    assert refused.value.decision.detail == {"faulty": 1}


def test_two_lists_at_once_enter_a_person_once(sessions: Sessions, clinic: OpenClinic) -> None:
    """Both were previewed before either was accepted: the later one skips, and says how many."""
    with sessions() as session, transaction(session):
        first, _ = uploaded(session, clinic, csv_file(line(1), line(2)))
        second, _ = uploaded(session, clinic, csv_file(line(2), line(3)))
        for one in (first, second):
            session.get_one(Roster, one).state = RosterState.ENTERING.value
            session.flush()

    entering.enter_due(sessions, url=CODE_URL, now=NOW)

    with sessions() as session:
        found = [
            queries.get_roster(session, roster_id=one, actor=clinic.manager)
            for one in (first, second)
        ]
        assert sorted((one.done, one.skipped) for one in found) == [(2, 0), (2, 1)]
        assert session.scalar(select(func.count()).select_from(Membership)) == 3


def test_everybody_is_invited_once_by_the_way_there_is(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """By e-mail where there is one, else by a call that reads out the code; a restart adds none."""
    accepted(sessions, clinic, two_people())
    entering.enter_due(sessions, url=CODE_URL, now=NOW + timedelta(hours=1))

    with sessions() as session:
        [mail] = session.scalars(select(OutboxMessage)).all()
        assert (mail.address, mail.kind) == ("ana@example.com", "invitation")
        [call] = calls.pending(session, site_id=clinic.site_id)
        assert call.phone == "+8613912345679"
        assert "邀请码" in call.body
        assert {one.kind for one in session.scalars(select(Invitation))} == {"roster"}


def test_progress_tells_how_far_everybody_is(sessions: Sessions, clinic: OpenClinic) -> None:
    """Invited, not reached, booked, vaccinated: each from what happened, none set by hand."""
    roster_id = accepted(sessions, clinic, two_people())
    assert stages(sessions, clinic, roster_id) == {
        "陈安娜": Stage.INVITED,
        "李静": Stage.NOT_REACHED,
    }

    booked = book(sessions, clinic)
    assert stages(sessions, clinic, roster_id)["陈安娜"] is Stage.BOOKED
    with sessions() as session, session.begin():
        session.get_one(Appointment, booked).state = AppointmentState.COMPLETED.value
        session.add(_note())
    assert stages(sessions, clinic, roster_id)["陈安娜"] is Stage.VACCINATED


def _note() -> AuditEntry:
    return AuditEntry(
        at=NOW, actor_kind="system", actor_id="test", action="test:set", subject="x:1", detail={}
    )


def test_undoing_takes_back_what_was_not_used(sessions: Sessions, clinic: OpenClinic) -> None:
    """Nobody is in the group any more, unused invitations are revoked, who booked is shown."""
    roster_id = accepted(sessions, clinic, two_people())
    booked = book(sessions, clinic)

    undo(sessions, clinic, roster_id)
    assert rows(sessions, Membership) == []
    undoing.undo_due(sessions, now=NOW)

    with sessions() as session:
        roster = queries.get_roster(session, roster_id=roster_id, actor=clinic.manager)
        assert roster.state is RosterState.UNDONE
        [left] = queries.members(session, roster)
        assert (left.name, left.stage, left.appointment_id) == ("陈安娜", Stage.BOOKED, booked)
        assert session.get_one(Appointment, booked).state == AppointmentState.BOOKED
        states = session.scalars(select(Invitation.state)).all()
        assert set(states) == {InvitationState.REVOKED}
        # Nobody is rung up about a code that opens nothing.
        assert calls.pending(session, site_id=clinic.site_id) == []
        assert session.scalars(select(OutboxMessage.state)).all() == ["withdrawn"]


def test_undoing_twice_is_undone_once(sessions: Sessions, clinic: OpenClinic) -> None:
    """The second is late, and the worker finds nothing more to do."""
    roster_id = accepted(sessions, clinic, two_people())
    undo(sessions, clinic, roster_id)
    with pytest.raises(AlreadyMoved):
        undo(sessions, clinic, roster_id)

    assert undoing.undo_due(sessions, now=NOW) == 2
    assert undoing.undo_due(sessions, now=NOW) == 0
    assert rows(sessions, RosterMember) == []


def test_a_list_that_nobody_accepts_is_forgotten(sessions: Sessions, clinic: OpenClinic) -> None:
    """After a week its rows are gone; a day earlier they are there."""
    with sessions() as session, transaction(session):
        roster_id, _ = uploaded(session, clinic, two_people())

    assert undoing.forget_due(sessions, now=NOW + timedelta(days=6)) == 0
    assert undoing.forget_due(sessions, now=NOW + timedelta(days=7)) == 1

    with sessions() as session:
        row = session.get_one(Roster, roster_id)
        assert (row.state, row.content) == ("discarded", None)


def test_rosters_of_another_clinic_are_not_there(sessions: Sessions, clinic: OpenClinic) -> None:
    """Neither to look at nor to undo, nor is a nurse's own."""
    roster_id = accepted(sessions, clinic, two_people())
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
    for actor in (other.manager, staff_of(clinic.site_id, Role.NURSE)):
        with pytest.raises(NotFound), sessions() as session, transaction(session):
            undoing.undo(session, roster_id=roster_id, actor=actor, now=NOW)


def test_a_change_of_the_time_keeps_the_group(sessions: Sessions, clinic: OpenClinic) -> None:
    """Who booked by a roster changes to another time by it."""
    accepted(sessions, clinic, two_people())
    booked = book(sessions, clinic)

    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=booked,
            sequence=0,
            slot_id=clinic.slot_ids[1],
            my_booking_url="https://vaccination.example/my-booking",
            actor=RESIDENT,
            now=NOW,
        )
    with sessions() as session:
        assert session.get_one(Appointment, booked).group_code == GROUP


def test_the_audit_names_nobody(sessions: Sessions, clinic: OpenClinic) -> None:
    """Counts and codes; no name, number, phone, address or birth date."""
    roster_id = accepted(sessions, clinic, two_people())
    undo(sessions, clinic, roster_id)
    undoing.undo_due(sessions, now=NOW)

    with sessions() as session:
        kept = json.dumps(
            [[one.action, one.subject, one.detail] for one in session.scalars(select(AuditEntry))],
            ensure_ascii=False,
        )
        acts = set(session.scalars(select(AuditEntry.action)))
        assert session.scalar(select(func.count()).select_from(ResidentCall)) == 1
    assert {"roster:upload", "roster:accept", "roster:enter", "roster:undo"} <= acts
    for personal in ("陈安娜", "李静", "19850505", "1985-05-05", "ana@example.com", "13912345"):
        assert personal not in kept


def test_who_was_entered_is_found_by_document_and_birth_date(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The same document with another birth date is somebody else."""
    accepted(sessions, clinic, csv_file(line(1, number="E1234567")))
    with sessions() as session:
        index = queries.index_of(_row("E1234567"))
        [(born_on, entry)] = eligibility.rosters(session, [index])[index]

    assert (born_on, entry.group_code) == (date(1985, 5, 5), GROUP)


def _row(number: str) -> queries.Row:
    return queries.Row(2, "x", date(1985, 5, 5), IdKind.PASSPORT, number, None, None, GROUP)
