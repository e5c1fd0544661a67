"""The blueprint of the staff's pages about invitations."""

from flask import Blueprint, current_app

bp = Blueprint("invitations", "vaxsite.invitations", template_folder="templates")


def code_url() -> str:
    """Return the address that messages name: the page that takes the code."""
    return f"{current_app.config['PUBLIC_URL']}/invitation"
