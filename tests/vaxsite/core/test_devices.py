"""A device that nobody registered is found, adopted without loss, or ignored with a reason."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.readings import silent_after_s
from sensors.services import ingest, known, taking_in, verify
from sensors.services.ingest import IngestResult
from sensors.services.messages import Message
from sensors.store.engine import session_factory
from sensors.store.episodes import ExcursionRow
from sensors.store.found import FoundDevice
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow, SetAside
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_message, a_reading, take_in
from vaxsite.coldchain.queries import devices as queries
from vaxsite.core import devices
from vaxsite.core.actor import system
from vaxsite.core.audit import AuditEntry

LI = system("li")
LATER = NOON + timedelta(hours=2)
WARM = [a_reading(minute=minute, celsius=9.2, device="stranger") for minute in range(40)]


@pytest.fixture
def sessions(engine: object) -> sessionmaker[Session]:
    return session_factory(engine)  # type: ignore[arg-type]  # The fixture of tests/conftest.py.


@pytest.fixture
def fridge(session: Session) -> int:
    """Store a fridge without a probe; return its id."""
    unit_id = places.a_fridge(session, site=places.a_site(session)).id
    session.commit()
    return unit_id


def act(sessions: sessionmaker[Session], what: Callable[..., object], **values: object) -> None:
    with sessions() as session, transaction(session):
        what(session, actor=LI, now=LATER, **values)


def adopt(sessions: sessionmaker[Session], fridge: int, *, with_past: bool = True) -> None:
    with sessions() as session:
        found_id = devices.get_found(session, "stranger")
    act(
        sessions,
        devices.adopt,
        found_id=found_id,
        unit_id=fridge,
        expected_every_s=60,
        with_past=with_past,
    )


def count(session: Session, row: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_unknown_device_is_listed_with_its_last_payload_and_values(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """However often it sends it is one line, with the newest of what it said."""
    take_in(sessions, WARM[:10])
    take_in(sessions, [a_reading(minute=50, celsius=4.1, device="stranger")])

    [found] = queries.list_found(session)
    shown = queries.get_found(session, found_id=found.found_id)
    assert (found.device, found.kind, found.readings) == ("stranger", "native_json", 11)
    assert (found.first_seen_at, found.last_seen_at) == (NOON, NOON + timedelta(minutes=50))
    assert json.loads(shown.payload)["c"] == 4.1
    assert [one.centi for one in shown.readings] == [410]


def test_adopting_takes_in_what_was_sent_before_and_judges_it(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """Not one reading is lost, and the excursion before the adoption is found."""
    take_in(sessions, WARM)
    adopt(sessions, fridge)

    assert count(session, ReadingRow) == 40
    assert session.scalars(select(ExcursionRow.unit_id)).one() == fridge
    assert queries.list_found(session) == []
    assert session.scalars(select(SetAside).where(SetAside.taken_at.is_(None))).all() == []
    assert session.scalars(select(AuditEntry.action)).all() == ["device:adopt"]
    assert verify.verify(session) == []


def test_past_of_a_device_that_lay_on_a_desk_accuses_no_fridge(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """Adopted from now on, it keeps its readings; they are of no unit."""
    take_in(sessions, WARM)
    adopt(sessions, fridge, with_past=False)

    assert count(session, ReadingRow) == 40
    assert count(session, ExcursionRow) == 0
    assert session.scalars(select(Sensor.unit_id)).one() == fridge


def test_adopted_probe_is_missed_as_soon_as_any_other(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """Two readings that do not come, however the probe was registered."""
    take_in(sessions, WARM)
    adopt(sessions, fridge)

    probe = session.scalars(select(Sensor)).one()
    assert probe.silent_after_s == silent_after_s(probe.expected_every_s)


def test_message_that_came_while_the_adoption_was_committed_is_taken_in_by_the_watch(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """A sensor added by command, or a race: what was set aside meanwhile is not forgotten."""
    take_in(sessions, WARM[:5])
    places.a_probe(session, unit=None, device="stranger")
    session.commit()

    with sessions() as other, transaction(other):
        taken = [taking_in.take_in_known(other, now=LATER) for _ in range(2)]

    assert taken == [5, 0]
    assert count(session, ReadingRow) == 5


def test_what_another_unknown_device_sent_waits_for_it(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """Adopting one device adopts no other."""
    take_in(sessions, [*WARM[:3], a_reading(minute=1, device="other")])
    adopt(sessions, fridge)

    waiting = session.scalars(select(SetAside.reason).where(SetAside.taken_at.is_(None))).all()
    assert waiting == ["unknown sensor other"]


def test_ignored_device_is_counted_and_no_longer_kept(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """The neighbour's fridge stays visible with who ignored it and why; it can be adopted yet."""
    take_in(sessions, WARM[:1])
    with sessions() as other:
        found_id = devices.get_found(other, "stranger")
    act(sessions, devices.ignore, found_id=found_id, reason="The canteen's")
    take_in(sessions, WARM[1:3])

    [found] = queries.list_found(session)
    assert (found.readings, found.ignored_by, found.ignored_because) == (3, "li", "The canteen's")
    assert count(session, SetAside) == 1
    adopt(sessions, fridge)
    take_in(sessions, WARM[3:5])
    assert count(session, ReadingRow) == 3


def test_announced_device_is_offered_before_it_sends_anything(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """A retained configuration of discovery is news for as long as nobody adopted the device."""
    act(sessions, devices.bind, topic_filter="homeassistant/#", decoder="discovery")
    config = {
        "name": "Vaccine fridge",
        "state_topic": "tele/tasmota_1/SENSOR",
        "value_template": "{{ value_json.DS18B20.Temperature }}",
        "unit_of_measurement": "°C",
        "unique_id": "x1",
    }
    topic = "homeassistant/sensor/x1/config"
    announced = Message(topic, json.dumps(config).encode(), NOON, retained=True)
    take_in(sessions, [announced, announced])

    [found] = queries.list_found(session)
    assert (found.announced_name, found.kind) == ("Vaccine fridge", "tasmota")
    assert (found.topic, found.readings) == ("tele/tasmota_1/SENSOR", 0)


def test_payload_that_names_another_device_than_its_topic_is_set_aside_with_that_reason(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """A device may not speak for another, and is not offered as that other one."""
    take_in(sessions, [a_message(b'{"c": 4.5, "device": "probe-2"}')])

    reason = session.scalars(select(SetAside.reason)).one()
    assert reason == "the payload names another device than its topic"
    assert count(session, FoundDevice) == 0


def test_made_up_devices_do_not_fill_the_disk(
    sessions: sessionmaker[Session],
    fridge: int,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first ones stay; later ones are still set aside, up to the bound of their topics."""
    monkeypatch.setattr("sensors.services.strangers.MOST", 3)
    take_in(sessions, [a_reading(minute=n, device=f"made-up-{n}") for n in range(6)])

    names = session.scalars(select(FoundDevice.device).order_by(FoundDevice.id)).all()
    assert names == ["made-up-0", "made-up-1", "made-up-2"]
    assert count(session, SetAside) == 6


def test_ingest_goes_on_where_a_binding_was_added_since(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """The subscriber's next batch reads the new topic, without a restart."""
    with sessions() as other:
        world = known.load(other)
    act(sessions, devices.bind, topic_filter="tele/+/SENSOR", decoder="tasmota")
    payload = b'{"Time":"2026-01-12T12:00:00","DS18B20":{"Temperature":4.5},"TempUnit":"C"}'

    with sessions() as other, transaction(other):
        result: IngestResult = ingest.ingest_batch(
            other, [a_message(payload, topic="tele/fridge/SENSOR")], known=world, now=LATER
        )

    assert result.set_aside == 1
    assert [one.kind for one in queries.list_found(session)] == ["tasmota"]


@pytest.mark.parametrize(
    ("topic_filter", "decoder", "refusal"),
    [
        ("tele/#/SENSOR", "tasmota", devices.InvalidFilter),
        ("tele/a+/SENSOR", "tasmota", devices.InvalidFilter),
        ("", "tasmota", devices.InvalidFilter),
        ("tele/+/SENSOR", "nobody", devices.UnknownDecoder),
        ("vaxsite/+/reading", "tasmota", devices.AlreadyThere),
    ],
)
def test_binding_that_cannot_be_is_refused(
    sessions: sessionmaker[Session], topic_filter: str, decoder: str, refusal: type[Exception]
) -> None:
    """A filter that a broker would refuse, a make that nobody knows, a filter bound already."""
    with pytest.raises(refusal):
        act(sessions, devices.bind, topic_filter=topic_filter, decoder=decoder)


def test_removed_binding_reads_no_more(sessions: sessionmaker[Session], session: Session) -> None:
    """And removing it once more says that there is none."""
    act(sessions, devices.unbind, topic_filter="zigbee2mqtt/+")

    assert "zigbee2mqtt/+" not in [one.topic_filter for one in queries.list_bindings(session)]
    with pytest.raises(devices.NoSuchBinding):
        act(sessions, devices.unbind, topic_filter="zigbee2mqtt/+")


def test_binding_is_tried_on_recent_payloads_without_storing_anything(
    sessions: sessionmaker[Session], fridge: int, session: Session
) -> None:
    """One decoder reads what a stranger sent, another says why it cannot."""
    take_in(sessions, WARM[:2])

    good = queries.try_out(session, topic_filter="vaxsite/#", decoder="native_json")
    bad = queries.try_out(session, topic_filter="vaxsite/#", decoder="who_cce")

    assert [[each.centi for each in one.readings] for one in good] == [[920], [920]]
    assert all(one.refusal for one in bad)
    assert count(session, ReadingRow) == 0
