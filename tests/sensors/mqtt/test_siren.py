"""Sirens through a real broker: on for a critical alert, off with its answer, kept by it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors import settings
from sensors.mqtt.siren import MqttSiren, topic_of
from sensors.services import answering, drills
from sensors.store.engine import session_factory
from sensors.store.episodes import AlertRow
from sensors.store.places import ProbePlacement, Sensor, Site, StorageUnit
from sensors.store.transaction import transaction
from sensors.watch import Watch
from tests import servers
from tests.build import places
from tests.build.messages import NOON

pytestmark = pytest.mark.mosquitto


class Horn:
    """A siren on a wall: what it heard, and whether the broker had kept it."""

    def __init__(self, broker: servers.Broker) -> None:
        self.heard: list[tuple[bytes, bool]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._hear
        at = settings.broker(broker.url)
        self._client.connect(at.host, at.port)
        self._client.subscribe(topic_of("chaoyang"), 1)
        self._client.loop_start()

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.payload, message.retain))

    def expect(self, *said: tuple[bytes, bool]) -> None:
        """Wait until it has heard all of *said*, and nothing else."""
        servers.wait_until(lambda: len(self.heard) >= len(said), f"the siren to hear {said}")
        assert self.heard == [*said]

    def close(self) -> None:
        """Leave the wall."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the sessions of the watch: the machine's work is not audited."""
    return session_factory(engine)


@pytest.fixture
def alert_id(session: Session) -> int:
    """Store a clinic with a fridge, and an alarm in it that nobody has answered."""
    unit = places.a_fridge(session, site=places.a_site(session))
    places.a_probe(session, unit=unit)
    found = drills.start(session, unit_id=unit.id, now=NOON)
    session.commit()
    return found


@pytest.fixture
def siren(broker: servers.Broker) -> Iterator[MqttSiren]:
    """Return the way to the sirens of one watch."""
    made = MqttSiren(settings.broker(broker.url))
    yield made
    made.close()


@pytest.fixture
def horn(broker: servers.Broker) -> Iterator[Horn]:
    """Return the siren of the clinic."""
    made = Horn(broker)
    yield made
    made.close()


def a_watch(sessions: sessionmaker[Session], siren: MqttSiren, *, minute: int = 0) -> Watch:
    return Watch(sessions, {}, lambda: NOON + timedelta(minutes=minute), siren)


def test_siren_sounds_until_somebody_answers_and_is_told_when_it_comes_back(
    sessions: sessionmaker[Session],
    broker: servers.Broker,
    siren: MqttSiren,
    horn: Horn,
    alert_id: int,
) -> None:
    """Said once for each change; the broker keeps it for a siren that had no power."""
    watch = a_watch(sessions, siren)
    for _ in range(2):
        watch.sound_sirens()
    horn.expect((b"on", False))
    late = Horn(broker)
    late.expect((b"on", True))
    late.close()

    with sessions() as session, transaction(session):
        answering.acknowledge(session, alert_id=alert_id, actor_id="li", note="", now=NOON)
    watch.sound_sirens()

    horn.expect((b"on", False), (b"off", False))


def test_siren_is_off_once_the_alert_is_closed(
    sessions: sessionmaker[Session], siren: MqttSiren, horn: Horn, alert_id: int
) -> None:
    """Nobody had answered: closing is an answer, too."""
    watch = a_watch(sessions, siren)
    watch.sound_sirens()
    with sessions() as session, transaction(session):
        answering.resolve(session, alert_id=alert_id, actor_id="li", now=NOON)
    watch.sound_sirens()

    horn.expect((b"on", False), (b"off", False))


def test_siren_of_a_site_that_is_gone_is_turned_off_by_a_watch_that_never_knew_it(
    sessions: sessionmaker[Session], siren: MqttSiren, horn: Horn, alert_id: int
) -> None:
    """What the broker keeps is asked of it: else the siren of a closed clinic sounds for ever."""
    a_watch(sessions, siren).sound_sirens()
    horn.expect((b"on", False))
    servers.wait_until(lambda: siren.kept() == {"chaoyang": True}, "what the broker keeps")
    with sessions() as session, transaction(session):
        session.execute(delete(AlertRow))
        session.execute(update(Sensor).values(unit_id=None))
        for table in (ProbePlacement, StorageUnit, Site):
            session.execute(delete(table))
        assert session.scalars(select(Site)).all() == []

    a_watch(sessions, siren, minute=5).sound_sirens()

    horn.expect((b"on", False), (b"off", False))
