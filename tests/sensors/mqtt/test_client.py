"""What is cut out of the stream in one go is what paho reads packet by packet, however it comes."""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sensors.mqtt.client import BufferedClient
from tests.bench.publisher import packet, text

CONNACK = b"\x20\x03\x00\x00\x00"
PINGRESP = b"\xd0\x00"
Told = tuple[str, bytes, int, bool]
C = TypeVar("C", bound=Client)


def publish(
    topic: str, payload: bytes, mid: int, *, flags: int = 0x2, properties: bytes = b""
) -> bytes:
    number = struct.pack(">H", mid) if flags & 0x6 else b""
    body = text(topic) + number + bytes([len(properties)]) + properties
    return packet(0x30 | flags, body + payload)


def stream(chance: random.Random) -> list[bytes]:
    """Make a hundred packets of every kind that a broker sends while readings come."""
    packets = []
    for mid in range(1, 101):
        topic = chance.choice(["vaxsite/a/reading", "x", "zigbee2mqtt/冰箱/探头"])
        payload = chance.randbytes(chance.choice([0, 1, 103, 127, 128, 300, 16_384, 70_000]))
        flags = chance.choice([0x2, 0x2, 0x2, 0x3, 0xA, 0xB, 0x0, 0x1])
        # A payload format indicator (MQTT 5, section 3.3.2.3.2), which no sensor sends.
        properties = b"\x01\x01" if chance.random() < 0.1 else b""
        packets.append(publish(topic, payload, mid, flags=flags, properties=properties))
        if chance.random() < 0.1:
            packets.append(PINGRESP)
    return packets


class Broker:
    """Answers one connection, then sends *pieces*, and keeps what it hears."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.heard = bytearray()
        self._thread = threading.Thread(target=self._serve, args=(pieces,), daemon=True)

    def _serve(self, pieces: list[bytes]) -> None:
        link, _ = self.listener.accept()
        with link, suppress(OSError):
            link.recv(4096)
            link.sendall(CONNACK)
            for piece in pieces:
                link.sendall(piece)
            link.settimeout(5)
            while chunk := link.recv(65_536):
                self.heard += chunk

    def __enter__(self) -> "Broker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self.listener.close()


@contextmanager
def connected(client: Client, port: int, timeout_s: float) -> Iterator[None]:
    """Connect *client*, for reading in this thread; leave at the end."""
    client.connect("127.0.0.1", port)
    link = client.socket()
    assert link is not None
    link.settimeout(timeout_s)
    yield
    client.disconnect()
    client.loop_write()


def cut(whole: bytes, chance: random.Random) -> list[bytes]:
    places = sorted(chance.sample(range(1, len(whole)), 30))
    return [whole[a:b] for a, b in zip([0, *places], [*places, None], strict=True)]


def taking(told: list[Told]) -> Callable[[Client, object, MQTTMessage], None]:
    def take(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        told.append((message.topic, bytes(message.payload), message.mid, message.retain))

    return take


def made(kind: type[C]) -> C:
    return kind(
        CallbackAPIVersion.VERSION2,
        client_id="c",
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )


def by_paho(pieces: list[bytes], wanted: int) -> list[Told]:
    """Return what paho as shipped reads."""
    told: list[Told] = []
    client = made(Client)
    client.on_message = taking(told)
    with Broker(pieces) as broker, connected(client, broker.port, 5):
        while len(told) < wanted and client.socket() is not None:
            client.loop_read()
    return told


def buffered(told: list[Told]) -> BufferedClient:
    """Return our client, telling into *told*."""
    client = made(BufferedClient)
    client.on_message = taking(told)
    client.on_plain = lambda topic, payload, mid, retain: told.append(
        (topic.decode(), payload, mid, retain)
    )
    return client


@pytest.mark.parametrize("seed", range(12))
def test_every_cut_gives_the_messages_that_paho_reads(seed: int) -> None:
    """Same topics, payloads, numbers and flags, in the same order, from the same bytes."""
    chance = random.Random(seed)
    packets = stream(chance)
    wanted = sum(1 for each in packets if each[0] >> 4 == 3)
    pieces = cut(b"".join(packets), chance)

    told: list[Told] = []
    client = buffered(told)
    with Broker(pieces) as broker, connected(client, broker.port, 5):
        while len(told) < wanted and client.socket() is not None:
            client.loop_read()
        client.ack_all([1, 258, 65_535])

    assert len(told) == wanted
    assert told == by_paho(pieces, wanted)
    assert b"\x40\x02\x00\x01\x40\x02\x01\x02\x40\x02\xff\xff" in bytes(broker.heard)


@pytest.mark.parametrize(
    "tail",
    [
        b"\x32",  # Nothing follows.
        b"\x32\xff\xff\xff\xff\x01",  # A length that does not end.
        b"\x32\x06\x00\x09ab\x00\x01",  # A topic longer than its packet.
        b"\x32\x03\x00\x00\x00",  # Shorter than any message.
        b"\x32\x08\x00\x01a\x00\x01\x7fbc",  # Properties longer than the packet.
    ],
)
def test_broken_packet_makes_no_message(tail: bytes) -> None:
    """What comes before it is handed over; what is broken is paho's to refuse."""
    told: list[Told] = []
    client = buffered(told)
    with (
        Broker([PINGRESP + publish("a", b"1", 1) + tail]) as broker,
        connected(client, broker.port, 0.3),
    ):
        for _ in range(5):
            if client.socket() is not None:
                client.loop_read()

    assert told == [("a", b"1", 1, False)]
