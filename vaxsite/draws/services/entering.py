"""Enter a draw, look an entry up, withdraw it. No account: a number and a birth date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.accounts import tries
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id, new_reference, parse_reference
from vaxsite.draws import queries
from vaxsite.draws.models import Draw, DrawEntry, DrawMember
from vaxsite.draws.rules import limits
from vaxsite.draws.rules.states import ENTRIES, SENTENCES, DrawState, EntryState, Reason
from vaxsite.draws.services import checks
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind

TRIES_AN_ENTRY = 5
TRIES_A_NETWORK = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of an entry as typed, already read by the rules of residents."""

    name: str
    born_on: date
    id_kind: IdKind
    id_number: str | None
    group: str = ""


def enter(
    session: Session,
    *,
    draw_id: int,
    members: Sequence[Member],
    phone: str,
    email: str | None,
    language: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Register a person or a household as one unit; return the entry. Raise `RefusedAct`."""
    draw = _open_draw(session, draw_id, now)
    keys = _keys(members, phone)
    quotas = queries.quotas_told(queries.view(draw).told)
    index = residents.phone_index(phone)
    _check_contact(session, draw_id, index)
    entry = DrawEntry(
        id=new_id(now),
        draw_id=draw_id,
        number=new_reference(),
        group_code=limits.unit_group([one.group for one in members], quotas),
        size=len(members),
        state=ENTRIES.initial.value,
        phone=phone,
        phone_index=index,
        email=email,
        language=language,
        created_at=now,
    )
    session.add(entry)
    session.flush()
    _add_members(session, entry, members, keys)
    told = {"draw": draw_id, "size": entry.size, "group": entry.group_code}
    checks.record(session, "draw-entry:enter", f"draw_entry:{entry.id}", actor, now, **told)
    return entry.id


def _keys(members: Sequence[Member], phone: str) -> list[bytes]:
    keys = [
        queries.person_key(
            id_kind=one.id_kind,
            id_number=one.id_number,
            name=one.name,
            born_on=one.born_on,
            phone=phone,
        )
        for one in members
    ]
    if len(set(keys)) != len(keys):
        raise checks.refused(Reason.TWICE_IN_ENTRY)
    return keys


def _add_members(
    session: Session, entry: DrawEntry, members: Sequence[Member], keys: list[bytes]
) -> None:
    session.add_all(
        DrawMember(
            entry_id=entry.id,
            position=place,
            draw_id=entry.draw_id,
            person_key=key,
            born_on=one.born_on,
        )
        for place, (one, key) in enumerate(zip(members, keys, strict=True))
    )
    try:
        session.flush()
    except IntegrityError as err:  # uq_draw_member_draw_id_person_key: once a person.
        raise checks.refused(Reason.ALREADY_ENTERED) from err


def withdraw(session: Session, *, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the entry out of the draw while the list is open; its people are forgotten."""
    row = session.get(DrawEntry, entry_id)
    if row is None:
        raise NotFound
    _open_draw(session, row.draw_id, now)
    source = EntryState(row.state)
    step = move(session, DrawEntry, entry_id, ENTRIES, source=source, target=EntryState.WITHDRAWN)
    session.execute(delete(DrawMember).where(DrawMember.entry_id == entry_id))
    checks.record(session, step.audit, f"draw_entry:{entry_id}", actor, now, draw=row.draw_id)


def check_network(session: Session, *, network: str, now: datetime) -> None:
    """Count an entry from *network*; raise `RefusedAct` after too many. The caller commits."""
    if tries.count(session, f"draw entry from {network}", now) > limits.ENTRIES_A_NETWORK:
        raise checks.refused(Reason.NETWORK_LIMIT)


def look_up(
    session: Session, *, typed: str, born_on: date, network: str, now: datetime
) -> UUID | None:
    """Return the entry, searched for as `tries.search` does: the caller always commits."""
    return tries.search(
        session,
        lambda: queries.find_entry(session, typed=typed, born_on=born_on),
        limits={
            f"draw entry {parse_reference(typed) or typed}": TRIES_AN_ENTRY,
            f"look-up of draw entries from {network}": TRIES_A_NETWORK,
        },
        refusal=checks.refused(Reason.TOO_MANY_TRIES),
        now=now,
    )


def _open_draw(session: Session, draw_id: int, now: datetime) -> Draw:
    """Return the draw while it takes entries, and keep it from being closed until the commit.

    Entries share the lock; closing waits for all of them, so that none comes after the digest.
    """
    row = session.scalar(
        select(Draw)
        .where(Draw.id == draw_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.state != DrawState.ANNOUNCED:
        raise checks.refused(Reason.CLOSED)
    wrong = limits.may_enter(opens_at=row.opens_at, closes_at=row.closes_at, now=now)
    if wrong is not None:
        raise RefusedAct(wrong, SENTENCES)
    return row


def _check_contact(session: Session, draw_id: int, phone_index: bytes) -> None:
    made = session.scalar(
        select(func.count()).where(
            DrawEntry.draw_id == draw_id,
            DrawEntry.phone_index == phone_index,
            DrawEntry.state == EntryState.LIVE,
        )
    )
    if (made or 0) >= limits.ENTRIES_A_CONTACT:
        raise checks.refused(Reason.CONTACT_LIMIT, most=limits.ENTRIES_A_CONTACT)
