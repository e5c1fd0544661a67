"""What our own units read is given out once, over HTTP and MQTT, again until it is taken."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors import settings
from sensors.channels.cce_push import CcePush
from sensors.channels.outbound import Outbound
from sensors.mqtt.publishing import CceMqtt
from sensors.services import delivery
from sensors.store.calibration import CalibrationCertificate
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow
from sensors.store.transaction import transaction
from tests import groups, servers
from tests.build import places
from vaxsite.core import actor
from vaxsite.core.errors import DomainError
from vaxsite.exchange import publishing

NOON = datetime(2026, 1, 12, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOON + 30 * MINUTE
SHELL = actor.system("shell")
SOURCE = "https://clinic.example"


class Receiver(ThreadingHTTPServer):
    """Somebody's system that takes transmissions, after it has been away for a while."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.answers = [503]
        self.taken: list[tuple[str | None, dict[str, Any]]] = []  # Any: JSON.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/cce"


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append((self.headers["Authorization"], body))
        self.send_response(self.server.answers.pop() if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that listens, and answers 503 to the first transmission."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


@pytest.fixture
def probe(session: Session) -> Sensor:
    """Store a fridge whose probe has a certificate of +0.30, and three readings."""
    sensor = places.a_probe(
        session, unit=places.a_fridge(session, site=places.a_site(session, code="chaoyang"))
    )
    session.add(
        CalibrationCertificate(
            sensor_id=sensor.id,
            from_at=NOON - timedelta(days=9),
            offset_centi=30,
            number="C-1",
            laboratory="Metrology",
            calibrated_on=date(2026, 1, 2),
            expires_on=date(2027, 1, 2),
            entered_at=NOON - timedelta(days=9),
            entered_by="shell",
        )
    )
    places.readings(session, sensor=sensor, first_at=NOON + MINUTE, centis=[461, None, 470])
    session.commit()
    return sensor


def add(sessions: sessionmaker[Session], address: str, **more: Any) -> None:  # Any: arguments.
    with sessions() as session, transaction(session):
        site_id = session.scalars(select(places.Site.id)).one()
        publishing.add_target(
            session,
            **{"name": "ministry", "site_id": site_id, "every_s": 900, **more},
            address=address,
            actor=SHELL,
            now=NOON,
        )


def publish(sessions: sessionmaker[Session], now: datetime = LATER) -> int:
    with sessions() as session, transaction(session):
        return publishing.publish_due(session, source=SOURCE, now=now)


def bodies(session: Session) -> list[dict[str, Any]]:  # Any: JSON.
    session.rollback()
    rows = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id)).all()
    return [json.loads(body) for body in rows]


def instants(made: dict[str, Any]) -> list[str]:  # Any: JSON.
    return [one["ABST"] for report in made["data"] for one in report["records"]]


@pytest.mark.shared
def test_transmission_is_sent_again_until_it_is_taken(
    sessions: sessionmaker[Session], probe: Sensor, session: Session, receiver: Receiver
) -> None:
    """Valid by the standard's schema, with the token, the same one at the second try."""
    session.rollback()
    add(sessions, f"{receiver.url}#secret")
    publish(sessions)
    channels = {"cce_http": CcePush(Outbound(frozenset({"127.0.0.1"})))}

    first = delivery.deliver_due(sessions, channels, now=LATER)
    second = delivery.deliver_due(sessions, channels, now=LATER + 5 * MINUTE)

    assert (first.retried, second.sent) == (1, 1)
    (token, made), again = receiver.taken
    assert (token, again) == ("Bearer secret", (token, made))
    schema = groups.BESIDE / "cce-interop" / "cce-interop-0.8.1.json"
    jsonschema.validate(made, json.loads(schema.read_text(encoding="utf-8")))
    assert made["meta"]["transferSrc"] == SOURCE


def test_what_the_certificate_added_is_told(
    sessions: sessionmaker[Session], probe: Sensor, session: Session
) -> None:
    """The temperature is the corrected one; what was added stands beside it."""
    session.rollback()
    add(sessions, "mqtt:vaxsite/export/ministry")
    publish(sessions)

    (made,) = bodies(session)
    warm, broken, _ = made["data"][0]["records"]
    assert (warm["TVC"], warm["calibrationOffset"]) == (4.91, 0.3)
    assert (broken["TVC"], "calibrationOffset" in broken) == (None, False)


@pytest.mark.mosquitto
def test_transmission_travels_over_a_broker(
    sessions: sessionmaker[Session], probe: Sensor, session: Session, broker: servers.Broker
) -> None:
    """QoS 1 through a real broker, on the topic that was given."""
    session.rollback()
    add(sessions, "mqtt:vaxsite/export/ministry")
    publish(sessions)
    heard: list[bytes] = []
    listening, came = threading.Event(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id="ministry")
    client.on_message = lambda _c, _u, message: (heard.append(message.payload), came.set())
    client.on_subscribe = lambda *_: listening.set()
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe("vaxsite/export/#", qos=1)
    assert listening.wait(20)

    sent = delivery.deliver_due(
        sessions, {"cce_mqtt": CceMqtt(settings.broker(broker.url))}, now=LATER
    )

    assert sent.sent == 1
    assert came.wait(20)
    client.disconnect()
    client.loop_stop()
    assert instants(json.loads(heard[0]))[0] == "20260112T040100Z"


@pytest.mark.mosquitto
def test_broker_that_is_away_is_tried_again(
    sessions: sessionmaker[Session], probe: Sensor, session: Session
) -> None:
    """Nothing listens on the port: the message waits."""
    session.rollback()
    add(sessions, "mqtt:vaxsite/export/ministry")
    publish(sessions)
    nobody = settings.broker(f"mqtt://127.0.0.1:{servers.free_port()}")

    assert delivery.deliver_due(sessions, {"cce_mqtt": CceMqtt(nobody)}, now=LATER).retried == 1


def test_late_reading_is_in_the_next_transmission_and_nothing_is_twice(
    sessions: sessionmaker[Session], probe: Sensor, session: Session
) -> None:
    """What counts is when a reading came in; without any there is no transmission."""
    sensor_id = probe.id
    session.rollback()
    add(sessions, "mqtt:vaxsite/export/ministry")
    told = [publish(sessions), publish(sessions), publish(sessions, LATER + 15 * MINUTE)]
    session.add(
        ReadingRow(
            sensor_id=sensor_id,
            measured_at=NOON + 2 * MINUTE,
            received_at=LATER + 20 * MINUTE,
            centi=480,
            clock="device",
            source="stored",
        )
    )
    session.commit()
    told.append(publish(sessions, LATER + 40 * MINUTE))

    assert told == [1, 0, 0, 1]
    first, second = bodies(session)
    assert len(instants(first)) == 3
    assert instants(second) == ["20260112T040200Z"]
    assert first["meta"]["transferId"] != second["meta"]["transferId"]


def test_ended_target_gets_nothing_more(
    sessions: sessionmaker[Session], probe: Sensor, session: Session
) -> None:
    """And to end it twice says that there is none."""
    session.rollback()
    add(sessions, f"{SOURCE}#token")
    with sessions() as other, transaction(other):
        publishing.end_target(other, name="ministry", actor=SHELL, now=NOON)

    assert publish(sessions) == 0
    with sessions() as other:
        assert [one.address for one in publishing.list_targets(other)] == [SOURCE]
    with pytest.raises(publishing.NoSuchTarget), sessions() as other, transaction(other):
        publishing.end_target(other, name="ministry", actor=SHELL, now=NOON)


@pytest.mark.parametrize(
    ("address", "every_s", "refusal"),
    [
        ("ftp://clinic.example/", 900, publishing.WrongAddress),
        ("mqtt:", 900, publishing.WrongAddress),
        ("mqtt:a/#", 900, publishing.WrongAddress),
        ("mqtt:$SYS/a", 900, publishing.WrongAddress),
        ("mqtt:a", 59, publishing.TooOften),
    ],
)
def test_target_that_cannot_be_is_refused(
    sessions: sessionmaker[Session],
    probe: Sensor,
    session: Session,
    address: str,
    every_s: int,
    refusal: type[DomainError],
) -> None:
    """An address that nobody can be reached at, and one asked for more than once a minute."""
    session.rollback()
    with pytest.raises(refusal):
        add(sessions, address, every_s=every_s)
