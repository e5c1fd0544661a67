"""`./run bench payloads --readings N`: N damaged payloads over all kinds, and what came of them.

Every example of every decoder is damaged by a seeded generator, in the ways in which payloads are
damaged in the air, by firmware and on purpose. What comes out must be readings that can be stored,
or `UndecodablePayload` with a reason.
"""

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from sensors.payloads.registry import KINDS, UndecodablePayload, decode
from tests.sensors.payloads import examples
from tests.sensors.payloads.test_any_bytes import changed, check, places

SEED = 20_260_112
SHOWN = 10  # Failures that are told in full.

# What a value in a message may turn into.
VALUES: list[Any] = [  # Any: JSON.
    *(None, True, False, 0, -1, 85, 85.0, -127, 327.67, 6553.5, 65535, 0x7FFF, 0x8000, 1e308),
    *(float("nan"), float("inf"), -float("inf"), 10**400, -(10**400), 2**63, 2**64, -(2**63)),
    *("", "4.61", "nan", "4,6", "\0", "\ud800", "x" * 300, "9999-12-31T23:59:59-23:59", "A" * 8),
    *("0001-01-01T00:00:00+23:59", "2026-13-01", "up", [], [[]], [None], {}, {"": {}}, {"a": [1]}),
]
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "utf-8-sig")
Damage = Callable[[random.Random, bytes], bytes]


def bits(dice: random.Random, payload: bytes) -> bytes:
    """Turn one to eight bits over."""
    damaged = bytearray(payload)
    for _ in range(dice.randint(1, 8) if damaged else 0):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def cut(dice: random.Random, payload: bytes) -> bytes:
    """Keep a beginning, an end, or all but a part in the middle."""
    first, second = sorted(dice.randint(0, len(payload)) for _ in range(2))
    without = payload[:first] + payload[second:]
    return dice.choice((payload[:first], payload[second:], payload[first:second], without))


def doubled(dice: random.Random, payload: bytes) -> bytes:
    """Repeat a part of it, once or many times."""
    first, second = sorted(dice.randint(0, len(payload)) for _ in range(2))
    return payload[:second] + payload[first:second] * dice.choice((1, 2, 50)) + payload[second:]


def noise(dice: random.Random, payload: bytes) -> bytes:
    """Put random bytes in the place of a part."""
    first = dice.randint(0, len(payload))
    return payload[:first] + dice.randbytes(dice.randint(0, 24)) + payload[first + 8 :]


def encoded(dice: random.Random, payload: bytes) -> bytes:
    """Write it in an encoding that it should not be in."""
    text = payload.decode("utf-8", errors="replace")
    return text.encode(dice.choice(ENCODINGS), errors="replace")


def deep(dice: random.Random, payload: bytes) -> bytes:
    """Nest it, or a part of nothing, up to 5,000 deep."""
    depth = dice.choice((2, 20, 400, 5_000))
    opening, closing = dice.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return opening * depth + payload + closing * dice.choice((depth, depth - 1, 0))


def swapped(dice: random.Random, payload: bytes) -> bytes:
    """Replace one to three values anywhere in the JSON by values of another kind."""
    return _in_json(dice, payload, lambda value: dice.choice(VALUES))


def removed(dice: random.Random, payload: bytes) -> bytes:
    """Take fields and items away, or let them appear twice."""

    def change(value: Any) -> Any:  # Any: JSON.
        if isinstance(value, dict) and value:
            lost = dice.choice(list(value))
            return {key: one for key, one in value.items() if key != lost}
        if isinstance(value, list):
            return value * dice.choice((0, 2))
        return value

    return _in_json(dice, payload, change)


def device_bytes(dice: random.Random, payload: bytes) -> bytes:
    """Damage the bytes of a device within their base64 or hexadecimal text."""

    def change(value: Any) -> Any:  # Any: JSON.
        if not isinstance(value, str):
            return value
        damage = dice.choice((bits, cut, doubled, noise))
        try:
            return base64.b64encode(damage(dice, base64.b64decode(value, validate=True))).decode()
        except ValueError:
            pass
        try:
            return damage(dice, bytes.fromhex(value)).hex()
        except ValueError:
            return value

    return _in_json(dice, payload, change, times=4)


def _in_json(
    dice: random.Random,
    payload: bytes,
    change: Callable[[Any], Any],  # Any: JSON.
    times: int = 3,
) -> bytes:
    try:
        message = json.loads(payload)
        for _ in range(dice.randint(1, times)):
            message = changed(message, dice.choice(places(message)), change)
        return json.dumps(message).encode()
    except (ValueError, RecursionError):  # Binary, or damaged before.
        return bits(dice, payload)


DAMAGES: tuple[Damage, ...] = (
    *(bits, bits, cut, doubled, noise, encoded, deep),
    *(swapped, swapped, swapped, removed, device_bytes, device_bytes, device_bytes),
)


def damaged(dice: random.Random, example: examples.Example) -> tuple[str, bytes]:
    """Return topic and payload of *example*, damaged in one to three ways."""
    payload = example.payload
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        payload = dice.choice(DAMAGES)(dice, payload)
    topic = example.topic
    if dice.random() < 0.05:
        topic = bits(dice, topic.encode()).decode(errors="replace")
    return topic, payload


def run(*, payloads: int) -> dict[str, object]:
    """Decode *payloads* damaged payloads; the figures hold what went wrong, if anything did."""
    counts: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    several = {kind: examples.of(kind) for kind in KINDS}
    for number in range(payloads):
        kind = list(several)[number % len(several)]
        dice = random.Random(SEED + number)
        topic, payload = damaged(dice, dice.choice(several[kind]))
        began = time.process_time()
        outcome = attempt(kind, topic, payload)
        slowest = max(slowest, time.process_time() - began)
        counts[outcome.partition(":")[0]] += 1
        if outcome.startswith("fault"):
            faults.append(f"{kind} number {number}: {outcome[:200]}")
    return {
        "payloads": payloads,
        "kinds": len(several),
        "read": counts["read"],
        "nothing to store": counts["nothing"],
        "refused": counts["refused"],
        "faults": counts["fault"],
        "slowest_cpu_ms": round(slowest * 1000, 1),
        **{f"fault {place}": fault for place, fault in enumerate(faults[:SHOWN])},
    }


def attempt(kind: str, topic: str, payload: bytes) -> str:
    """Return what became of *payload*: read, nothing, refused, or a fault of ours with its text."""
    try:
        readings = decode(kind, topic, payload)
        check(readings)
    except UndecodablePayload as err:
        return "refused" if 0 < len(err.reason) < 500 else f"fault: reason {err.reason[:80]!r}"
    except Exception as err:  # noqa: BLE001 - whatever else is raised is what is looked for
        return f"fault: {type(err).__name__} {err}"
    return "read" if readings else "nothing"
