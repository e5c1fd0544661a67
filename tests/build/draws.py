"""Builders of draws: one that is announced, people who enter, a result."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests.build.booking import NOW, OpenClinic, person_number
from vaxsite.core.actor import RESIDENT, Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role
from vaxsite.draws import queries
from vaxsite.draws.rules.limits import DrawPlan
from vaxsite.draws.rules.lottery import Spill
from vaxsite.draws.services import announcing, drawing, entering
from vaxsite.draws.services.entering import Member
from vaxsite.residents.rules import IdKind

KEY = "11" * 32  # A signing key that protects nothing.
OPENS = NOW + timedelta(hours=1)
CLOSES = datetime(2026, 1, 14, 1, 0, tzinfo=UTC)
RANDOM_AT = CLOSES + timedelta(hours=6)
RESULT_AT = CLOSES + timedelta(hours=9)
DURING = OPENS + timedelta(minutes=30)


def a_plan(clinic: OpenClinic, **changed: object) -> DrawPlan:
    """Three places for everybody, registration from 10 o'clock today to 9 o'clock on Wednesday."""
    values: dict[str, object] = {
        "site_id": clinic.site_id,
        "product_id": clinic.product_id,
        "places": 3,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "randomness_at": RANDOM_AT,
        "result_at": RESULT_AT,
        "randomness_source": "Welfare lottery 3D, winning number of 14 January 2026",
        "fallback_source": "Closing value of the Shanghai composite index of 16 January 2026",
        "quotas": (),
        "spill": Spill.OPEN,
        "days_to_book": 2,
    }
    return DrawPlan(**{**values, **changed})  # type: ignore[arg-type]  # Values of many types.


def colleague(clinic: OpenClinic, name: str = "second-manager") -> Actor:
    """Another manager of the clinic."""
    return Actor(ActorKind.STAFF, name, {clinic.site_id: ROLES[Role.MANAGER]})


def an_announced_draw(session: Session, clinic: OpenClinic, **changed: object) -> int:
    """A draw whose registration opens in an hour; the caller commits."""
    plan = a_plan(clinic, **changed)
    return announcing.announce(session, plan=plan, signing_key=KEY, actor=clinic.manager, now=NOW)


def a_member(index: int, *, group: str = "", born_on: date = date(1985, 5, 5)) -> Member:
    """The *index*th made-up person."""
    return Member(
        name=f"陈{index}",
        born_on=born_on,
        id_kind=IdKind.RESIDENT_ID,
        id_number=person_number(index, born_on=born_on),
        group=group,
    )


def an_entry(
    session: Session,
    draw_id: int,
    indices: Sequence[int],
    *,
    group: str = "",
    phone: str | None = None,
    email: str | None = None,
    language: str = "zh",
    now: datetime = DURING,
) -> UUID:
    """An entry of the people of *indices*; each has a phone of their own unless one is given."""
    return entering.enter(
        session,
        draw_id=draw_id,
        members=[a_member(index, group=group) for index in indices],
        phone=phone or f"+861391234{indices[0]:04d}",
        email=email,
        language=language,
        actor=RESIDENT,
        now=now,
    )


def closed(session: Session, clinic: OpenClinic, draw_id: int) -> str:
    """Close the list at its time; return the digest."""
    return drawing.close(session, draw_id=draw_id, actor=clinic.manager, now=CLOSES)


def drawn(session: Session, clinic: OpenClinic, draw_id: int, value: str = "7 3 9") -> None:
    """Close the list, and draw."""
    closed(session, clinic, draw_id)
    typed_and_drawn(session, clinic, draw_id, value)


def typed_and_drawn(
    session: Session, clinic: OpenClinic, draw_id: int, value: str = "7 3 9"
) -> None:
    """Let two people type the public value, and draw."""
    for actor in (clinic.manager, colleague(clinic)):
        drawing.type_value(
            session, draw_id=draw_id, value=value, source="first", actor=actor, now=RANDOM_AT
        )
    drawing.draw(session, draw_id=draw_id, actor=clinic.manager, now=RANDOM_AT)


def published(session: Session, clinic: OpenClinic, draw_id: int, value: str = "7 3 9") -> None:
    """Draw and make the result public."""
    drawn(session, clinic, draw_id, value)
    drawing.publish(session, draw_id=draw_id, signing_key=KEY, actor=clinic.manager, now=RESULT_AT)


def number_of(session: Session, entry_id: UUID) -> str:
    """The number of an entry."""
    return queries.get_entry(session, entry_id).number
