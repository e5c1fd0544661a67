"""A person answers an alert; until then it calls again; the machine's own silence is told apart."""

from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, literal, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors import watch
from sensors.domain.readings import silent_after_s
from sensors.domain.states import AlreadyMoved
from sensors.services import answering, calling, silence
from sensors.store.episodes import AlertRow, Event
from sensors.store.outbox import Lease, OutboxMessage
from sensors.store.places import NoticeTarget, Sensor, Site, StorageUnit
from sensors.store.readings import SensorState
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_reading, take_in


@pytest.fixture
def alarm(sessions: sessionmaker[Session], probe: int) -> int:
    """Open the alert of a fridge that has been too warm for half an hour; return its id."""
    take_in(sessions, [a_reading(minute=minute, celsius=9.2) for minute in range(0, 31, 10)])
    with sessions() as session:
        return session.scalars(select(AlertRow.id)).one()


def messages(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def test_unanswered_alert_calls_again_every_half_hour(
    sessions: sessionmaker[Session], alarm: int
) -> None:
    """Somebody who did not hear the first call hears the second."""
    for minute in (59, 60, 61, 91):
        with sessions() as session, transaction(session):
            calling.repeat_due(session, now=NOON + timedelta(minutes=minute))

    assert messages(sessions) == ["alert:first"] * 2 + ["alert:repeat"] * 4


def test_acknowledged_alert_calls_nobody_again(sessions: sessionmaker[Session], alarm: int) -> None:
    """Whoever answers has it."""
    with sessions() as session, transaction(session):
        answering.acknowledge(
            session, alert_id=alarm, actor_id="wang-li", note="door shut", now=NOON
        )
    with sessions() as session, transaction(session):
        calling.repeat_due(session, now=NOON + timedelta(hours=5))

    with sessions() as session:
        row = session.get_one(AlertRow, alarm)
        assert (row.state, row.acknowledged_by, row.note) == (
            "acknowledged",
            "wang-li",
            "door shut",
        )
    assert messages(sessions) == ["alert:first"] * 2


def test_second_answer_is_told_that_it_is_late(sessions: sessionmaker[Session], alarm: int) -> None:
    """Two people never both believe that they were first."""
    with sessions() as session, transaction(session):
        answering.acknowledge(session, alert_id=alarm, actor_id="wang-li", note="", now=NOON)
    with pytest.raises(AlreadyMoved), sessions() as session, transaction(session):
        answering.acknowledge(session, alert_id=alarm, actor_id="ann-smith", note="", now=NOON)


def test_resolved_alert_is_closed_for_good(sessions: sessionmaker[Session], alarm: int) -> None:
    """Closing an alert that nobody acknowledged says who answered it."""
    with sessions() as session, transaction(session):
        answering.resolve(session, alert_id=alarm, actor_id="ann-smith", now=NOON)

    with sessions() as session:
        row = session.get_one(AlertRow, alarm)
        assert (row.state, row.acknowledged_by) == ("resolved", "ann-smith")
    with pytest.raises(AlreadyMoved), sessions() as session, transaction(session):
        answering.resolve(session, alert_id=alarm, actor_id="ann-smith", now=NOON)


def listen(sessions: sessionmaker[Session], minute: int) -> None:
    with sessions() as session, transaction(session):
        silence.listen(session, holder="subscriber-1", now=NOON + timedelta(minutes=minute))


def sweep(sessions: sessionmaker[Session], minute: float) -> int:
    with sessions() as session, transaction(session):
        return silence.sweep(session, now=NOON + timedelta(minutes=minute))


def call(sessions: sessionmaker[Session], minute: float) -> int:
    with sessions() as session, transaction(session):
        return calling.repeat_due(session, now=NOON + timedelta(minutes=minute))


def keep_listening(sessions: sessionmaker[Session], until_minute: int) -> None:
    with sessions() as session, transaction(session):
        silence.listen(session, holder="subscriber-1", now=NOON)
    with sessions() as session, transaction(session):
        session.execute(update(Lease).values(expires_at=NOON + timedelta(minutes=until_minute)))


def test_silent_sensor_opens_one_alert_and_closes_it_when_heard(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """Silence is noticed after 15 minutes, told once, and over by itself."""
    take_in(sessions, [a_reading(minute=0)])
    keep_listening(sessions, 60)

    swept = [sweep(sessions, minute) for minute in (14.9, 15, 16)]
    assert [call(sessions, minute) for minute in (15.4, 15.5)] == [0, 1]
    take_in(sessions, [a_reading(minute=20)])

    with sessions() as session:
        alert = session.scalars(select(AlertRow)).one()
        events = session.scalars(select(Event.kind).order_by(Event.id)).all()
        state = session.get_one(SensorState, probe)
        assert swept == [0, 1, 0]
        assert (alert.kind, alert.state) == ("silence", "resolved")
        assert list(events) == ["sensor:silent", "sensor:heard"]
        assert (state.silent_since, state.silent_at) == (None, NOON + timedelta(minutes=35))
    assert messages(sessions) == ["alert:first"] * 2 + ["alert:recovery"] * 2


def test_probe_that_sends_only_faults_is_told_as_a_fault(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """A device that talks but does not measure watches nothing."""
    take_in(sessions, [a_reading(minute=0)])
    take_in(sessions, [a_reading(minute=minute, celsius=None) for minute in range(1, 16)])
    keep_listening(sessions, 60)

    sweep(sessions, 15)

    with sessions() as session:
        assert session.scalars(select(AlertRow.kind)).one() == "fault"


def test_nothing_is_said_about_probes_while_nobody_listens(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """A stopped subscriber is one message about ourselves, and no alert about any fridge."""
    take_in(sessions, [a_reading(minute=0)])
    listen(sessions, 0)

    for minute in (2, 30, 31):
        sweep(sessions, minute)

    with sessions() as session:
        assert session.scalars(select(AlertRow)).all() == []
    assert messages(sessions) == ["system:blind"] * 2


def test_deadlines_start_anew_when_the_subscriber_comes_back(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """What was not heard while we were away says nothing about the probe."""
    take_in(sessions, [a_reading(minute=0)])
    listen(sessions, 0)
    listen(sessions, 60)

    sweep(sessions, 60.1)

    with sessions() as session:
        state = session.get_one(SensorState, probe)
        assert state.silent_at == NOON + timedelta(minutes=75)
        assert session.scalars(select(AlertRow)).all() == []


def test_outage_of_a_site_is_one_message_to_each_person(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """Three silent fridges of one site are three alerts, and one call."""
    with sessions() as session, transaction(session):
        unit = session.scalars(select(StorageUnit)).one()
        for device in ("probe-2", "probe-3"):
            session.add(Sensor(device=device, unit_id=unit.id))
    devices = ("probe-1", "probe-2", "probe-3")
    take_in(sessions, [a_reading(minute=0, device=device) for device in devices])
    keep_listening(sessions, 60)

    sweep(sessions, 20)
    call(sessions, 20.5)

    with sessions() as session:
        told = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        assert len(session.scalars(select(AlertRow)).all()) == 3
        assert [message.subject for message in told] == [
            "【冷链报警】朝阳门诊：全站失联，3 个传感器",
            "Cold-chain alarm: Chaoyang clinic: the whole site is silent, 3 sensors",
        ]


def test_wrong_time_zone_of_a_site_stops_no_alarm(sessions: sessionmaker[Session]) -> None:
    """An unknown zone is written as UTC; the message goes out all the same."""
    with sessions() as session, transaction(session):
        site: Site = places.a_site(session)
        site.timezone = "Mars/Olympus"
        unit = places.a_fridge(session, site=site)
        places.a_probe(session, unit=unit, device="probe-1")
        session.add(
            NoticeTarget(site_id=site.id, channel="console", address="wang-li", language="zh")
        )
    take_in(sessions, [a_reading(minute=minute, celsius=9.2) for minute in (0, 15, 30)])

    with sessions() as session:
        assert "开始时间：1月12日 12:00" in session.scalars(select(OutboxMessage.body)).one()


def test_address_that_cannot_be_decrypted_stops_no_alarm(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """A target written under a lost key is left out; the other person is called."""
    with sessions() as session, transaction(session):
        session.execute(
            update(NoticeTarget.__table__)
            .where(NoticeTarget.language == "zh")
            .values(address=literal(b"\x01" + bytes(40), LargeBinary))
        )
    take_in(sessions, [a_reading(minute=minute, celsius=9.2) for minute in (0, 15, 30)])

    with sessions() as session:
        assert session.scalars(select(OutboxMessage.address)).all() == ["ann-smith"]


@pytest.mark.parametrize("every_s", [10, 60, 300, 1800])
def test_silence_is_noticed_two_intervals_and_ten_seconds_after_the_last_reading(
    every_s: int,
) -> None:
    """By default: the deadline, and the longest wait for the next look."""
    looks_every_s = dict(watch.SCHEDULE)["notice_silence"]
    assert 2 * every_s < silent_after_s(every_s)
    assert silent_after_s(every_s) + looks_every_s <= 2 * every_s + 10
