"""Two questions of machines: is the process alive, and can it do its work?"""

from datetime import datetime

from flask import Blueprint, Response, jsonify
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sensors.store.outbox import OutboxMessage
from sensors.store.readings import SensorState
from vaxsite.core import schema
from vaxsite.web import clock
from vaxsite.web.access import public
from vaxsite.web.db import db

bp = Blueprint("health", __name__)


def readiness(session: Session, engine: Engine, *, now: datetime) -> dict[str, object]:
    """Return what the web needs to work, how old the newest reading is, how late the outbox."""
    newest = session.scalar(select(func.max(SensorState.received_at)))
    # A reminder for next week waits rightly; what counts is how late the oldest due message is.
    waiting = session.scalar(
        select(func.min(OutboxMessage.send_after)).where(
            OutboxMessage.state == "waiting", OutboxMessage.send_after <= now
        )
    )
    return {
        "database": True,
        "migrated": schema.is_current(engine),
        "newest_reading_age_s": _age(newest, now),
        "outbox_age_s": _age(waiting, now),
    }


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else max(0, int((now - at).total_seconds()))


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify({"alive": True})


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Say whether the database is there and at the newest migration; 503 when not."""
    try:
        found = readiness(db.session(), db.engine, now=clock.now())
    except SQLAlchemyError:
        found = {"database": False}
    response = jsonify({"ready": bool(found.get("migrated")), **found})
    response.status_code = 200 if found.get("migrated") else 503
    return response
