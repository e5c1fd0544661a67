"""Random histories of seats: many clients at once, each cut off anywhere, then the counts.

A client that is cut off has its connection closed before one of its statements, as when a cable is
pulled: what it wrote must vanish whole. `killed` lets processes do the same acts, and kills them.
The dice are seeded; the threads are not, so a seed that failed may need several runs to fail again.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import local
from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, event, exc, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import NOW, TOMORROW, URL, a_published_session, an_open_clinic, details_of
from tests.build.stock import staff_of
from vaxsite.booking import counting, hold_queries, queries, rules
from vaxsite.booking.models import Appointment, HoldSeat
from vaxsite.booking.rules import AppointmentState, Place
from vaxsite.booking.services import appointments, confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import DomainError
from vaxsite.core.permissions import Role
from vaxsite.desk import walking_in
from vaxsite.desk.walking_in import Why
from vaxsite.slots import queries as slots

CLIENTS = 64
STEPS = 6
CUT_OFF = 0.4  # Of all acts; some are done before it.
STATEMENTS = 36  # As many as the longest acts have, and the commit.
THREAD = local()


class CutOff(Exception):
    """The client is gone."""


def waited(err: exc.OperationalError | exc.TimeoutError) -> bool:
    """Tell whether somebody waited for longer than they may, as on a busy machine."""
    if isinstance(err, exc.TimeoutError):  # For a connection.
        return True
    return isinstance(err.orig, LockNotAvailable) or "database is locked" in str(err.orig)


def cut_off(connection: Connection) -> None:
    """End the connection at once, as its other end sees it."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()
    connection.invalidate()
    raise CutOff


@contextmanager
def cutting(engine: Engine, cut: Callable[[Connection], None] = cut_off) -> Iterator[None]:
    """Let threads be *cut* before their next statement, or commit, but `THREAD.left`."""

    def before(connection: Connection, *_rest: object) -> None:
        left = getattr(THREAD, "left", None)
        if left is None:
            return
        THREAD.left = left - 1
        if left <= 0:
            THREAD.left = None
            cut(connection)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", before)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", before)


@dataclass
class Stage:
    """Where a history plays: few seats for many people."""

    site_id: int
    today: list[int]
    first: list[int]
    second: list[int]


def a_stage(session: Session) -> Stage:
    """Three slots tomorrow, three in four weeks and two of today, to which staff may add seats."""
    clinic = an_open_clinic(session, slots_count=3, seats=24, overbook=2)

    def add(day: date, slots_count: int, seats: int) -> list[int]:
        made = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=day,
            slots_count=slots_count,
            seats=seats,
            starts=time(14, 0),
            overbook=2,
        )
        return [slot.id for slot in slots.slots_of_session(session, made)]

    today, later = TOMORROW - timedelta(days=1), TOMORROW + timedelta(days=28)
    return Stage(clinic.site_id, add(today, 2, 6), clinic.slot_ids, add(later, 3, 24))


@dataclass
class Client:
    """One browser, or the desk, that does something again and again."""

    number: int
    stage: Stage
    dice: random.Random
    now: datetime = NOW
    holding: bool = False
    booked: list[UUID] = field(default_factory=list)  # What it was told to be booked.
    gone: list[UUID] = field(default_factory=list)  # What it was told to be cancelled.

    @property
    def holder(self) -> bytes:
        """Whose the holds are."""
        return rules.holder_hash(f"client {self.number}")

    def step(self, sessions: sessionmaker[Session]) -> str:
        """Do something that makes sense; return what became of it."""
        act = self.dice.choice(
            [self.sweep, self.walk_in]
            + ([self.confirm] * 6 + [self.renew, self.release] if self.holding else [self.hold] * 5)
            + ([self.cancel, self.change] * 2 if self.booked else [])
        )
        self.now += timedelta(minutes=self.dice.randrange(6))
        THREAD.left = self.fate()
        try:
            with sessions() as session, transaction(session):
                done = act(session)
        except CutOff:
            return "cut off"
        except (DomainError, AlreadyMoved, holds.HeldMeanwhile):
            return "refused"
        except (exc.OperationalError, exc.TimeoutError) as err:
            if not waited(err):
                raise
            return "waited too long"
        finally:
            THREAD.left = None
        self.note(act.__name__, done)
        return act.__name__

    def fate(self) -> int | None:
        """Return before which statement the act ends, early ones more often; None: it may end."""
        cut = self.dice.random() < CUT_OFF
        return int(STATEMENTS * self.dice.random() ** 2) if cut else None

    def note(self, act: str, done: list[UUID]) -> None:
        """Remember what the client was told."""
        self.holding = act in {"hold", "renew"} or (
            self.holding and act not in {"confirm", "release"}
        )
        if act in {"confirm", "walk_in"}:
            self.booked += done
        if act == "cancel":
            self.gone += done

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
        """Confirm what is held, or ran out, or was confirmed before."""
        held = hold_queries.find_hold(session, holder=self.holder)
        assert held is not None, "told to be held"
        size = max(place.member for place in held.places)
        done = confirmations.confirm(
            session,
            hold_id=held.id,
            holder=self.holder,
            people=[self.person(one) for one in self.dice.sample(range(4), size)],
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
        return appointments.cancel(
            session,
            appointment_id=self.dice.choice(self.booked),
            everyone=self.dice.random() < 0.5,
            my_booking_url=URL,
            actor=RESIDENT,
            now=self.now,
        )

    def change(self, session: Session) -> list[UUID]:
        """Move one or all to another time."""
        one = queries.get_appointment(session, self.dice.choice(self.booked))
        return appointments.change(
            session,
            appointment_id=one.id,
            sequence=one.sequence,
            slot_id=self.dice.choice(self.stage.first if one.part == 1 else self.stage.second),
            everyone=self.dice.random() < 0.5,
            my_booking_url=URL,
            actor=RESIDENT,
            now=self.now,
        )

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
        """Take a seat of today at the desk, one beyond the capacity if need be."""
        made = walking_in.walk_in(
            session,
            slot_id=self.dice.choice(self.stage.today),
            details=details_of(index=300 + self.number * 4 + self.dice.randrange(4)),
            why=Why.TOGETHER,
            my_booking_url=URL,
            actor=staff_of(self.stage.site_id, Role.MANAGER),
            now=self.now,
        )
        return [made]


def clients(sessions: sessionmaker[Session], seed: int, count: int) -> list[Client]:
    """Set the stage; return those who enter it."""
    with sessions() as session, transaction(session):
        stage = a_stage(session)
    return [Client(one, stage, random.Random(f"{seed}-{one}")) for one in range(count)]


def play(
    engine: Engine, sessions: sessionmaker[Session], seed: int
) -> tuple[Counter[str], list[Client]]:
    """Let 64 clients act at once; return what became of their acts, and who they are."""
    entered = clients(sessions, seed, CLIENTS)

    def act(client: Client) -> Counter[str]:
        return Counter(client.step(sessions) for _ in range(STEPS))

    with cutting(engine), ThreadPoolExecutor(16) as pool:
        outcomes = sum(pool.map(act, entered), Counter[str]())
    return outcomes, entered


def faults(sessions: sessionmaker[Session], told: list[Client]) -> list[str]:
    """Return what must never be."""
    with sessions() as session:
        wrong = [f"unbalanced {one}" for one in counting.count_seats(session) if not one.balanced]
        wrong += [f"half booking {one}" for one in counting.half_bookings(session)]
        stored = session.execute(select(Appointment.id, Appointment.state))
        rows = {one.id: one.state for one in stored}
        places = session.execute(
            select(HoldSeat.hold_id, HoldSeat.member, HoldSeat.appointment_id).where(
                HoldSeat.appointment_id.is_not(None)
            )
        ).all()
    owners = Counter(one for _, _, one in places)
    wrong += [f"of no place, or of two: {one}" for one in rows if owners[one] != 1]
    wrong += [
        f"told but not stored {one}" for each in told for one in each.booked if one not in rows
    ]
    wrong += [
        f"told to be cancelled but {rows[one]}: {one}"
        for each in told
        for one in each.gone
        if rows[one] != AppointmentState.CANCELLED
    ]
    states: dict[tuple[UUID, int], set[str]] = {}
    for hold_id, member, one in places:
        states.setdefault((hold_id, member), set()).add(rows[one])
    return wrong + [f"half pair {one}" for one, kinds in states.items() if len(kinds) > 1]
