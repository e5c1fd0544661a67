"""Pages that show every component, for tests of the frame; no part of the product."""

from flask import Blueprint, Response
from marshmallow import Schema, fields

from sensors.domain.states import AlreadyMoved
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, public
from vaxsite.web.forms import DateParts, blank_form, read_form
from vaxsite.web.page import page

bp = Blueprint("gallery", __name__, template_folder="templates")


class GallerySchema(Schema):
    """One field of each kind."""

    name = fields.String(required=True)
    born_on = DateParts(required=True)
    doses = fields.Integer(required=True, data_key="doses")
    ways = fields.List(fields.String(), required=True)
    note = fields.String()


@bp.get("/gallery")
@public
def show() -> Response:
    """Show every component at rest."""
    form = blank_form(GallerySchema(), name="李娜 <script>")
    return page("gallery/all.html", title="Gallery", form=form, back="/healthz")


@bp.post("/gallery")
@public
def send() -> Response:
    """Show every component after a form that may be faulty."""
    form = read_form(GallerySchema())
    if form.ok and form.values["name"] == "taken":
        form.fail("name", "This name is taken.")
    return page("gallery/all.html", title="Gallery", form=form)


@bp.get("/gallery/wall")
@public
def wall() -> Response:
    """Show the dark display."""
    return page("gallery/wall.html", title="Fridges", back="/")


@bp.get("/gallery/typo")
@public
def typo() -> Response:
    """Show a page whose template names what is not there."""
    return page("gallery/typo.html", title="Typo")


@bp.get("/gallery/moved")
@public
def moved() -> Response:
    """Fail as a record does that somebody else moved first."""
    raise AlreadyMoved("session 7 is no longer open")


@bp.get("/gallery/staff/<int:number>")
@access(Permission.LOT_DISPOSE)
def guarded(number: int) -> Response:
    """Show a page that is for pharmacists."""
    return page("gallery/wall.html", title=f"Lot {number}")
