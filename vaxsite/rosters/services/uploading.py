"""Take a file of an employer or community: read it, keep its rows encrypted, enter nobody yet."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from sensors.store.encrypted import blind_index
from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries as eligibility
from vaxsite.rosters import queries
from vaxsite.rosters.models import Roster
from vaxsite.rosters.rules import columns, contents, rows, states, tables
from vaxsite.rosters.rules.rows import Asked, Reading
from vaxsite.rosters.rules.states import ROSTERS, Reason, RosterState
from vaxsite.stock import queries as stock


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is said about a file: whose list it is, for whom, on which days, in which language."""

    site_id: int
    product_id: int
    organisation: str
    group_code: str
    valid_from: date
    valid_to: date | None
    language: str = "zh"


def read_file(payload: bytes, *, upload: Upload, today: date, samples: bool = False) -> Reading:
    """Judge every row of a file, before any transaction; raise `RefusedAct` where it is no list."""
    table = tables.read_table(payload)
    if isinstance(table, Refused):
        raise RefusedAct(table, tables.SENTENCES)
    asked = Asked(
        _group_names(upload.valid_from), upload.group_code, today, samples, upload.language
    )
    reading = rows.read_rows(table, asked)
    if isinstance(reading, Refused):
        raise RefusedAct(reading, tables.SENTENCES)
    return reading


def keep(
    session: Session,
    *,
    payload: bytes,
    reading: Reading,
    upload: Upload,
    actor: Actor,
    now: datetime,
) -> tuple[UUID, bool]:
    """Keep the rows to be looked at; return the roster, and whether it is new.

    The same file for the same group, not undone, is the roster that it made before.
    """
    _check(session, upload, actor)
    name = f"{upload.group_code}:{upload.product_id}:{hashlib.sha256(payload).hexdigest()}"
    digest = blind_index("roster.digest", name)
    before = queries.find_live(session, site_id=upload.site_id, digest=digest)
    if before is not None:
        return before, False
    reading = reading.without(queries.taken(session, reading.rows))
    roster_id = new_id(now)
    kept = {
        **asdict(upload),
        "digest": digest,
        "content": contents.write(reading),
        "good": len(reading.rows),
        "faulty": reading.faulty,
        "state": ROSTERS.initial.value,
        "made_by": actor.id,
        "created_at": now,
        "changed_at": now,
    }
    if not insert_if_absent(session, Roster, id=roster_id, **kept):  # Sent twice in this moment.
        before = queries.find_live(session, site_id=upload.site_id, digest=digest)
        assert before is not None, "an insert that met a file meets its roster"
        return before, False
    told = {name: kept[name] for name in ("site_id", "group_code", "good", "faulty")}
    record(session, "roster:upload", roster_id, actor, now, told)
    return roster_id, True


def discard(session: Session, *, roster_id: UUID, actor: Actor, now: datetime) -> None:
    """Forget a list that nobody accepted, with all its rows."""
    step = move(
        session,
        Roster,
        roster_id,
        ROSTERS,
        source=RosterState.PREVIEWED,
        target=RosterState.DISCARDED,
        content=None,
        changed_at=now,
    )
    record(session, step.audit, roster_id, actor, now)


def lock(session: Session, roster_id: UUID) -> queries.RosterView:
    """Return the roster as it stands, kept from everybody else; raise `NotFound`."""
    query = select(Roster).where(Roster.id == roster_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return queries.view(row)


def record(
    session: Session,
    action: str,
    roster_id: UUID,
    actor: Actor,
    now: datetime,
    detail: Detail | None = None,
) -> None:
    """Leave the audit row of an act; it counts people and names none."""
    subject = f"roster:{roster_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)


def refused(reason: Reason, detail: Detail | None = None) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, states.RULE, detail=detail or {}), states.SENTENCES)


def _check(session: Session, upload: Upload, actor: Actor) -> None:
    if not actor.may(Permission.ROSTER_WRITE, upload.site_id):
        raise NotFound
    if stock.find_product(session, product_id=upload.product_id) is None:
        raise NotFound
    group = eligibility.groups().find(upload.group_code)
    if group is None or not group.valid_on(upload.valid_from):
        raise refused(Reason.GROUP)
    if upload.valid_to is not None and upload.valid_to <= upload.valid_from:
        raise refused(Reason.PERIOD, {"date": upload.valid_from})


def _group_names(day: date) -> dict[str, str]:
    """Return the code of each group under all its names."""
    return {
        columns.key(name): group.code
        for group in eligibility.groups().groups
        if group.valid_on(day)
        for name in (group.code, group.name_en, group.name_zh)
    }
