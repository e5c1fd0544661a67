"""The blueprint of the resident's pages."""

from flask import Blueprint, current_app, url_for

bp = Blueprint(
    "booking",
    "vaxsite.booking",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/booking",
)


def my_booking_url() -> str:
    """Return the address that messages name: the public one, without anything personal."""
    return f"{current_app.config['PUBLIC_URL']}{url_for('booking.look_up')}"
