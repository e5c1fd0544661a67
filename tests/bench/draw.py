"""`./run bench draw`: a draw of many entries for few places, stored, signed and checked again."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import session_factory
from sensors.store.transaction import transaction
from tests.bench import world
from tests.build import draws as build
from tests.build.booking import OpenClinic, an_open_clinic
from vaxsite.core.ids import new_id, new_reference
from vaxsite.draws import queries
from vaxsite.draws.models import DrawEntry
from vaxsite.draws.rules import files
from vaxsite.draws.services import drawing

GROUPS = ("", "", "", "from-60", "long-term-illness")
SIZES = (1, 1, 2, 1, 3, 1, 4)
BATCH = 10_000
STEPS = ("close_s", "draw_s", "publish_s", "file_s", "check_s")


def run(database: str, *, entries: int, places: int) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, seconds and the names."""
    quotas = (("from-60", places // 4), ("long-term-illness", places // 8))
    with world.world(database) as here:
        sessions = session_factory(here.engine)
        with sessions() as session, transaction(session):
            clinic = an_open_clinic(session)
            draw_id = build.an_announced_draw(session, clinic, places=places, quotas=quotas)
            _enter(session, draw_id, entries)
        began = world.clock_s()
        done = [(text, world.clock_s()) for text in _steps(sessions, clinic, draw_id)]
        text = done[-1][0]
        wrong, document = files.check(text)
        took = [began, *(at for _, at in done), world.clock_s()]
    spans = [round(after - before, 2) for before, after in pairwise(took)]
    return {
        "bench": "draw",
        "database": database,
        "entries": entries,
        "places": places,
        "people_with_a_place": sum(row[2] for row in document["result"] if row[3]),
        "faults": len(wrong),
        **dict(zip(STEPS, spans, strict=True)),
        "file_mb": round(len(text.encode()) / 1e6, 1),
    }


def _steps(sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int) -> Iterator[str]:
    """Close, draw, publish, write the result file; give the file after the last."""
    with sessions() as session, transaction(session):
        build.closed(session, clinic, draw_id)
    yield ""
    with sessions() as session, transaction(session):
        build.typed_and_drawn(session, clinic, draw_id)
    yield ""
    with sessions() as session, transaction(session):
        drawing.publish(
            session,
            draw_id=draw_id,
            signing_key=build.KEY,
            actor=clinic.manager,
            now=build.RESULT_AT,
        )
    yield ""
    with sessions() as session:
        yield queries.published_result(session, draw_id)


def _enter(session: Session, draw_id: int, count: int) -> None:
    for start in range(0, count, BATCH):
        session.execute(insert(DrawEntry), list(_rows(draw_id, start, min(start + BATCH, count))))


def _rows(draw_id: int, start: int, stop: int) -> Iterator[dict[str, object]]:
    for index in range(start, stop):
        yield {
            "id": new_id(build.DURING),
            "draw_id": draw_id,
            "number": new_reference(),
            "group_code": GROUPS[index % len(GROUPS)],
            "size": SIZES[index % len(SIZES)],
            "state": "live",
            "phone": "+8613912345678",
            "phone_index": b"",
            "email": None,
            "language": "zh",
            "created_at": build.DURING,
        }
