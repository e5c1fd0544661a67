"""Reads of the waiting room: which one is on, where somebody stands, how the line moves."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vaxsite.waiting_room.models import Opening, QueuePlace
from vaxsite.waiting_room.rules import (
    ADMITTED_FOR,
    SEEN_EVERY,
    SEEN_LATELY,
    Check,
    OpeningState,
    Pace,
    Stand,
)


@dataclass(frozen=True, slots=True)
class OpeningView:
    """An opening moment as pages show it."""

    id: int
    gathers_at: datetime
    opens_at: datetime
    until_at: datetime
    timezone: str
    state: OpeningState
    check: Check
    pace: Pace

    def due(self, now: datetime) -> bool:
        """Tell whether the places of those who gathered are to be drawn."""
        return self.state is OpeningState.GATHERING and now >= self.opens_at


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one browser stands: its place, how many are ahead, how long that takes."""

    stand: Stand
    opening: OpeningView | None = None
    place: int | None = None
    ahead: int = 0
    wait: timedelta = timedelta(0)
    until: datetime | None = None  # How long an admission lasts.
    note: bool = False  # Something is to be written down: ask `services.look`.


@dataclass(frozen=True, slots=True)
class Figures:
    """How a line moves: all places, those not let in yet, those of them seen lately, admissions."""

    places: int
    waiting: int
    seen: int
    admitted: int
    admitted_last_minute: int


def token_hash(token: str) -> bytes:
    """Return what is stored of the random secret that a browser holds."""
    return hashlib.sha256(token.encode()).digest()


def view(row: Opening) -> OpeningView:
    """Return the opening as pages show it."""
    return OpeningView(
        row.id,
        row.gathers_at,
        row.opens_at,
        row.until_at,
        row.timezone,
        OpeningState(row.state),
        Check(row.check),
        Pace(row.base_place, row.base_at, row.per_minute),
    )


def current(session: Session, *, now: datetime) -> OpeningView | None:
    """Return the opening whose waiting room is on, or None: then booking is open to all."""
    row = session.scalar(
        select(Opening)
        .where(
            Opening.gathers_at <= now,
            Opening.until_at > now,
            Opening.state != OpeningState.ENDED,
        )
        .order_by(Opening.gathers_at)
        .limit(1)
    )
    return view(row) if row is not None else None


def coming(session: Session, *, now: datetime) -> list[OpeningView]:
    """Return the openings that are on or still to come, soonest first."""
    rows = session.scalars(
        select(Opening)
        .where(Opening.until_at > now, Opening.state != OpeningState.ENDED)
        .order_by(Opening.gathers_at)
    )
    return [view(row) for row in rows]


def standing(session: Session, *, token: str | None, now: datetime) -> Standing:
    """Return where the browser with *token* stands."""
    opening = current(session, now=now)
    if opening is None:
        return Standing(Stand.NO_ROOM)
    row = None
    if token is not None:
        row = session.scalar(
            select(QueuePlace).where(
                QueuePlace.token_hash == token_hash(token), QueuePlace.opening_id == opening.id
            )
        )
    if row is None:
        return Standing(Stand.OUTSIDE, opening, note=opening.due(now))
    return _standing(opening, row, now)


def _standing(opening: OpeningView, row: QueuePlace, now: datetime) -> Standing:
    if row.admitted_at is not None:
        until = row.admitted_at + ADMITTED_FOR
        stand = Stand.ADMITTED if now < until else Stand.OVER
        return Standing(stand, opening, row.place, until=until)
    unseen = now - row.seen_at >= SEEN_EVERY
    if opening.state is OpeningState.GATHERING or row.place is None:
        late = opening.state is OpeningState.OPEN or opening.due(now)
        return Standing(Stand.GATHERING, opening, note=unseen or late)
    ahead = row.place - 1 - opening.pace.let_in(now)
    if ahead < 0:
        return Standing(Stand.ADMITTED, opening, row.place, note=True)
    wait = opening.pace.wait(row.place, now)
    return Standing(Stand.WAITING, opening, row.place, ahead, wait, note=unseen)


def figures(session: Session, opening: OpeningView, *, now: datetime) -> Figures:
    """Return how the line of *opening* moves."""
    let_in = opening.pace.let_in(now) if opening.state is OpeningState.OPEN else 0
    here = QueuePlace.opening_id == opening.id
    waits = QueuePlace.place.is_(None) | (QueuePlace.place > let_in)

    def count(*where: object) -> int:
        found = select(func.count()).select_from(QueuePlace).where(here, *where)  # type: ignore[arg-type]  # Conditions.
        return session.scalar(found) or 0

    return Figures(
        places=count(),
        waiting=count(waits),
        seen=count(waits, QueuePlace.seen_at > now - SEEN_LATELY),
        admitted=count(QueuePlace.admitted_at.is_not(None)),
        admitted_last_minute=count(QueuePlace.admitted_at > now - timedelta(minutes=1)),
    )
