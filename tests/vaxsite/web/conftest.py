"""The application with pages that show every component."""

import pytest
from flask import Flask

from tests.vaxsite.web import gallery


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages of the frame touch little of the database: SQLite alone is enough."""
    return sqlite_url


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with the gallery."""
    app.register_blueprint(gallery.bp)
    return app
