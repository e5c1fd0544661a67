"""The blueprint of the resident's pages, and what its root gives it."""

from flask import Blueprint, Flask, current_app, url_for

from vaxsite.booking.queries import DoseHistory

EXTENSION = "vaxsite.dose_history"

bp = Blueprint(
    "booking",
    "vaxsite.booking",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/booking",
)


def init_app(app: Flask, *, history: DoseHistory) -> None:
    """Give *app* the query that knows recorded doses: they are recorded downstream of booking."""
    app.extensions[EXTENSION] = history


def dose_history() -> DoseHistory:
    """Return the query that knows recorded doses."""
    found: DoseHistory = current_app.extensions[EXTENSION]
    return found


def my_booking_url() -> str:
    """Return the address that messages name: the public one, without anything personal."""
    return f"{current_app.config['PUBLIC_URL']}{url_for('booking.look_up')}"
