"""Pages of staff accounts: sign in, give the code, sign out."""

from flask import Blueprint

from vaxsite.web.access import SignedIn

bp = Blueprint("accounts", __name__, template_folder="templates")


def identify() -> SignedIn | None:
    """Return who is signed in, by the session that the browser holds."""
    return None
