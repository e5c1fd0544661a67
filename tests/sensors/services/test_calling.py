"""An alert climbs the chain of its site until somebody answers, and one cause is one message."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import alerting, answering, calling, contents
from sensors.services.alerting import Cause
from sensors.store.duty import DutyCover
from sensors.store.episodes import AlertAct, AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor, StorageUnit
from sensors.store.readings import SensorState
from sensors.store.transaction import transaction
from tests.build import people, places
from tests.build.messages import NOON, a_reading, take_in

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Clinic:
    """Three fridges with a probe each; Li is on call, Wang second, Zhao the manager."""

    site_id: int
    units: tuple[int, ...]
    sensors: tuple[int, ...]
    li: int
    wang: int
    zhao: int


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Store the clinic with the default chain for both severities."""
    site = places.a_site(session)
    li, wang = (people.a_contact(session, name, sites=[site]) for name in ("li", "wang"))
    zhao = people.a_contact(session, "zhao", sites=[site], role="manager")
    people.always_on_call(session, site, li)
    people.always_on_call(session, site, wang, place=2)
    for severity in ("critical", "warning"):
        people.a_chain(session, site, severity=severity)
    # A rule set that watches no supply: the alerts here are those that a test opens itself.
    units = [
        places.a_fridge(session, site=site, code=f"F{number}", rule_set="fridge-tag-2l")
        for number in range(3)
    ]
    sensors = [
        places.a_probe(session, unit=unit, device=f"probe-{number}")
        for number, unit in enumerate(units)
    ]
    made = Clinic(site.id, tuple(u.id for u in units), tuple(s.id for s in sensors), li, wang, zhao)
    session.commit()
    return made


def open_one(
    sessions: sessionmaker[Session],
    clinic: Clinic,
    number: int,
    *,
    kind: str = "silence",
    minute: float = 0,
) -> int:
    now = NOON + minute * MINUTE
    cause = Cause(
        f"{kind}:{clinic.sensors[number]}:{now.isoformat()}",
        alerting.AlertKind(kind),
        alerting.Severity.WARNING if kind == "silence" else alerting.Severity.CRITICAL,
        clinic.units[number],
        clinic.sensors[number],
    )
    with sessions() as session, transaction(session):
        opened = alerting.open_alert(session, cause, now=now, happened_at=now)
    assert opened is not None
    return opened


def run_until(sessions: sessionmaker[Session], minute: int, *, since: int = 0) -> None:
    """Let the watch run every 15 seconds."""
    for quarter in range(since * 4, minute * 4 + 1):
        now = NOON + quarter * MINUTE / 4
        with sessions() as session, transaction(session):
            answering.return_due(session, now=now)
            calling.repeat_due(session, now=now)


def told(sessions: sessionmaker[Session]) -> list[tuple[float, str, str]]:
    """Return (minute, address, kind) of every message in the outbox."""
    with sessions() as session:
        rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [
            ((row.created_at - NOON).total_seconds() / 60, row.address, row.kind[6:])
            for row in rows
        ]


def test_unanswered_alert_climbs_the_chain_and_shouts_at_its_end(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """On call, second, manager; then the manager again and the alert says that nobody answered."""
    alert_id = open_one(sessions, clinic, 0, kind="excursion")
    run_until(sessions, 80)

    assert told(sessions) == [
        (0, "li@sms", "first"),
        (15, "wang@sms", "escalation"),
        (30, "zhao@sms", "escalation"),
        (45, "zhao@sms", "unanswered"),
        (75, "zhao@sms", "unanswered"),
    ]
    with sessions() as session:
        assert session.get_one(AlertRow, alert_id).unanswered_at == NOON + 45 * MINUTE


def test_whoever_stands_in_is_called_and_a_post_that_is_empty_calls_everybody(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """A hand-over takes effect at once; an alarm never ends at an empty post."""
    with sessions() as session, transaction(session):
        session.add(
            DutyCover(
                site_id=clinic.site_id,
                contact_id=clinic.zhao,
                place=1,
                starts_at=NOON - MINUTE,
                ends_at=NOON + 60 * MINUTE,
                made_at=NOON - MINUTE,
                made_by="li",
                note="ill",
            )
        )
        session.execute(update(people.DutyShift).values(lasts_minutes=1))
    open_one(sessions, clinic, 0, kind="excursion")
    run_until(sessions, 16)

    assert [address for _, address, _ in told(sessions)] == [
        "zhao@sms",
        "li@sms",
        "wang@sms",
        "zhao@sms",
    ]


def test_answer_lapses_while_the_condition_stands_and_the_chain_begins_anew(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """Two hours after Li said that she has it, whoever is on call is called again and told why."""
    alert_id = open_one(sessions, clinic, 0, kind="excursion")
    with sessions() as session, transaction(session):
        answering.acknowledge(
            session, alert_id=alert_id, actor_id="li", note="on my way", now=NOON + 5 * MINUTE
        )
    run_until(sessions, 126)

    assert told(sessions) == [(0, "li@sms", "first"), (125, "li@sms", "returned")]
    with sessions() as session:
        row = session.get_one(AlertRow, alert_id)
        acts = session.execute(select(AlertAct.act, AlertAct.by).order_by(AlertAct.id)).all()
        assert (row.state, row.first_answered_at) == ("open", NOON + 5 * MINUTE)
        assert [tuple(act) for act in acts] == [
            ("alert:acknowledge", "li"),
            ("alert:return", "system:watch"),
        ]


def test_answer_does_not_lapse_once_the_condition_is_over(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """What waits for a decision about lots calls nobody at night."""
    take_in(
        sessions,
        [a_reading(minute=minute, celsius=9.2, device="probe-0") for minute in (0, 30, 60)],
    )
    with sessions() as session, transaction(session):
        answering.acknowledge(
            session, alert_id=1, actor_id="li", note="door", now=NOON + 61 * MINUTE
        )
    back = [a_reading(minute=minute, celsius=5, device="probe-0") for minute in (70, 80, 90)]
    take_in(sessions, back)
    run_until(sessions, 230, since=91)

    assert [kind for _, _, kind in told(sessions)] == ["first", "recovery"]


@pytest.mark.parametrize(("act", "hours"), [("snooze", 24), ("shelve", 7 * 24)])
def test_quiet_has_an_end_and_the_alert_returns_at_it(
    sessions: sessionmaker[Session], clinic: Clinic, act: str, hours: int
) -> None:
    """A snooze of a day, a shelving of a week; a minute more is refused, and so is the past."""
    alert_id = open_one(sessions, clinic, 0, kind="excursion")
    choose = getattr(answering, act)
    longest = NOON + hours * 60 * MINUTE
    for wrong in (longest + MINUTE, NOON, NOON - MINUTE):
        with (
            pytest.raises(answering.TooLong),
            sessions() as session,
            transaction(session),
        ):
            choose(session, alert_id=alert_id, actor_id="li", note="n", until=wrong, now=NOON)
    with sessions() as session, transaction(session):
        choose(session, alert_id=alert_id, actor_id="li", note="n", until=longest, now=NOON)
    run_until(sessions, hours * 60 - 1, since=hours * 60 - 3)
    before = told(sessions)
    run_until(sessions, hours * 60, since=hours * 60)

    assert [kind for _, _, kind in before] == ["first"]
    assert [kind for _, _, kind in told(sessions)] == ["first", "returned"]


def test_acknowledged_alert_is_handed_over_and_an_open_one_cannot_be(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """The owner changes; who answered first, and when, stays."""
    alert_id = open_one(sessions, clinic, 0, kind="excursion")

    def hand_over() -> None:
        with sessions() as session, transaction(session):
            answering.hand_over(
                session, alert_id=alert_id, actor_id="li", to="wang", note="end of shift", now=NOON
            )

    with pytest.raises(answering.AlreadyMoved):
        hand_over()
    with sessions() as session, transaction(session):
        answering.acknowledge(session, alert_id=alert_id, actor_id="li", note="", now=NOON)
    hand_over()

    with sessions() as session:
        row = session.get_one(AlertRow, alert_id)
        assert (row.owner, row.acknowledged_by, row.state) == ("wang", "li", "acknowledged")


def test_three_silences_within_the_wait_are_one_message_and_one_recovery(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """The first call lists all three, and the end is told when the last of them is heard."""
    for number in range(3):
        open_one(sessions, clinic, number, minute=number / 10)
    run_until(sessions, 2)
    for number, minute in enumerate((3, 4, 5)):
        with sessions() as session, transaction(session):
            alerting.clear_silence(session, clinic.sensors[number], now=NOON + minute * MINUTE)

    assert told(sessions) == [(0.5, "li@sms", "first"), (5, "li@sms", "recovery")]
    with sessions() as session:
        body = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id)).first()
    assert body is not None
    assert [f"probe-{number}" in body for number in range(3)] == [True] * 3


def lose_power(sessions: sessionmaker[Session]) -> None:
    """Let every probe say that the mains are off, and fall silent."""
    devices = [f"probe-{number}" for number in range(3)]
    take_in(sessions, [a_reading(minute=0, device=device, power=False) for device in devices])
    with sessions() as session, transaction(session):
        session.execute(update(SensorState).values(silent_since=NOON, silent_at=None))


def test_power_cut_is_named_and_hides_later_silences_but_no_excursion(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """A probe that falls silent an hour into an answered outage calls nobody; a breach does."""
    lose_power(sessions)
    first = open_one(sessions, clinic, 0)
    open_one(sessions, clinic, 1)
    run_until(sessions, 1)
    with sessions() as session, transaction(session):
        row = session.get_one(AlertRow, first)
        answering.acknowledge(session, alert_id=row.id, actor_id="li", note="x", now=NOON + MINUTE)
        answering.acknowledge(
            session, alert_id=row.id + 1, actor_id="li", note="x", now=NOON + MINUTE
        )
    open_one(sessions, clinic, 2, minute=60)
    run_until(sessions, 70, since=60)
    assert [kind for _, _, kind in told(sessions)] == ["first"]
    with sessions() as session:
        subject = session.scalars(select(OutboxMessage.subject)).one()
    assert "power cut, 2 sensors affected" in subject

    open_one(sessions, clinic, 2, kind="excursion", minute=71)
    assert [kind for _, _, kind in told(sessions)] == ["first", "first"]


def answer_all(sessions: sessionmaker[Session], minute: int) -> None:
    """Let Li acknowledge everything that is open."""
    now = NOON + minute * MINUTE
    with sessions() as session, transaction(session):
        for alert_id in session.scalars(select(AlertRow.id).where(AlertRow.state == "open")):
            answering.acknowledge(session, alert_id=alert_id, actor_id="li", note="x", now=now)


def test_real_power_cut_is_one_call_and_then_only_the_fridge_that_warms_calls(
    sessions: sessionmaker[Session], clinic: Clinic, session: Session
) -> None:
    """Three fridges lose the mains within seconds; one leaves its band; each end is told once."""
    session.execute(update(StorageUnit).values(rule_set="cn-clinic"))
    session.commit()

    def hear(minute: int, *, power: bool, warm: float) -> None:
        """Let each probe tell of *minute*, four seconds after the one before it."""
        for number, celsius in enumerate((warm, 5.5, 6)):
            at = NOON + minute * MINUTE + number * timedelta(seconds=4)
            one = a_reading(minute=minute, celsius=celsius, device=f"probe-{number}", power=power)
            take_in(sessions, [one], now=at)

    hear(-5, power=True, warm=5)
    for minute in range(0, 100, 5):
        hear(minute, power=minute >= 70, warm=9.5 if 20 <= minute < 80 else 6)
        run_until(sessions, minute + 4, since=minute + 1)
        if minute in {5, 55}:
            answer_all(sessions, minute + 4)

    assert told(sessions) == [
        (1, "li@sms", "first"),
        (50, "li@sms", "first"),
        (70 + 8 / 60, "li@sms", "recovery"),
        (80, "li@sms", "recovery"),
    ]
    rows = session.execute(select(AlertRow.kind, AlertRow.state).order_by(AlertRow.id)).all()
    assert [tuple(row) for row in rows] == [
        *[("power", "resolved")] * 3,
        ("excursion", "acknowledged"),
    ]
    subjects = session.scalars(select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert "power cut, 3 sensors affected" in subjects[0]
    assert "power is back at 3 units" in subjects[2]


def test_hidden_silence_calls_when_the_site_is_back_and_it_still_says_nothing(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """What the outage hid is told within a minute of its end."""
    lose_power(sessions)
    answered = open_one(sessions, clinic, 0)
    run_until(sessions, 1)
    with sessions() as session, transaction(session):
        answering.acknowledge(
            session, alert_id=answered, actor_id="li", note="x", now=NOON + MINUTE
        )
    open_one(sessions, clinic, 2, minute=10)
    run_until(sessions, 12, since=10)
    take_in(sessions, [a_reading(minute=13, device="probe-1", power=True)])
    run_until(sessions, 15, since=13)

    assert [kind for _, _, kind in told(sessions)] == ["first", "escalation"]


def test_flood_becomes_one_list_and_keeps_room_for_a_breach(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Fourteen dark sites of one person are six messages and a list; the breach comes alone."""
    li = people.a_contact(session, "li")
    sensors: list[Sensor] = []
    for number in range(15):
        site = places.a_site(session, code=f"site{number}")
        people.always_on_call(session, site, li)
        people.a_chain(session, site, severity="warning")
        people.a_chain(session, site)
        unit = places.a_fridge(session, site=site)
        sensors.append(places.a_probe(session, unit=unit, device=f"probe-{number}"))
    units, ids = tuple(s.unit_id or 0 for s in sensors), tuple(s.id for s in sensors)
    all_sites = Clinic(0, units, ids, li, 0, 0)
    session.commit()
    for number in range(14):
        open_one(sessions, all_sites, number)
    run_until(sessions, 1)
    open_one(sessions, all_sites, 14, kind="excursion", minute=2)

    with sessions() as reading:
        rows = reading.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        kinds = [row.kind for row in rows]
        lines = rows[6].body.count("\n- ")
    assert kinds == ["alert:first"] * 6 + ["alert:digest", "alert:first"]
    assert lines == 8


def test_notice_says_what_stands_in_the_unit(
    sessions: sessionmaker[Session], clinic: Clinic
) -> None:
    """Whoever reads it at night knows what is at stake."""
    with sessions() as session, transaction(session):
        contents.put(session, clinic.units[0], ["MMR, lot A7, 120 doses", "HepB, lot B2, 40 doses"])
        contents.put(session, clinic.units[0], ["MMR, lot A7, 80 doses"])
    open_one(sessions, clinic, 0, kind="excursion")

    with sessions() as session:
        body = session.scalars(select(OutboxMessage.body)).one()
    assert "Inside: MMR, lot A7, 80 doses" in body
