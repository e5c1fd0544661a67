"""The database as the views see it: one scoped session, guarded by the audit.

Use only `db.session` with `select()`. To write: `with transaction(db.session()) as session:`.
"""

from typing import Any

import structlog
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from sensors.store.base import metadata
from sensors.store.engine import open_engine
from vaxsite.core import audit

log = structlog.get_logger(__name__)


class Database(SQLAlchemy):
    """Flask-SQLAlchemy on the engine that every other process uses too."""

    def _make_engine(
        self,
        bind_key: str | None,  # noqa: ARG002 - Flask-SQLAlchemy's signature
        options: dict[str, Any],  # noqa: ARG002 - the same; Any: whatever an engine takes
        app: Flask,
    ) -> Engine:
        url: str = app.config["SQLALCHEMY_DATABASE_URI"]
        return open_engine(url)

    def _teardown_session(self, exc: BaseException | None) -> None:
        """End the session of a request; a connection that died spoils no answer that was made."""
        try:
            super()._teardown_session(exc)
        except DBAPIError as error:
            log.warning("database_lost_at_end", error=type(error).__name__)
        finally:
            self.session.registry.clear()  # Else the next request might be given the dead one.


db = Database(metadata=metadata)
audit.guard(db.session.session_factory)  # type: ignore[arg-type]  # Sessions of a subclass.
