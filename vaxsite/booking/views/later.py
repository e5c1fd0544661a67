"""Not now: the resident names a day on which they want to be asked again."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import queries, schemas
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.services import later, origins
from vaxsite.booking.views import cookie, doors
from vaxsite.booking.views.blueprint import bp, my_booking_url
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.rules.reasons import LABELS
from vaxsite.residents import queries as residents
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page


@bp.get("/my-booking/later")
@public
def ask_later() -> Response:
    """Ask for the day."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    return _ask(view, blank_form(schemas.LaterForm()))


@bp.post("/my-booking/later")
@public
def save_later() -> Response:
    """Cancel the appointment, and ask again on that day."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    form = read_form(schemas.LaterForm())
    if form.ok:
        try:
            _put_off(view, form)
        except RefusedAct as refused:
            form.fail("until", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _ask(view, form)
    return redirect(url_for("booking.show", news="later"))


def put_off_note(view: AppointmentView) -> dict[str, object] | None:
    """Return until when, why, and what happens next, for the page of an appointment."""
    found = deferrals.find_open(
        db.session(), person_id=view.person_id, product_id=view.slot.product.id
    )
    if found is None:
        return None
    return {
        "until": found.until,
        "why": gettext(LABELS[found.why]),
        "refuses": found.rule.refuses,
        "by_email": bool(found.email),
    }


def _put_off(view: AppointmentView, form: Form) -> None:
    actor, instant, origin = current_actor(), now(), doors.origin()
    with transaction(db.session()) as session:
        origins.act_for(session, appointment_id=view.id, origin=origin, actor=actor, now=instant)
        later.ask_later(
            session,
            appointment_id=view.id,
            until=form.values["until"],
            my_booking_url=my_booking_url(),
            actor=actor,
            now=instant,
        )


def _ask(view: AppointmentView, form: Form) -> Response:
    whole = queries.booked_together(db.session(), view.id)
    mine = [one for one in whole if one.member == view.member and one.changeable(now())]
    return page(
        "booking/later.html",
        title=gettext("Not now: when shall we ask again?"),
        form=form,
        back=url_for("booking.show"),
        view=view,
        mine=mine,
        name=residents.get_person(db.session(), view.person_id).name,
    )


def _opened() -> AppointmentView | None:
    opened = cookie.opened_booking()
    return queries.get_appointment(db.session(), opened) if opened else None
