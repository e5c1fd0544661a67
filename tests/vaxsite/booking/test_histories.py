"""Random histories of many residents: after each step every seat has one owner or is free."""

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build import histories, killed
from tests.build.booking import NOW, URL, an_open_clinic, confirmed, details_of, holder
from vaxsite.booking import counting, hold_queries
from vaxsite.booking.services import appointments, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import DomainError

PEOPLE = 12
STEPS = 120


@dataclass
class History:
    """What happened so far, driven by one seed."""

    sessions: sessionmaker[Session]
    slot_ids: list[int]
    dice: random.Random
    now: datetime = NOW
    held: dict[int, hold_queries.HoldView] = field(default_factory=dict)
    booked: dict[int, UUID] = field(default_factory=dict)

    def step(self) -> str:
        """Let somebody do something; a refusal is something too."""
        who = self.dice.randrange(PEOPLE)
        acts = (self.hold, self.hold, self.confirm, self.confirm, self.cancel, self.change)
        act = self.dice.choice((*acts, self.wait, self.sweep))
        try:
            with self.sessions() as session, transaction(session):
                act(session, who)
        except (DomainError, AlreadyMoved) as refused:
            return f"{act.__name__} by {who}: {refused.__class__.__name__}"
        return f"{act.__name__} by {who}"

    def hold(self, session: Session, who: int) -> None:
        slot_id = self.dice.choice(self.slot_ids)
        self.held[who] = holds.hold(session, slot_id=slot_id, holder=holder(f"{who}"), now=self.now)

    def confirm(self, session: Session, who: int) -> None:
        if who in self.held:
            self.booked[who] = confirmed(
                session,
                held=self.held[who],
                secret=f"{who}",
                details=details_of(index=who),
                now=self.now,
            ).appointment_id

    def cancel(self, session: Session, who: int) -> None:
        if who in self.booked:
            appointments.cancel(
                session,
                appointment_id=self.booked[who],
                my_booking_url=URL,
                actor=RESIDENT,
                now=self.now,
            )

    def change(self, session: Session, who: int) -> None:
        if who in self.booked:
            appointments.change(
                session,
                appointment_id=self.booked[who],
                sequence=self.dice.randrange(3),
                slot_id=self.dice.choice(self.slot_ids),
                my_booking_url=URL,
                actor=RESIDENT,
                now=self.now,
            )

    def wait(self, session: Session, who: int) -> None:
        self.now += timedelta(minutes=self.dice.randrange(8))

    def sweep(self, session: Session, who: int) -> None:
        session.rollback()
        holds.expire_due(self.sessions, now=self.now)


@pytest.mark.parametrize("seed", range(4))
def test_seats_are_free_held_or_booked_after_every_step(
    sessions: sessionmaker[Session], seed: int
) -> None:
    """Whatever twelve people do with three slots of three seats, the counts are right."""
    with sessions() as session, transaction(session):
        slot_ids = an_open_clinic(session, slots_count=3, seats=3).slot_ids
    history = History(sessions, slot_ids, random.Random(seed))
    log = []

    for _ in range(STEPS):
        log.append(history.step())
        with sessions() as session:
            counts = counting.count_seats(session)
        assert all(count.balanced for count in counts), (counts, log[-5:])

    assert sum(line.startswith("confirm") and ":" not in line for line in log) > 10


SEEDS = int(os.environ.get("VAXSITE_HISTORIES", "2"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_clients_that_are_cut_off_leave_nothing_half(
    engine: Engine, sessions: sessionmaker[Session], seed: int
) -> None:
    """64 at once over all acts on seats, many of them cut off at some statement: all counts."""
    outcomes, told = histories.play(engine, sessions, seed)

    assert histories.faults(sessions, told) == [], f"seed {seed}: {outcomes}"
    check_busy(outcomes, seed, ended="cut off")


@pytest.mark.parametrize("seed", range(max(1, SEEDS // 2)))  # Each is many processes.
def test_processes_that_are_killed_leave_nothing_half(
    engine: Engine, sessions: sessionmaker[Session], seed: int
) -> None:
    """Processes that die at some statement, or before they report what they did: all counts."""
    outcomes, told = killed.play(engine, sessions, seed)

    assert histories.faults(sessions, told) == [], f"seed {seed}: {outcomes}"
    check_busy(outcomes, seed, ended="killed")
    holds.expire_due(sessions, now=NOW + timedelta(days=1))
    with sessions() as session:
        assert {one.held for one in counting.count_seats(session)} == {0}, f"seed {seed}"


def check_busy(outcomes: Counter[str], seed: int, *, ended: str) -> None:
    """A history in which little was done, or nobody came to an end, would prove little."""
    assert outcomes[ended] > 10, f"seed {seed}: {outcomes}"
    assert outcomes["waited too long"] < outcomes.total() / 20, f"seed {seed}: {outcomes}"
    assert outcomes["confirm"] > 3, f"seed {seed}: {outcomes}"
    assert outcomes["cancel"] + outcomes["change"] + outcomes["walk_in"] > 1, f"seed {seed}"
