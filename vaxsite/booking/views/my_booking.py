"""Pages of one appointment: done, look up, change, cancel, calendar, slip. GET changes nothing.

The address never names the appointment: the browser's signed cookie does, once it was made here or
reference and birth date were known.
"""

from typing import Any
from uuid import UUID

import segno
from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking import origin_queries, queries, schemas
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.rules import APPOINTMENTS, AppointmentState
from vaxsite.booking.services import appointment_reminders, appointments, origins
from vaxsite.booking.views import cookie, doors
from vaxsite.booking.views.blueprint import bp, my_booking_url
from vaxsite.booking.views.later import put_off_note
from vaxsite.booking.views.lookup import lookup
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.ids import row_number
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes
from vaxsite.invitations import queries as invitations
from vaxsite.messages import rules as messages
from vaxsite.record import queries as record
from vaxsite.residents import queries as residents
from vaxsite.residents.services import end_reminders, known_details
from vaxsite.slots import queries as slots
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

DAYS_SHOWN = 21
COLOURS = {
    AppointmentState.BOOKED: "green",
    AppointmentState.ARRIVED: "blue",
    AppointmentState.COMPLETED: "blue",
    AppointmentState.CANCELLED: "red",
    AppointmentState.MISSED: "orange",
}


def qr_code(reference: str) -> str:
    """Return the reference as a picture that any scanner reads: never a Micro QR code."""
    uri: str = segno.make_qr(reference, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return uri


@bp.get("/book/done")
@public
def done() -> Response:
    """Show the new appointment: the reference, and what to bring."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    if view.state is not AppointmentState.BOOKED:  # Cancelled since, and the page sent again.
        return redirect(url_for("booking.show"))
    return page(
        "booking/done.html",
        title=gettext("Your appointment is booked"),
        **_together(view),
        view=view,
        qr=qr_code(view.reference),
        late="late" in request.args,
        emailed=bool(view.email),
    )


@bp.get("/my-booking")
@public
def look_up() -> Response:
    """Ask for reference and birth date."""
    return _look_up(blank_form(schemas.LookUpForm()))


@bp.post("/my-booking")
@public
def find() -> Response:
    """Open the appointment; wrong, foreign and unknown references have one answer."""
    form = read_form(schemas.LookUpForm())
    if not form.ok:
        return _look_up(form)
    found, status = lookup(form)
    if found is None:
        return _look_up(form, status=status)
    cookie.open_booking(found)
    return redirect(url_for("booking.show"))


@bp.get("/my-booking/show")
@public
def show() -> Response:
    """Show the appointment with what can be done."""
    _choose_part()
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    label = APPOINTMENTS.labels[view.state][current_language() == "zh"]
    return page(
        "booking/show.html",
        title=gettext("Your appointment"),
        **_together(view, choose=True),
        view=view,
        qr=qr_code(view.reference),
        state=label,
        colour=COLOURS[view.state],
        changeable=view.changeable(now()),
        to_be_reminded=appointment_reminders.wanted(db.session(), appointment_id=view.id),
        reminded=residents.get_person(db.session(), view.person_id).remind,
        news=request.args.get("news"),
        put_off=put_off_note(view),
    )


@bp.post("/my-booking/no-reminders")
@public
def no_reminders() -> Response:
    """End the reminders of overdue doses."""
    view, actor, instant = _opened(), current_actor(), now()
    if view is None:
        return redirect(url_for("booking.look_up"))
    with transaction(db.session()) as session:
        end_reminders(session, person_id=view.person_id, actor=actor, now=instant)
    return redirect(url_for("booking.show", news="reminders"))


@bp.post("/my-booking/no-appointment-reminders")
@public
def no_appointment_reminders() -> Response:
    """Remind of this booking no more; what is changed is told all the same."""
    view, actor, instant = _opened(), current_actor(), now()
    if view is None:
        return redirect(url_for("booking.look_up"))
    with transaction(db.session()) as session:
        appointments.end_reminders(session, appointment_id=view.id, actor=actor, now=instant)
    return redirect(url_for("booking.show", news="reminders"))


@bp.get("/my-booking/change")
@public
def change() -> Response:
    """Show free times: of the day asked for, else the days."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    return _change(view, blank_form(schemas.ChangeForm(), sequence=str(view.sequence)))


@bp.post("/my-booking/change")
@public
def save_change() -> Response:
    """Move the appointment to another time."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    form = read_form(schemas.ChangeForm())
    if form.ok:
        try:
            _move(view, form)
        except NotFound:
            form.fail("slot", gettext("Choose one of the times shown."))
        except AlreadyMoved:
            form.fail(
                "slot",
                gettext(
                    "This appointment was changed in another window meanwhile. "
                    "Look at it again before you change it."
                ),
            )
        except RefusedAct as refused:
            form.fail("slot", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _change(queries.get_appointment(db.session(), view.id), form)
    return redirect(url_for("booking.show", news="changed"))


@bp.get("/my-booking/cancel")
@public
def cancel() -> Response:
    """Ask whether to cancel."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    if view.state is not AppointmentState.BOOKED:
        return redirect(url_for("booking.show"))
    title = gettext("Do you want to cancel this appointment?")
    whole = [one for one in _together(view)["whole"] if one.changeable(now())]
    return page(
        "booking/cancel.html",
        title=title,
        view=view,
        back=url_for("booking.show"),
        mine=[one for one in whole if one.member == view.member],
        people=len({one.member for one in whole}),
        name=residents.get_person(db.session(), view.person_id).name,
    )


@bp.post("/my-booking/cancel")
@public
def save_cancel() -> Response:
    """Cancel. Sent twice, it stays cancelled."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    if view.state is not AppointmentState.CANCELLED:
        actor, instant, origin = current_actor(), now(), doors.origin()
        with transaction(db.session()) as session:
            origins.act_for(
                session, appointment_id=view.id, origin=origin, actor=actor, now=instant
            )
            appointments.cancel(
                session,
                appointment_id=view.id,
                everyone=request.form.get("everyone") == "yes",
                my_booking_url=my_booking_url(),
                actor=actor,
                now=instant,
            )
    return redirect(url_for("booking.show", news="cancelled"))


@bp.get("/my-booking/appointment.ics")
@public
def calendar() -> Response:
    """Return the calendar file; of a cancelled appointment it takes it out of the calendar."""
    view = _opened()
    if view is None:
        raise NotFound
    whole = queries.booked_together(db.session(), view.id)
    language = current_language()
    content = messages.calendar_file(
        queries.facts(whole, language=language, my_booking_url=my_booking_url()),
        language=language,
        now=now(),
    )
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return FlaskResponse(content, mimetype="text/calendar", headers=headers)


@bp.get("/my-booking/slip")
@public
def slip() -> Response:
    """Show the slip to print: large, one page, with the code."""
    view = _opened()
    if view is None:
        return redirect(url_for("booking.look_up"))
    return page(
        "booking/slip.html",
        title=gettext("Appointment slip"),
        **_together(view),
        view=view,
        qr=qr_code(view.reference),
        my_booking=my_booking_url(),
        back=url_for("booking.show"),
    )


@bp.post("/my-booking/forget")
@public
def forget() -> Response:
    """Forget the person in this browser, for a device that others use too."""
    cookie.forget()
    return redirect(url_for("booking.start"))


def _opened() -> AppointmentView | None:
    appointment_id: UUID | None = cookie.opened_booking()
    return queries.get_appointment(db.session(), appointment_id) if appointment_id else None


def _choose_part() -> None:
    """Turn to another appointment of the same booking, where the address names one."""
    opened = cookie.opened_booking()
    asked = request.args.get("one", "")
    if opened is None or not asked:
        return
    whole = queries.booked_together(db.session(), opened)
    chosen = next((one.id for one in whole if str(one.id) == asked), opened)
    cookie.open_booking(chosen)


def _together(
    view: AppointmentView, *, choose: bool = False
) -> dict[str, Any]:  # Any: what templates take.
    """Return everything that was booked with the appointment, and the names of the people."""
    session = db.session()
    whole = queries.booked_together(session, view.id)
    names = {
        one: residents.get_person(session, one).name for one in {each.person_id for each in whole}
    }
    origin = origin_queries.find_origin(session, view.id)
    return {"whole": whole, "names": names, "now": now(), "choose": choose, "origin": origin}


def _companions(view: AppointmentView) -> int:
    """Return how many people of the booking come at the time of the appointment."""
    whole = queries.booked_together(db.session(), view.id)
    return sum(one.comes_with(view) and one.changeable(now()) for one in whole)


def _move(view: AppointmentView, form: Form) -> None:
    actor, instant, origin = current_actor(), now(), doors.origin()
    with transaction(db.session()) as session:
        origins.act_for(session, appointment_id=view.id, origin=origin, actor=actor, now=instant)
        appointments.change(
            session,
            appointment_id=view.id,
            sequence=form.values["sequence"],
            slot_id=form.values["slot"],
            everyone=form.values["everyone"] == "yes",
            my_booking_url=my_booking_url(),
            actor=actor,
            now=instant,
        )


def _look_up(form: Form, *, status: int | None = None) -> Response:
    title = gettext("Find your appointment")
    return page("booking/look_up.html", title=title, form=form, status=status)


def _who(view: AppointmentView) -> Attributes:
    return eligibility.attributes(db.session(), known_details(db.session(), view.person_id))


def _turns(view: AppointmentView) -> list[queries.ClinicTurn]:
    """Judge every clinic for the person of the appointment, by what it was booked with too."""
    session, instant = db.session(), now()
    invited = invitations.find_invitation(session, view.invitation_id)
    return queries.turns(
        session,
        who=_who(view),
        now=instant,
        product_id=view.slot.product.id,
        history=record.history(session, person_id=view.person_id, at=instant),
        invited=invited.terms.scope if invited else None,
        number=view.dose_number,
    )


def _change(view: AppointmentView, form: Form) -> Response:
    session, instant = db.session(), now()
    turns = [one for one in _turns(view) if one.days]
    site_id = request.args.get("clinic", type=row_number) or view.clinic.site_id
    chosen = next((one for one in turns if one.clinic.site_id == site_id), None)
    days = chosen.days[:DAYS_SHOWN] if chosen else ()
    asked = request.args.get("day")
    day = next((one.day for one in days if one.day.isoformat() == asked), None)
    found = (
        slots.slots_of_day(
            session,
            site_id=site_id,
            day=day,
            now=instant,
            product_id=view.slot.product.id,
            number=view.dose_number,
            groups=eligibility.codes_of(_who(view), day),
        )
        if day
        else []
    )
    return page(
        "booking/change.html",
        title=gettext("Change the time"),
        form=form,
        back=url_for("booking.show"),
        view=view,
        people=_companions(view),
        clinic=slots.get_clinic(session, site_id),
        others=[one for one in turns if one.clinic.site_id != site_id],
        days=days,
        day=day,
        slots=[slot for slot in found if slot.free > 0 and slot.id != view.slot.id],
    )
