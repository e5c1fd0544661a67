"""`./run bench leftover`: evenings of made-up clinics, with a forecast and with fixed factors.

Every policy sees the same evenings: the same vials, bookings, volunteers, answers and journeys.
What is assumed of people is wider than what the forecast assumes, so that it must learn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from vaxsite.leftover.rules.forecast import Evening, forecast, minutes_to_come

PLANNED_WASTE = {5: 0.10, 6: 0.10, 10: 0.25}  # WHO planning figures, by doses of a vial.
LONG_MIN = 150  # The part of the evening that is played, until the clinic closes.
LAST_SLOT_MIN = 105
START_MIN = 60  # When the fixed factors send their one wave.
STEP_MIN = 5
VIAL_MIN = 360  # Six hours after opening (WHO multi-dose vial policy, 2014).
BANDS = ((15, 0.25), (30, 0.60), (60, 0.90), (120, 1.0))


@dataclass(frozen=True)
class Volunteer:
    """Somebody on the waiting list: how far, whether they say yes, when, and whether they come."""

    band: int
    yes: bool
    delay: float
    travel: int
    comes: bool


@dataclass(frozen=True)
class World:
    """One evening as it is, before any policy acts."""

    per_vial: int
    used_before: int
    open_doses: int
    open_minutes: int
    booked: tuple[tuple[int, int | None], ...]  # Slot, and when they come or None.
    volunteers: tuple[Volunteer, ...]


@dataclass
class Result:
    """What became of an evening."""

    opened: int = 0  # Doses in all vials opened on the day.
    wasted: int = 0
    turned_away: int = 0  # Came with a promise and got no dose.
    invited: int = 0
    too_late: int = 0  # Said yes and were told that the doses have gone.
    given: int = 0  # To volunteers.


@dataclass
class Clinic:
    """The evening as it goes on."""

    world: World
    guarded: bool  # Whether promised doses are kept from booked people.
    vials: list[list[int]] = field(default_factory=list)  # Doses, and the minute of discarding.
    offered: int = 0
    claims: list[tuple[int, int | None]] = field(default_factory=list)  # Come by, comes at.
    asked: list[tuple[int, Volunteer]] = field(default_factory=list)
    next_one: int = 0
    yes: int = 0
    result: Result = field(default_factory=Result)

    @property
    def doses(self) -> int:
        """Doses in open vials."""
        return sum(doses for doses, _ in self.vials)

    def minutes_left(self, at: int) -> int:
        """Minutes until the first open vial ends, or the clinic closes."""
        return min([LONG_MIN, *(end for doses, end in self.vials if doses)]) - at

    def take(self) -> None:
        """Take a dose of the vial that ends first."""
        vial = min((one for one in self.vials if one[0]), key=lambda one: one[1])
        vial[0] -= 1


Policy = Callable[[Clinic, int], int]  # Sets what is offered; returns how many to invite.


def by_forecast(clinic: Clinic, at: int) -> int:
    """The waves of the forecast, every five minutes."""
    if at % STEP_MIN:
        return 0
    waiting = [(slot, comes) for slot, comes in clinic.world.booked if comes is None or comes > at]
    told = forecast(
        Evening(
            doses_open=clinic.doses,
            doses_per_vial=clinic.world.per_vial,
            due=sum(slot + 30 > at for slot, _ in waiting),
            late=sum(slot + 30 <= at for slot, _ in waiting),
            promised=len(clinic.claims),
            minutes_left=clinic.minutes_left(at),
            unanswered=[at - since for since, _ in clinic.asked],
            said_yes=clinic.yes,
        )
    )
    clinic.offered = len(clinic.claims) + told.offer
    return told.invite


def by_factor(factor: int) -> Policy:
    """One wave of *factor* people for each dose that is expected to be left over."""

    def act(clinic: Clinic, at: int) -> int:
        if at != LONG_MIN - START_MIN:
            return 0
        come = sum(comes is None or comes > at for _, comes in clinic.world.booked)
        spare = clinic.doses - round(come * 0.85)
        clinic.offered = spare if spare >= 0 else spare % clinic.world.per_vial
        return factor * clinic.offered

    return act


def nobody(_clinic: Clinic, _at: int) -> int:
    """Call nobody out."""
    return 0


POLICIES: dict[str, tuple[Policy, bool]] = {
    "forecast": (by_forecast, True),
    "factor_20": (by_factor(20), False),
    "factor_40": (by_factor(40), False),
    "factor_20_kept": (by_factor(20), True),
    "factor_40_kept": (by_factor(40), True),
    "nobody": (nobody, True),
}


def make(random: Random, per_vial: int) -> World:
    """Make an evening up."""
    show, yes_rate, delay = (
        random.uniform(0.7, 0.97),
        random.uniform(0.03, 0.3),
        6 + random.random() * 9,
    )
    booked = []
    for _ in range(random.randint(4, 40)):
        slot = random.randrange(0, LAST_SLOT_MIN, 15)
        comes = max(0, round(slot + random.gauss(-3, 8))) if random.random() < show else None
        booked.append((slot, comes))
    volunteers = [_volunteer(random, yes_rate, delay) for _ in range(random.randint(30, 400))]
    open_doses = random.randrange(per_vial)
    used_before = random.randint(1, 6) * per_vial - open_doses
    minutes = random.randint(60, VIAL_MIN)
    return World(per_vial, used_before, open_doses, minutes, tuple(booked), tuple(volunteers))


def _volunteer(random: Random, yes_rate: float, delay: float) -> Volunteer:
    draw = random.random()
    band = next(minutes for minutes, most in BANDS if draw <= most)
    return Volunteer(
        band,
        random.random() < yes_rate,
        random.expovariate(1 / delay),
        round(band * random.uniform(0.5, 1.1)) + 3,
        random.random() < 0.97,
    )


def play(world: World, policy: Policy, guarded: bool) -> Result:
    """Play one evening, minute by minute."""
    clinic = Clinic(world, guarded)
    clinic.result.opened = world.used_before + world.open_doses
    if world.open_doses:
        clinic.vials.append([world.open_doses, world.open_minutes])
    nearest = sorted(world.volunteers, key=lambda one: one.band)
    for at in range(LONG_MIN):
        for vial in clinic.vials:
            if vial[1] <= at:
                clinic.result.wasted, vial[0] = clinic.result.wasted + vial[0], 0
        _volunteers_come(clinic, at)
        for _ in range(sum(comes == at for _, comes in world.booked)):
            _serve_booked(clinic, at)
        _answers(clinic, at)
        for _ in range(policy(clinic, at)):
            _invite(clinic, nearest, at)
    clinic.result.wasted += clinic.doses
    return clinic.result


def _serve_booked(clinic: Clinic, at: int) -> None:
    kept = len(clinic.claims) if clinic.guarded else 0
    if clinic.doses <= kept:
        clinic.vials.append([clinic.world.per_vial, at + VIAL_MIN])
        clinic.result.opened += clinic.world.per_vial
    clinic.take()


def _volunteers_come(clinic: Clinic, at: int) -> None:
    for claim in [one for one in clinic.claims if one[1] is not None and one[1] <= at]:
        clinic.claims.remove(claim)
        if clinic.doses:
            clinic.take()
            clinic.result.given += 1
        else:
            clinic.result.turned_away += 1
        clinic.offered -= 1
    for claim in [one for one in clinic.claims if one[0] <= at]:
        clinic.claims.remove(claim)


def _answers(clinic: Clinic, at: int) -> None:
    ready = [one for one in clinic.asked if one[1].yes and one[0] + one[1].delay <= at]
    for since, who in ready:
        clinic.asked.remove((since, who))
        clinic.yes += 1
        in_time = not clinic.guarded or minutes_to_come(who.band) <= clinic.minutes_left(at)
        most = min(clinic.offered, clinic.doses) if clinic.guarded else clinic.offered
        if len(clinic.claims) >= most or not in_time:
            clinic.result.too_late += 1
            continue
        comes = at + who.travel if who.comes else None
        clinic.claims.append((at + minutes_to_come(who.band), comes))


def _invite(clinic: Clinic, nearest: list[Volunteer], at: int) -> None:
    while clinic.next_one < len(nearest):
        who = nearest[clinic.next_one]
        clinic.next_one += 1
        if minutes_to_come(who.band) <= clinic.minutes_left(at):
            clinic.asked.append((at, who))
            clinic.result.invited += 1
            return


def run(*, evenings: int, seed: int) -> dict[str, Any]:
    """Play the evenings; return the figures by name. Any: counts and shares."""
    random = Random(seed)
    worlds = [make(random, (5, 6, 10, 10)[index % 4]) for index in range(evenings)]
    figures: dict[str, Any] = {"bench": "leftover", "evenings": evenings, "seed": seed}
    for name, (policy, guarded) in POLICIES.items():
        results = [(world.per_vial, play(world, policy, guarded)) for world in worlds]
        for label, sizes in (("5-6", (5, 6)), ("10", (10,))):
            mine = [result for per_vial, result in results if per_vial in sizes]
            share = sum(one.wasted for one in mine) / sum(one.opened for one in mine)
            figures[f"{name}_waste_{label}_doses_percent"] = round(100 * share, 2)
        for what in ("turned_away", "invited", "too_late", "given", "wasted"):
            figures[f"{name}_{what}"] = sum(getattr(one, what) for _, one in results)
    return figures
