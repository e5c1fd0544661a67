"""How many doses will be left over this evening, and how many people to invite now. Pure.

What is assumed, and shown beside the forecast:

* Somebody booked always gets a dose: from an open vial while it has doses that are promised to
  nobody, else from a new one. So a promise is kept whoever else comes; what it can cost is a vial
  opened for few.
* Booked people come independently of each other, at the rate of shows; whoever is later than half
  an hour seldom comes. Reports of people who did not come lie at 10-20 % (`SHOW_RATE`).
* An invited person says yes with one chance for all, learnt during the evening; half of the yes
  answers come within seven minutes (`ANSWER_MEAN_MIN`). Both are planning figures of this project,
  to be set against what a clinic sees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, comb, exp

SHOW_RATE = 0.85  # Half-way of the 10-20 % of no-shows that mass vaccination sites reported, 2021.
LATE_SHOW_RATE = 0.2  # Of people who are more than 30 minutes late.
YES_PRIOR = 0.10  # Before anybody has answered this evening,
YES_WEIGHT = 15.0  # as firmly as if so many had been asked.
ANSWER_MEAN_MIN = 10.0
TOO_LATE_MIN = 15  # Nobody can read, answer and come in less.
HURRY_MIN = 50  # From here on there is time for few waves: set by the simulation.
HURRY_FACTOR = 2.0
# Doses that a promise must save in the mean: while people still come, waiting is worth something.
GAIN_LEAST = 0.5
GAIN_HURRIED = 0.1
WAVE_MOST = 100


class Why(StrEnum):
    """What decided how many are invited now."""

    NO_DOSE = "no_dose"
    TOO_LATE = "too_late"
    PEOPLE_STILL_COME = "people_still_come"
    ENOUGH_ASKED = "enough_asked"
    INVITE = "invite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """What is known at one moment of one clinic and one vaccine."""

    doses_open: int  # In open vials that are still good.
    doses_per_vial: int
    due: int  # Booked people who have not come and may be on their way.
    late: int  # Booked people who are more than 30 minutes late.
    promised: int  # Open doses that somebody has claimed and not had yet.
    minutes_left: int  # Until the first open vial must be thrown away, or the clinic closes.
    unanswered: Sequence[int]  # Minutes since each invitation that nobody has answered.
    said_yes: int = 0  # This evening.
    said_no: int = 0
    show_rate: float = SHOW_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How many more doses may be promised, how many people to invite, and why."""

    offer: int
    invite: int
    why: Why
    surplus: float  # Doses left over in the mean if nobody more is invited.
    waste: float  # The same once `offer` more doses have found somebody.
    coming: float  # Booked people who will come, in the mean.
    yes_rate: float  # Chance that one invited person says yes.
    yes_pending: float  # Yes answers still to come, in the mean.


def forecast(now: Evening) -> Forecast:
    """Return the forecast: the promise with the least expected waste, and the wave for it."""
    chances = list(_arrivals(now))
    free = max(0, now.doses_open - now.promised)
    expected = [_left_over(chances, free - more, now.doses_per_vial) for more in range(free + 1)]
    least = GAIN_HURRIED if now.minutes_left <= HURRY_MIN else GAIN_LEAST
    offer = min(range(free + 1), key=lambda more: (expected[more] + least * more, more))
    yes_rate, pending = learn(now)
    invite = wave(offer - pending, yes_rate, now.minutes_left)
    why = _why(free, offer, invite, now.minutes_left)
    return Forecast(
        offer=0 if why is Why.TOO_LATE else offer,
        invite=invite if why is Why.INVITE else 0,
        why=why,
        surplus=expected[0],
        waste=expected[offer],
        coming=sum(index * chance for index, chance in enumerate(chances)),
        yes_rate=yes_rate,
        yes_pending=pending,
    )


def learn(now: Evening) -> tuple[float, float]:
    """Return the chance of a yes after this evening's answers, and the yes answers yet to come."""
    silent = [exp(-age / ANSWER_MEAN_MIN) for age in now.unanswered]
    heard = now.said_yes + now.said_no + sum(1 - chance for chance in silent)
    rate = (YES_PRIOR * YES_WEIGHT + now.said_yes) / (YES_WEIGHT + heard)
    return rate, sum(rate * chance / (1 - rate + rate * chance) for chance in silent)


def wave(wanted: float, yes_rate: float, minutes_left: int) -> int:
    """Return how many people to invite so that *wanted* of them say yes in the mean."""
    if wanted <= 0:
        return 0
    hurry = HURRY_FACTOR if minutes_left <= HURRY_MIN else 1.0
    return min(WAVE_MOST, ceil(hurry * wanted / yes_rate))


def minutes_to_come(travel_min: int) -> int:
    """Return the minutes within which somebody must be there who said how long they need."""
    return travel_min + travel_min // 4 + 5


def _why(free: int, offer: int, invite: int, minutes_left: int) -> Why:
    if free == 0:
        return Why.NO_DOSE
    if minutes_left < TOO_LATE_MIN:
        return Why.TOO_LATE
    if offer == 0:
        return Why.PEOPLE_STILL_COME
    return Why.INVITE if invite else Why.ENOUGH_ASKED


def _left_over(chances: Sequence[float], free: int, per_vial: int) -> float:
    """Return the mean of doses left over; beyond *free* doses a new vial is opened."""
    return sum(
        chance * (free - coming if coming <= free else (free - coming) % per_vial)
        for coming, chance in enumerate(chances)
    )


def _arrivals(now: Evening) -> Iterator[float]:
    """Give the chance that 0, 1, 2, ... booked people still come."""
    due = [_binomial(now.due, count, now.show_rate) for count in range(now.due + 1)]
    late = [_binomial(now.late, count, LATE_SHOW_RATE) for count in range(now.late + 1)]
    for total in range(now.due + now.late + 1):
        first, last = max(0, total - now.late), min(now.due, total)
        yield sum(due[one] * late[total - one] for one in range(first, last + 1))


def _binomial(people: int, count: int, rate: float) -> float:
    return comb(people, count) * rate**count * (1 - rate) ** (people - count)
