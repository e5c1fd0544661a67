"""How long charts and the wall take in a database of five years: `./run bench charts`.

Measures the very functions that the pages call. What counts is the time in the database: of every
statement from its sending to its last row. The plan of each statement is looked at too.
"""

import gzip
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from sensors.domain.units import BANDS, Profile
from sensors.services import hours
from sensors.store.engine import session_factory
from sensors.store.places import Sensor
from tests.bench import world
from tests.web_client import PageClient
from vaxsite.app import create_app
from vaxsite.coldchain.queries import marks, series, wall
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role
from vaxsite.core.settings import WebSettings
from vaxsite.web.db import db

UNITS = 500
PROBES = 20  # That have readings for years; the others have those of the last hours.
YEARS = timedelta(days=5 * 365)
ROUNDS = 200
LIMITS_MS = {"day": 10, "month": 20, "years": 50, "wall": 50}
INSERT = text(
    """
    INSERT INTO reading (sensor_id, measured_at, received_at, centi, clock, source, boot, seq,
                         door_open, power_on)
    SELECT :sensor, at, at, 450 + (100 * sin(n / 20.0))::int + (n % 17) * 4
               + CASE WHEN n % 100000 < 90 THEN 500 ELSE 0 END,
           'device', 'live', 'b', n, n % 500 = 0, true
    FROM generate_series(1, :count) AS n,
         LATERAL (SELECT CAST(:until AS timestamptz) - (:count - n) * CAST(:step AS interval)
                  AS at) AS placed
    """
)
STATES = text(
    """
    INSERT INTO sensor_state (sensor_id, measured_at, received_at, centi, rules)
    SELECT sensor_id, max(measured_at), max(measured_at), 450, '{}' FROM reading GROUP BY sensor_id
    """
)
# Of the session that fills: its keys are checked when they are built, references by nobody.
FILLING = (
    "SET statement_timeout = 0",
    "SET session_replication_role = replica",
    "SET maintenance_work_mem = '512MB'",
    "SET synchronous_commit = off",
)
KEYS = text(
    """
    SELECT coalesce('ALTER TABLE reading DROP CONSTRAINT ' || constraints.conname,
                    'DROP INDEX ' || indexes.indexrelid::regclass) AS drop,
           coalesce('ALTER TABLE reading ADD CONSTRAINT ' || constraints.conname || ' '
                        || pg_get_constraintdef(constraints.oid),
                    pg_get_indexdef(indexes.indexrelid)) AS make
    FROM pg_index AS indexes
    LEFT JOIN pg_constraint AS constraints ON constraints.conindid = indexes.indexrelid
    WHERE indexes.indrelid = 'reading'::regclass
    """
)
LEASES = text("INSERT INTO lease VALUES ('listening', 'bench', :until), ('watch', 'bench', :until)")


@dataclass
class Watched:
    """What the statements of one measured call took and how they were planned."""

    ms: float = 0.0
    rows_planned_badly: list[str] = field(default_factory=list)
    statements: list[tuple[str, Any]] = field(default_factory=list)  # Any: their parameters.


def run(*, readings: int) -> dict[str, Any]:  # Any: figures by name.
    """Measure; return the figures by name."""
    with world.world("postgres") as here:
        world.build_fridges(here.engine, UNITS)
        now = datetime.now(UTC).replace(microsecond=0)
        figures: dict[str, Any] = {"bench": "charts", "readings": readings, "units": UNITS}
        figures |= _fill(here.engine, readings, now)
        figures |= _measure(here.engine, now)
        figures |= _payload(here.database_url)
        figures["load"] = [round(one, 1) for one in os.getloadavg()]
    missed = [name for name, most in LIMITS_MS.items() if figures[f"{name}_db_ms"] >= most]
    return {**figures, "limits_ms": LIMITS_MS, "missed": missed}


def _fill(engine: Engine, readings: int, now: datetime) -> dict[str, Any]:
    """Store the readings, add up their hours and days, and let the server look at it all."""
    began = time.perf_counter()
    with Session(engine) as session:
        _store(session, readings, now)
        session.execute(STATES)
        session.execute(LEASES, {"until": now + timedelta(days=1)})
        session.commit()
    filled = time.perf_counter()
    for _ in hours.rebuild_all(session_factory(engine)):
        pass
    rolled = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
        hours_stored = connection.execute(text("SELECT count(*) FROM reading_hour")).scalar_one()
    return {
        "fill_s": round(filled - began, 1),
        "roll_up_s": round(rolled - filled, 1),
        "hours": hours_stored,
    }


def _store(session: Session, readings: int, now: datetime) -> None:
    """Store years of minutes for some probes and hours of five minutes for the others.

    The server makes the rows itself, into a table without keys, which are built afterwards: much
    faster than into an indexed one, and than COPY of text that Python would have to write.
    """
    for setting in FILLING:
        session.execute(text(setting))
    keys = session.execute(KEYS).all()
    for key in keys:
        session.execute(text(key.drop))
    each = math.ceil(readings / PROBES)
    # The same five years whatever the count: fewer readings are further apart.
    step = max(timedelta(minutes=1), YEARS / each)
    sensor_ids = session.scalars(select(Sensor.id).order_by(Sensor.id)).all()
    for place, sensor_id in enumerate(sensor_ids):
        years = place < PROBES
        values = {
            "sensor": sensor_id,
            "until": now,
            "count": each if years else 30,
            "step": step if years else timedelta(minutes=5),
        }
        session.execute(INSERT, values)
    for key in keys:
        session.execute(text(key.make))


def _measure(engine: Engine, now: datetime) -> dict[str, Any]:
    with Session(engine) as session:
        probes = session.query(Sensor).order_by(Sensor.id).limit(PROBES).all()
        site_id = session.execute(text("SELECT id FROM site")).scalar_one()
        actor = Actor(ActorKind.STAFF, "bench", {site_id: ROLES[Role.PHARMACIST]})

        def chart(length: timedelta) -> Callable[[int], object]:
            return lambda place: series.read_series(
                session,
                sensor=probes[place % PROBES],
                band=BANDS[Profile.FRIDGE],
                since=now - length,
                until=now,
            )

        calls: dict[str, Callable[[int], object]] = {
            "day": chart(timedelta(days=1)),
            "week": chart(timedelta(days=7)),
            "month": chart(timedelta(days=30)),
            "quarter": chart(timedelta(days=83)),
            "year": chart(timedelta(days=365)),
            "years": chart(YEARS),
            "wall": lambda _: wall.read_wall(session, actor=actor, now=now),
            "mark": lambda _: marks.read_mark(session, actor=actor, now=now),
        }
        return {
            name: figure
            for call, work in calls.items()
            for name, figure in _figures(engine, session, call, work).items()
        }


def _figures(
    engine: Engine, session: Session, name: str, work: Callable[[int], object]
) -> dict[str, Any]:
    database: list[float] = []
    whole: list[float] = []
    plans: set[str] = set()
    for place in range(ROUNDS):
        with _watching(engine) as watched:
            began = time.perf_counter()
            work(place)
            whole.append((time.perf_counter() - began) * 1000)
        database.append(watched.ms)
        if place == 0:
            plans = _scans(session, watched)
        session.expire_all()
    return {
        f"{name}_db_ms": round(statistics.median(database), 2),
        f"{name}_db_ms_first": round(database[0], 2),
        f"{name}_db_ms_p99": round(sorted(database)[ROUNDS * 99 // 100], 2),
        f"{name}_db_ms_worst": round(max(database), 2),
        f"{name}_ms": round(statistics.median(whole), 2),
        f"{name}_scans": sorted(plans),
    }


@contextmanager
def _watching(engine: Engine) -> Iterator[Watched]:
    watched = Watched()
    began = 0.0

    def before(
        _c: Any, _cursor: Any, statement: str, given: Any, _x: Any, _many: bool
    ) -> None:  # Any: as SQLAlchemy calls it.
        nonlocal began
        watched.statements.append((statement, given))
        began = time.perf_counter()

    def after(*_: Any) -> None:
        watched.ms += (time.perf_counter() - began) * 1000

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    yield watched
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)


def _scans(session: Session, watched: Watched) -> set[str]:
    """Return how the statements reach the tables of readings."""
    found: set[str] = set()
    for statement, given in watched.statements:
        plan = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", given)
        nodes = [plan.scalar_one()[0]["Plan"]]
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            if node.get("Relation Name") in ("reading", "reading_hour", "reading_day"):
                found.add(f"{node['Node Type']} on {node['Relation Name']}")
    return found


def _payload(url: str) -> dict[str, Any]:
    """Return what one picture of the wall weighs, as a display fetches it."""
    app = create_app(
        WebSettings(database_url=url, data_keys=world.KEYS, secret_key="s" * 32, demo=False)
    )
    app.test_client_class = PageClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.sign_in(Role.PHARMACIST)
    began = time.perf_counter()
    page = client.get("/coldchain/wall/units", check=False).data
    took = (time.perf_counter() - began) * 1000
    with app.app_context():
        db.engine.dispose()
    return {
        "wall_page_ms": round(took, 1),
        "wall_page_kib": round(len(page) / 1024),
        "wall_page_gzip_kib": round(len(gzip.compress(page)) / 1024),
    }
