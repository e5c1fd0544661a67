"""The reader of events: people are told once what an excursion touches."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import EventKind
from sensors.services import alerting
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget
from tests.build import booking, people
from tests.build import clinic as build
from tests.build.clinic import OPENED, Clinic
from tests.build.places import an_alert, an_excursion
from vaxsite.coldchain import services
from vaxsite.core.audit import AuditEntry

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Return a clinic with one lot, whose people are told in Chinese and in English."""
    clinic = build.a_stocked_clinic(session)
    for address, language in (("duty@example.com", "en"), ("zhiban@example.com", "zh")):
        target = NoticeTarget(
            site_id=clinic.site.id, channel="console", address=address, language=language
        )
        session.add(target)
    session.flush()
    return clinic


def an_event(session: Session, clinic: Clinic, kind: EventKind) -> ExcursionRow:
    """Return an excursion of the clinic's fridge since 08:00 and write its event."""
    ended_at = OPENED if kind is EventKind.EXCURSION_ENDED else None
    row = an_excursion(session, sensor=clinic.probe, began_at=OPENED - HOUR, ended_at=ended_at)
    alerting.record_event(session, kind, unit_id=clinic.fridge.id, excursion_id=row.id, now=OPENED)
    session.flush()
    return row


def bodies(session: Session) -> list[str]:
    """Return the texts that were queued about excursions, in the order of the targets."""
    rows = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind.like("excursion:%"))
        .order_by(OutboxMessage.id)
    )
    return [row.body for row in rows]


def test_people_are_told_the_lots_and_the_seats_of_a_confirmed_excursion(
    session: Session, clinic: Clinic
) -> None:
    """One lot is held, two people are booked for its vaccine this week."""
    build.booked(session, clinic, name="陈安娜", index=1)
    build.booked(session, clinic, name="周明", index=2)
    an_event(session, clinic, EventKind.EXCURSION_CONFIRMED)

    services.read_events(session, now=booking.NOW)

    english, chinese = bodies(session)
    assert english == (
        "Excursion since 08:00. Lots held: 1. Appointments in the next 7 days that depend on "
        "them: 2. Do not use these lots, keep them cold, do not throw them away."
    )
    assert chinese == (
        "自08:00起超温。暂停使用的批号：1个；未来7天内依赖这些批号的预约：2个。"
        "请勿使用，继续冷藏保存，不要丢弃。"
    )


def test_event_read_twice_tells_once(session: Session, clinic: Clinic) -> None:
    """A worker that runs twice, or comes back after a crash, repeats nothing."""
    an_event(session, clinic, EventKind.EXCURSION_CONFIRMED)

    first = services.read_events(session, now=OPENED)
    second = services.read_events(session, now=OPENED + MINUTE)

    assert (first, second) == (1, 0)
    assert len(bodies(session)) == 2
    told = select(AuditEntry.detail).where(AuditEntry.action == "excursion:tell")
    assert session.scalars(told).all() == [
        {"event": "excursion:confirmed", "lots": 1, "seats": 0, "messages": 2}
    ]


def test_end_of_an_excursion_asks_for_decisions(session: Session, clinic: Clinic) -> None:
    """The people of the site read how many lots wait for a decision."""
    an_event(session, clinic, EventKind.EXCURSION_ENDED)

    services.read_events(session, now=OPENED)

    assert bodies(session)[0] == (
        "The excursion since 08:00 is over. Lots that wait for a decision: 1. Appointments in "
        "the next 7 days that depend on them: 0. Release or reject each lot on the page of the "
        "excursion."
    )


def test_withdrawn_excursion_is_taken_back(session: Session, clinic: Clinic) -> None:
    """Who was told that lots are held is told that they are not."""
    an_event(session, clinic, EventKind.EXCURSION_WITHDRAWN)

    services.read_events(session, now=OPENED)

    assert "never was" in bodies(session)[0]


def test_excursion_of_an_empty_fridge_is_only_written_down(
    session: Session, clinic: Clinic
) -> None:
    """The alert itself has called already; a second message would say nothing."""
    empty = build.places.a_fridge(session, site=clinic.site, code="F9")
    clinic.probe.unit_id = empty.id
    clinic.fridge = empty
    an_event(session, clinic, EventKind.EXCURSION_CONFIRMED)

    services.read_events(session, now=OPENED)

    assert bodies(session) == []
    told = select(AuditEntry.detail["lots"]).where(AuditEntry.action == "excursion:tell")
    assert session.scalars(told).all() == [0]


@pytest.mark.parametrize(("state", "expected"), [("acknowledged", "resolved"), ("open", "open")])
def test_alert_is_resolved_when_it_is_over_and_answered(
    session: Session, clinic: Clinic, state: str, expected: str
) -> None:
    """An answered alert closes with its excursion; one that nobody answered stays."""
    excursion = an_event(session, clinic, EventKind.EXCURSION_ENDED)
    row = an_alert(
        session,
        sensor=clinic.probe,
        opened_at=OPENED,
        excursion=excursion,
        state=state,
        acknowledged_at=OPENED if state == "acknowledged" else None,
    )
    row.cleared_at = OPENED
    session.flush()

    services.read_events(session, now=OPENED + MINUTE)

    assert session.get_one(AlertRow, row.id, populate_existing=True).state == expected


def test_silence_of_a_probe_needs_no_act(session: Session, clinic: Clinic) -> None:
    """Other facts are read and passed over."""
    alerting.record_event(session, EventKind.SENSOR_SILENT, unit_id=clinic.fridge.id, now=OPENED)
    session.flush()

    assert services.read_events(session, now=OPENED) == 1
    assert bodies(session) == []


def test_only_whom_the_chain_has_called_is_told_and_within_the_limit_of_a_flood(
    session: Session, clinic: Clinic
) -> None:
    """Who is on call hears what is held; the manager, not called yet, sleeps on."""
    li = people.a_contact(session, "li", sites=[clinic.site], channels=["sms"])
    people.a_contact(session, "ma", sites=[clinic.site], role="manager", channels=["sms"])
    people.always_on_call(session, clinic.site, li)
    people.a_chain(session, clinic.site)
    for minutes in range(12):
        began_at = OPENED - HOUR - minutes * MINUTE
        row = an_excursion(session, sensor=clinic.probe, began_at=began_at)
        alert = an_alert(session, sensor=clinic.probe, excursion=row, opened_at=OPENED)
        alert.step = 0
        alerting.record_event(
            session,
            EventKind.EXCURSION_CONFIRMED,
            unit_id=clinic.fridge.id,
            excursion_id=row.id,
            now=OPENED,
        )
        session.flush()
        services.read_events(session, now=OPENED)

    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {row.recipient for row in rows} == {f"contact:{li}"}
    kinds = [row.kind for row in rows]
    assert kinds == ["excursion:confirmed"] * 6 + ["alert:digest"]


@pytest.mark.parametrize(("step", "late"), [(-1, False), (0, True)])
def test_nobody_is_told_what_is_held_before_the_alert_calls_or_of_a_backlog(
    session: Session, clinic: Clinic, step: int, *, late: bool
) -> None:
    """The notice of the alert itself names the lots, when it comes."""
    row = an_event(session, clinic, EventKind.EXCURSION_CONFIRMED)
    alert = an_alert(session, sensor=clinic.probe, excursion=row, opened_at=OPENED)
    alert.step, alert.found_late = step, late
    session.flush()

    services.read_events(session, now=OPENED)

    assert bodies(session) == []
