"""A year of a simulated fleet in which everything that happens is known: what a person must hear
of, and what must let people sleep.

Rates are assumptions, said here so that they can be argued about: a door opened a dozen times a
day (thirty at a busy site), a delivery a month, a cleaning a quarter, a household fridge that
defrosts twice a day, two short power cuts a year and site, one long one.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from sensors.simulator.fleet import Device, Effect, Happening
from sensors.simulator.measuring import Sample, measure
from sensors.simulator.physics import CABINETS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_S = 300
MINUTE, HOUR, DAY = 60, 3_600, 86_400
WORK_BEGINS_S = int(1.5 * HOUR)  # 9:30 in Beijing, in seconds of the UTC day.
FRIDGES_A_SITE = 2
KINDS = ("pharmacy-fridge", "small-fridge", "ice-lined-fridge")
HARM_AFTER = timedelta(minutes=30)


class Cause(StrEnum):
    """What happened. Those of `NEEDS_A_PERSON` are for a person to hear of."""

    DELIVERY = "delivery"
    CLEANING = "cleaning"
    DEFROST = "defrost"
    SHORT_CUT = "short power cut"
    LONG_CUT = "long power cut"
    LEAK = "refrigerant leak"
    COMPRESSOR = "compressor failure"
    THERMOSTAT = "thermostat too cold"
    DOOR_LEFT_OPEN = "door left open"


NEEDS_A_PERSON = frozenset(
    {Cause.LONG_CUT, Cause.LEAK, Cause.COMPRESSOR, Cause.THERMOSTAT, Cause.DOOR_LEFT_OPEN}
)


@dataclass(frozen=True)
class Label:
    """*cause* acted on one fridge during [begins, ends)."""

    cause: Cause
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Fridge:
    """A simulated fridge, the site that it stands at, and what will happen to it."""

    device: Device
    site: int
    labels: tuple[Label, ...]

    def label_at(self, instant: datetime, *, after: timedelta = timedelta()) -> Label | None:
        """Return what acts at *instant*, or acted until *after* before; what matters most first."""
        acting = [each for each in self.labels if each.begins <= instant < each.ends + after]
        return min(acting, key=lambda each: each.cause not in NEEDS_A_PERSON, default=None)


@dataclass(frozen=True)
class Harm:
    """The contents were out of 2 to 8 °C during [began, ended), for half an hour or longer."""

    began: datetime
    ended: datetime


def fleet(*, sites: int, days: int, seed: int) -> list[Fridge]:
    """Make the fleet; the same for the same arguments."""
    chance = random.Random(seed)
    made: list[Fridge] = []
    for site in range(sites):
        cuts = _cuts(chance, days)
        for place in range(FRIDGES_A_SITE):
            number = site * FRIDGES_A_SITE + place
            events = [*cuts, *_routine(chance, days), *_failure(chance, number, days)]
            kind = KINDS[number % len(KINDS)]
            if kind == "small-fridge":
                events.append((Cause.DEFROST, Effect.DEFROST, 3 * HOUR, 12 * MINUTE, DAY // 2))
            made.append(_fridge(number, site, kind, events, busy=site % 3 == 0))
    return made


Event = tuple[Cause, Effect, int, int, int | None]  # Begins, lasts, and every how many seconds.


def _cuts(chance: random.Random, days: int) -> list[Event]:
    def once(cause: Cause, shortest: int, longest: int) -> Event:
        lasts = chance.randrange(shortest, longest)
        return cause, Effect.POWER_CUT, chance.randrange(days * DAY - longest), lasts, None

    short, long = round(days / 365 * 2), round(days / 365)
    return [once(Cause.SHORT_CUT, 5 * MINUTE, 25 * MINUTE) for _ in range(short)] + [
        once(Cause.LONG_CUT, 3 * HOUR, 6 * HOUR) for _ in range(long)
    ]


def _routine(chance: random.Random, days: int) -> Iterator[Event]:
    for month in range(days // 30):
        begins = (month * 30 + chance.randrange(28)) * DAY + WORK_BEGINS_S
        yield Cause.DELIVERY, Effect.DOOR, begins, chance.randrange(7, 13) * MINUTE, None
    for quarter in range(days // 90):
        begins = (quarter * 90 + chance.randrange(85)) * DAY + WORK_BEGINS_S + 2 * HOUR
        yield Cause.CLEANING, Effect.DOOR, begins, HOUR, None


def _failure(chance: random.Random, number: int, days: int) -> Iterator[Event]:
    """Every fridge has one failure of its own in its year, each kind in turn."""
    if days < 80:
        return
    begins = chance.randrange(5, days - 70) * DAY + chance.randrange(DAY)
    cause, effect, lasts = (
        (Cause.LEAK, Effect.LEAK, 62 * DAY),
        (Cause.COMPRESSOR, Effect.COMPRESSOR, 14 * HOUR),
        (Cause.THERMOSTAT, Effect.TOO_COLD, 2 * DAY),
        (Cause.DOOR_LEFT_OPEN, Effect.DOOR, 9 * HOUR),
        (Cause.DOOR_LEFT_OPEN, Effect.DOOR, 90 * MINUTE),
    )[number % 5]
    yield cause, effect, begins, lasts, None


def _fridge(number: int, site: int, kind: str, events: list[Event], *, busy: bool) -> Fridge:
    device = Device(
        name=f"fridge-{number}",
        cabinet=CABINETS[kind],
        every_s=EVERY_S,
        history_every_s=EVERY_S,
        doors_a_day=30 if busy else 12,
        door_s=40 if busy else 25,
        happenings=tuple(
            Happening(e, begins, lasts, every) for _, e, begins, lasts, every in events
        ),
    )
    labels = tuple(
        Label(cause, BEGIN + timedelta(seconds=begins), BEGIN + timedelta(seconds=begins + lasts))
        for cause, _, begins, lasts, every in events
        if every is None
    )
    return Fridge(device, site, labels)


def samples(fridge: Fridge, days: int, seed: int) -> list[Sample]:
    """Return what *fridge* measures, every five minutes."""
    made = measure(fridge.device, seed=seed, since=BEGIN, live_from=BEGIN)
    return list(takewhile(lambda sample: sample.since_live_s < days * DAY, made))


def harms(fridge: Fridge, measured: list[Sample]) -> list[Harm]:
    """Return the times in which what is inside was harmed.

    During a cleaning and the hour after it is in a box, and until the cabinet is cold again.
    """
    found: list[Harm] = []
    began: datetime | None = None
    in_a_box = False
    for sample in measured:
        outside = not 2.0 <= sample.contents_c <= 8.0
        label = fridge.label_at(sample.at, after=timedelta(hours=1))
        cleaned = label is not None and label.cause is Cause.CLEANING
        in_a_box = cleaned or (in_a_box and outside)
        if outside and not in_a_box:
            began = began or sample.at
        elif began is not None:
            if sample.at - began >= HARM_AFTER:
                found.append(Harm(began, sample.at))
            began = None
    return found
