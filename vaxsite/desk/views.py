"""The booking desk: where a phone agent and a counter begin with a person, and find bookings.

Booking, changing and cancelling are the resident's own pages; the desk only says who stands there.
"""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking.doors import CAME_BY, RELATIONS, CameBy
from vaxsite.booking.rules import APPOINTMENTS
from vaxsite.booking.views import cookie, doors
from vaxsite.core.decisions import Refused
from vaxsite.core.permissions import Permission
from vaxsite.desk import queries, rules, schemas, services
from vaxsite.desk.services import Wanted
from vaxsite.residents import rules as residents
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint("desk", __name__, template_folder="templates")
STAFF_DOORS = (Permission.BOOKING_PHONE, Permission.BOOKING_COUNTER)


@bp.get("/desk")
@access(*STAFF_DOORS)
def desk() -> Response:
    """Ask who is there: somebody new, or somebody with a booking."""
    return _desk(blank_form(schemas.SearchForm()))


@bp.post("/desk/begin")
@access(*STAFF_DOORS)
def begin() -> Response:
    """Begin a booking for somebody; nothing of the person before is left."""
    form = _begin_form()
    if not form.ok:
        return _begin_again(form)
    doors.begin(form.values["came_by"], form.values["relation"])
    return redirect(url_for("booking.birth"))


@bp.post("/desk")
@access(*STAFF_DOORS)
def search() -> Response:
    """Show who was looked for. Nothing of it stands in an address."""
    form, actor, instant = read_form(schemas.SearchForm()), current_actor(), now()
    if not form.ok:
        return _desk(form)
    wanted = Wanted(**form.values)
    if mistyped := _mistyped(wanted):
        form.fail("id_number", mistyped)
        return _desk(form)
    with transaction(db.session()) as session:
        found = services.search(session, wanted=wanted, actor=actor, now=instant)
    if isinstance(found, Refused):
        field = {"document": "id_number", "name": "name"}.get(wanted.by, "reference")
        form.fail(field, explain(rules.SENTENCES[found.reason], found.detail))
        status = 429 if found.reason == rules.Reason.TOO_MANY else None
        return _desk(form, status=status)
    return _desk(form, found)


@bp.post("/desk/appointments/<uuid:appointment_id>")
@access(*STAFF_DOORS)
def open_appointment(appointment_id: UUID) -> Response:
    """Open an appointment of one of the clinics, to read it out, print, change or cancel it."""
    form, actor, instant = _begin_form(), current_actor(), now()
    if not form.ok:
        return _begin_again(form)
    with transaction(db.session()) as session:
        services.open_for(session, appointment_id=appointment_id, actor=actor, now=instant)
    doors.begin(form.values["came_by"], form.values["relation"])
    cookie.open_booking(appointment_id)
    return redirect(url_for("booking.slip" if "slip" in request.form else "booking.show"))


@bp.post("/desk/end")
@access(*STAFF_DOORS)
def end() -> Response:
    """Forget the person: the next one is another."""
    doors.leave()
    return redirect(url_for("desk.desk"))


@bp.post("/desk/slips/<uuid:hold_id>")
@access(*STAFF_DOORS)
def send_off(hold_id: UUID) -> Response:
    """Note that a slip was put into the post."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.send_off(session, hold_id=hold_id, actor=actor, now=instant)
    return redirect(url_for("desk.desk"))


def _begin_form() -> Form:
    """Read who asks and at which door the person stands: one of those that the staff have."""
    form, mine = read_form(schemas.BeginForm()), _own_doors()
    form.values["came_by"] = form.values.get("came_by") or mine[0]
    if form.values["came_by"] not in mine:
        form.fail("came_by", gettext(schemas.OTHER_DOOR))
    return form


def _own_doors() -> list[CameBy]:
    return [one for one, needed in doors.NEEDED.items() if current_actor().may(needed)]


def _mistyped(wanted: Wanted) -> str:
    """Say at once what is wrong with a number: nobody would be found by it."""
    if wanted.by != "document" or not rules.is_identity_number(wanted.id_number):
        return ""
    read = residents.read_resident_id(wanted.id_number, today=now().date(), allow_samples=True)
    if isinstance(read, Refused):
        return explain(residents.SENTENCES[read.reason], read.detail)
    return ""


def _begin_again(wrong: Form) -> Response:
    """Ask anew who asks and by which door: whom somebody acts for is kept, and never guessed."""
    form = blank_form(schemas.SearchForm())
    for field, sentence in wrong.errors.items():
        form.fail(field, sentence)
    return _desk(form)


def _desk(
    form: Form, found: list[queries.Found] | None = None, *, status: int | None = None
) -> Response:
    chinese = current_language() == "zh"
    return page(
        "desk/desk.html",
        title=gettext("Booking desk"),
        form=form,
        status=status,
        found=found,
        relations=list(RELATIONS.items()),
        doors=[(one, CAME_BY[one]) for one in _own_doors()],
        labels={state: label[chinese] for state, label in APPOINTMENTS.labels.items()},
        may_put_off=current_actor().may(Permission.VISIT_WRITE),
        put_off=_to_put_off(found or []),
        slips=queries.to_post(db.session(), actor=current_actor()),
        now=now(),
    )


def _to_put_off(found: list[queries.Found]) -> dict[UUID, UUID]:
    """Return for each person the appointment on whose page the member of staff may put it off."""
    actor = current_actor()
    return {
        one.person_id: seen.id
        for one in found
        for seen in reversed(one.appointments)
        if actor.may(Permission.VISIT_WRITE, seen.clinic.site_id)
    }
