"""Random histories of seats: many clients at once, each cut off anywhere, then the counts.

A client that is cut off has its connection closed before one of its statements, as when a process
is killed or a cable pulled: what it wrote must vanish whole. The dice are seeded; the threads are
not, so a seed that failed may need several runs to fail again.
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import local
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import NOW, TOMORROW, URL, a_published_session, an_open_clinic, details_of
from vaxsite.booking import counting, hold_queries, queries, rules
from vaxsite.booking.models import Appointment, HoldSeat
from vaxsite.booking.rules import AppointmentState, Place
from vaxsite.booking.services import appointments, confirmations, holds
from vaxsite.core import audit
from vaxsite.core.actor import RESIDENT, system
from vaxsite.core.errors import DomainError
from vaxsite.core.ids import new_id, new_reference
from vaxsite.residents.services import find_or_add_person
from vaxsite.slots import queries as slots
from vaxsite.slots import seats
from vaxsite.slots.rules import Door

CLIENTS = 64
STEPS = 4
CUT_OFF = 0.3  # Of all acts.
STATEMENTS = 7  # An act is cut off before one of its first statements.
DESK = system("test-desk")
THREAD = local()


class CutOff(Exception):
    """The client is gone."""


@contextmanager
def cutting(engine: Engine) -> Iterator[None]:
    """Let threads be cut off before their next statement but `THREAD.left`."""

    def before(connection: Any, _cursor: Any, *_rest: Any) -> None:  # Any: as SQLAlchemy calls it.
        left = getattr(THREAD, "left", None)
        if left is None:
            return
        THREAD.left = left - 1
        if left <= 0:
            THREAD.left = None
            connection.connection.driver_connection.close()
            connection.invalidate()
            raise CutOff

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)


@dataclass
class Stage:
    """Where a history plays: few seats for many people."""

    first: list[int]
    second: list[int]


def a_stage(session: Session) -> Stage:
    """Three slots tomorrow and three in four weeks, of six seats and two that staff may add."""
    clinic = an_open_clinic(session, slots_count=3, seats=6, overbook=2)
    made = a_published_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        day=TOMORROW + timedelta(days=28),
        slots_count=3,
        seats=6,
        starts=time(9, 0),
        overbook=2,
    )
    return Stage(clinic.slot_ids, [slot.id for slot in slots.slots_of_session(session, made)])


@dataclass
class Client:
    """One browser, or the desk, that does something again and again."""

    number: int
    stage: Stage
    dice: random.Random
    now: datetime = NOW
    booked: list[UUID] = field(default_factory=list)
    told: list[UUID] = field(default_factory=list)  # What it was told to be booked.

    @property
    def holder(self) -> bytes:
        """Whose the holds are."""
        return rules.holder_hash(f"client {self.number}")

    def step(self, sessions: sessionmaker[Session]) -> str:
        """Do something; return what became of it."""
        act = self.dice.choice(
            [self.hold] * 4
            + [self.confirm] * 4
            + [self.cancel, self.change, self.renew]
            + [self.release, self.sweep, self.walk_in]
        )
        self.now += timedelta(minutes=self.dice.randrange(6))
        THREAD.left = self.dice.randrange(STATEMENTS) if self.dice.random() < CUT_OFF else None
        try:
            with sessions() as session, transaction(session):
                done = act(session)
        except CutOff:
            return "cut off"
        except (DomainError, AlreadyMoved, holds.HeldMeanwhile):
            return "refused"
        finally:
            THREAD.left = None
        self.booked += done
        self.told += done
        return act.__name__

    def hold(self, session: Session) -> list[UUID]:
        """Hold one seat, a pair, or seats of a household."""
        size, parts = self.dice.choice([1, 1, 2, 3]), self.dice.choice([1, 2])
        chosen = [self.dice.choice(self.stage.first), self.dice.choice(self.stage.second)][:parts]
        places = [
            Place(slot_id, member, part)
            for member in range(1, size + 1)
            for part, slot_id in enumerate(chosen, start=1)
        ]
        holds.hold_places(session, places=places, holder=self.holder, now=self.now)
        return []

    def confirm(self, session: Session) -> list[UUID]:
        """Confirm what is held, or ran out."""
        held = hold_queries.find_hold(session, holder=self.holder)
        if held is None:
            return []
        size = max(place.member for place in held.places)
        done = confirmations.confirm(
            session,
            hold_id=held.id,
            holder=self.holder,
            people=[self.person(self.dice.randrange(4)) for _ in range(size)],
            my_booking_url=URL,
            actor=RESIDENT,
            now=self.now,
        )
        return list(done.appointment_ids)

    def person(self, number: int) -> Any:  # Any: PersonDetails.
        """One of the four people of this client; two clients share them, so that they collide."""
        index = self.number // 2 * 4 + number
        return details_of(index=index, born_on=date(1985, 5, 5), email="a@example.org")

    def cancel(self, session: Session) -> list[UUID]:
        """Cancel one person or everybody."""
        if self.booked:
            appointments.cancel(
                session,
                appointment_id=self.dice.choice(self.booked),
                everyone=self.dice.random() < 0.5,
                my_booking_url=URL,
                actor=RESIDENT,
                now=self.now,
            )
        return []

    def change(self, session: Session) -> list[UUID]:
        """Move one or all to another time."""
        if self.booked:
            one = queries.get_appointment(session, self.dice.choice(self.booked))
            appointments.change(
                session,
                appointment_id=one.id,
                sequence=one.sequence,
                slot_id=self.dice.choice(self.stage.first if one.part == 1 else self.stage.second),
                everyone=self.dice.random() < 0.5,
                my_booking_url=URL,
                actor=RESIDENT,
                now=self.now,
            )
        return []

    def renew(self, session: Session) -> list[UUID]:
        """Type something."""
        holds.renew(session, holder=self.holder, now=self.now)
        return []

    def release(self, session: Session) -> list[UUID]:
        """Go away."""
        holds.release(session, holder=self.holder, now=self.now)
        return []

    def sweep(self, session: Session) -> list[UUID]:
        """Expire a hold that ran out, as the worker does."""
        holds.expire_one(session, now=self.now)
        return []

    def walk_in(self, session: Session) -> list[UUID]:
        """Take a seat at the desk, one beyond the capacity if need be."""
        slot = slots.get_slot(session, self.dice.choice(self.stage.first))
        details = details_of(index=300 + self.number * 4 + self.dice.randrange(4))
        person_id = find_or_add_person(session, details=details, actor=DESK, now=self.now)
        if queries.has_active(
            session, person_id=person_id, product_id=slot.product.id, dose_number=1
        ):
            return []
        made = Appointment(
            id=new_id(self.now),
            reference=new_reference(),
            slot_id=slot.id,
            person_id=person_id,
            product_id=slot.product.id,
            dose_number=1,
            group_code="everyone-from-18",
            state=AppointmentState.BOOKED.value,
            created_at=self.now,
            changed_at=self.now,
        )
        session.add(made)
        audit.record(session, actor=DESK, action="desk:walk-in", subject="slot", now=self.now)
        session.flush()
        seats.exchange(session, take={slot.id: 1}, now=self.now, door=Door.OVERBOOK)
        return [made.id]


def play(
    engine: Engine, sessions: sessionmaker[Session], seed: int
) -> tuple[Counter[str], list[UUID]]:
    """Let 64 clients act at once; return what became of their acts, and what they were told."""
    with sessions() as session, transaction(session):
        stage = a_stage(session)
    clients = [
        Client(number, stage, random.Random(f"{seed}-{number}")) for number in range(CLIENTS)
    ]

    def act(client: Client) -> Counter[str]:
        return Counter(client.step(sessions) for _ in range(STEPS))

    with cutting(engine), ThreadPoolExecutor(16) as pool:
        outcomes = sum(pool.map(act, clients), Counter[str]())
    return outcomes, [one for client in clients for one in client.told]


def faults(sessions: sessionmaker[Session], told: list[UUID]) -> list[str]:
    """Return what must never be."""
    with sessions() as session:
        wrong = [f"unbalanced {one}" for one in counting.count_seats(session) if not one.balanced]
        wrong += [f"half booking {one}" for one in counting.half_bookings(session)]
        stored = set(session.scalars(select(Appointment.id)))
        wrong += [f"told but not stored {one}" for one in set(told) - stored]
        query = select(HoldSeat.hold_id, HoldSeat.member, Appointment.state).join(
            Appointment, Appointment.id == HoldSeat.appointment_id
        )
        states: dict[tuple[UUID, int], set[str]] = {}
        for hold_id, member, state in session.execute(query):
            states.setdefault((hold_id, member), set()).add(state)
        return wrong + [f"half pair {one}" for one, kinds in states.items() if len(kinds) > 1]
