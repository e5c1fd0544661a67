"""Builders of events that move people, and of the people that they move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    TOMORROW,
    URL,
    OpenClinic,
    a_published_session,
    details_of,
    holder,
)
from vaxsite.booking.rules import Place
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.moves.rules.states import EventKind
from vaxsite.moves.services import accepting, opening
from vaxsite.slots import queries as slots

FLOOD = ("The clinic is closed because of a flood.", "因积水，门诊暂停开放。")


@dataclass(frozen=True)
class Booked:
    """Somebody's appointments, by person and dose."""

    ids: tuple[UUID, ...]


def a_later_session(
    session: Session, clinic: OpenClinic, *, days: int, seats: int = 5, slots_count: int = 2
) -> list[int]:
    """The slots of another session of the clinic, *days* after the one of tomorrow."""
    session_id = a_published_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        day=TOMORROW + timedelta(days=days),
        seats=seats,
        slots_count=slots_count,
    )
    return [one.id for one in slots.slots_of_session(session, session_id)]


def booked(
    session: Session,
    *legs: int,
    index: int,
    people: int = 1,
    email: str | None = "ana@example.org",
    born_on: date = date(1985, 5, 5),
    phone: str | None = None,
) -> tuple[UUID, ...]:
    """The appointments of people who booked the slots of *legs* together, a minute each.

    Without *phone* it goes by *index*: a contact may have only so many seats.
    """
    now = NOW + timedelta(seconds=index)
    places = [
        Place(slot_id, member, part)
        for member in range(1, people + 1)
        for part, slot_id in enumerate(legs, start=1)
    ]
    typed = [
        details_of(f"陈安娜{index}", index=index + one, email=email, born_on=born_on)
        for one in range(people)
    ]
    secret = f"person {index}"
    held = holds.hold_places(session, places=places, holder=holder(secret), now=now)
    done = confirmations.confirm(
        session,
        hold_id=held.id,
        holder=holder(secret),
        people=[replace(one, phone=phone or one.phone) for one in typed],
        my_booking_url=URL,
        actor=RESIDENT,
        now=now,
    )
    return done.appointment_ids


def an_event(
    session: Session,
    clinic: OpenClinic,
    *,
    session_ids: Sequence[int] | None = None,
    doses: int | None = None,
) -> int:
    """An event that closes the sessions of the clinic, tomorrow's unless others are named."""
    happened = opening.Happened(
        site_id=clinic.site_id,
        session_ids=session_ids or [clinic.session_id],
        kind=EventKind.CLOSED if doses is None else EventKind.DOSES_SHORT,
        doses=doses,
        reason_en=FLOOD[0],
        reason_zh=FLOOD[1],
    )
    return opening.open_event(session, happened=happened, actor=clinic.manager, now=NOW)


def accepted(sessions: sessionmaker[Session], clinic: OpenClinic, event_id: int) -> None:
    """The event planned, accepted and carried out."""
    accepting.act_due(sessions, url=URL, now=NOW)
    with sessions() as session, transaction(session):
        accepting.accept(session, event_id=event_id, up_to=None, actor=clinic.manager, now=NOW)
    accepting.act_due(sessions, url=URL, now=NOW)
