"""A named pharmacist signs a month as it was seen; what changes later is told, and verified."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import logbook as build
from tests.build import places, stock
from tests.build.logbook import JANUARY, OVER, LoggedUnit, local
from vaxsite.coldchain.models import LateNote, UnitCheck
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.logbook import content, services, signed_text
from vaxsite.logbook.content import Kind, Part
from vaxsite.logbook.models import MonthSignature
from vaxsite.logbook.queries import signatures
from vaxsite.logbook.queries.signatures import SignedMonth
from vaxsite.logbook.rules import MonthReason


@pytest.fixture
def logged(session: Session) -> LoggedUnit:
    """Return a fridge with a month behind it."""
    return build.a_month(session)


def pharmacist_of(logged: LoggedUnit) -> Actor:
    return stock.staff_of(logged.site.id, Role.PHARMACIST, name="wang-fang")


def seen(session: Session, logged: LoggedUnit) -> SignedMonth:
    return signatures.signed_month(session, unit_id=logged.unit.id, month=JANUARY, now=OVER)


def sign(session: Session, logged: LoggedUnit, actor: Actor | None = None) -> int:
    return services.sign(
        session,
        unit_id=logged.unit.id,
        month=JANUARY,
        seen=seen(session, logged).digest,
        actor=actor or pharmacist_of(logged),
        now=OVER,
    )


def correct_a_check(session: Session, logged: LoggedUnit) -> None:
    session.execute(
        update(UnitCheck)
        .where(
            UnitCheck.unit_id == logged.unit.id,
            UnitCheck.day == date(2026, 1, 3),
            UnitCheck.part == "morning",
        )
        .values(shown_centi=520)
    )


def test_a_whole_month_is_read_back_from_what_was_signed(
    session: Session, logged: LoggedUnit
) -> None:
    """Checks, excursion, gap, work, certificate, notes: equal, and in the same order."""
    log = seen(session, logged).log

    assert signed_text.log_of(content.canonical(log)) == log


def test_signature_keeps_the_content_its_digest_and_the_name(
    session: Session, logged: LoggedUnit
) -> None:
    """And leaves an audit row with the digest."""
    number = sign(session, logged)

    row = session.scalars(select(MonthSignature)).one()
    assert (number, row.signed_by, row.signed_at) == (1, "wang-fang", OVER)
    assert row.digest == content.digest(row.content)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "month:sign")).one()
    assert entry.detail == {"month": "2026-01", "number": 1, "digest": row.digest.hex()}
    assert entry.subject == f"unit:{logged.unit.id}"


def test_signed_month_that_stays_is_not_changed(session: Session, logged: LoggedUnit) -> None:
    """Nothing differs, and nothing is found by verify."""
    sign(session, logged)

    found = seen(session, logged)

    assert (found.changed, found.differences) == (False, ())
    assert list(signatures.faults(session, now=OVER + timedelta(days=400))) == []


def test_corrected_check_shows_the_month_changed_with_what_differs(
    session: Session, logged: LoggedUnit
) -> None:
    """The field, before and now."""
    sign(session, logged)
    correct_a_check(session, logged)

    found = seen(session, logged)

    assert found.changed
    (one,) = found.differences
    assert (one.part, one.key, one.kind) == (Part.CHECKS, "2026-01-03 morning", Kind.CHANGED)
    assert (one.before, one.after) == ({"shown_centi": 480}, {"shown_centi": 520})


def test_late_readings_show_the_month_changed(session: Session, logged: LoggedUnit) -> None:
    """A file fills the hole of the ninth, and had it freezing."""
    sign(session, logged)
    places.readings(
        session, sensor=logged.probe, first_at=local(9, 6, 15), centis=[-80] * 15, every_s=900
    )

    found = seen(session, logged)

    assert [(one.part, one.kind) for one in found.differences] == [
        (Part.TEMPERATURES, Kind.CHANGED),
        (Part.GAPS, Kind.GONE),
    ]
    assert found.differences[0].after["low_centi"] == -100


def test_changed_month_is_signed_anew_and_the_old_signature_stays(
    session: Session, logged: LoggedUnit
) -> None:
    """The newest counts; the first still says what was signed then."""
    sign(session, logged)
    correct_a_check(session, logged)

    number = sign(session, logged)

    found = seen(session, logged)
    assert (number, found.changed, found.differences) == (2, False, ())
    assert [one.number for one in found.signatures] == [1, 2]
    assert '"shown_centi":520' not in found.signatures[0].content


def test_month_is_not_signed_twice_the_same(session: Session, logged: LoggedUnit) -> None:
    """A second click, or a colleague, changes nothing."""
    sign(session, logged)

    with pytest.raises(RefusedAct) as refused:
        sign(session, logged)

    assert refused.value.decision.reason is MonthReason.SIGNED_ALREADY


def test_what_changed_while_somebody_read_is_not_signed(
    session: Session, logged: LoggedUnit
) -> None:
    """A person signs what they saw, nothing else."""
    before = seen(session, logged).digest
    correct_a_check(session, logged)

    with pytest.raises(RefusedAct) as refused:
        services.sign(
            session,
            unit_id=logged.unit.id,
            month=JANUARY,
            seen=before,
            actor=pharmacist_of(logged),
            now=OVER,
        )

    assert refused.value.decision.reason is MonthReason.CHANGED_MEANWHILE


@pytest.mark.parametrize("role", [Role.NURSE, Role.MANAGER])
def test_only_a_pharmacist_signs(session: Session, logged: LoggedUnit, role: Role) -> None:
    """For everybody else there is nothing to sign."""
    with pytest.raises(NotFound):
        sign(session, logged, stock.staff_of(logged.site.id, role))


def test_pharmacist_of_another_site_does_not_sign(session: Session, logged: LoggedUnit) -> None:
    """Their right ends at their site."""
    elsewhere = places.a_site(session, code="haidian")

    with pytest.raises(NotFound):
        sign(session, logged, stock.staff_of(elsewhere.id, Role.PHARMACIST))


def test_two_who_sign_at_once_leave_one_signature(
    sessions: sessionmaker[Session], session: Session, logged: LoggedUnit
) -> None:
    """Of four at the same moment one signs; the others are told that it is signed."""
    digest, actor = seen(session, logged).digest, pharmacist_of(logged)
    unit_id = logged.unit.id
    session.commit()
    together = Barrier(4)

    def one_signs(_place: int) -> MonthReason | None:
        together.wait(30)
        with sessions() as store:
            try:
                with transaction(store) as mine:
                    services.sign(
                        mine, unit_id=unit_id, month=JANUARY, seen=digest, actor=actor, now=OVER
                    )
            except RefusedAct as refused:
                return MonthReason(refused.decision.reason)
        return None

    with ThreadPoolExecutor(4) as people:
        signed = list(people.map(one_signs, range(4)))

    assert signed.count(None) == 1
    assert signed.count(MonthReason.SIGNED_ALREADY) == 3
    assert len(session.scalars(select(MonthSignature)).all()) == 1


def test_verify_lists_a_month_that_changed_and_one_that_was_tampered_with(
    session: Session, logged: LoggedUnit
) -> None:
    """Each by unit and month; a changed one names what differs."""
    sign(session, logged)
    correct_a_check(session, logged)
    session.execute(update(MonthSignature).values(content=MonthSignature.content.op("||")(" ")))
    subject = f"unit:{logged.unit.id} 2026-01"

    assert list(signatures.faults(session, now=OVER)) == [
        f"signature_altered {subject}: signature 1",
        f"month_changed {subject}: signature 1: checks changed 2026-01-03 morning",
    ]


def test_tampering_with_a_note_is_found_whatever_it_says(
    session: Session, logged: LoggedUnit
) -> None:
    """One character of one row."""
    sign(session, logged)
    session.execute(update(LateNote).values(note="全员参加急救培训。"))

    assert [one.part for one in seen(session, logged).differences] == [Part.NOTES]
