"""The resident's page: from when to when, why, and that the new time suits."""

from flask import redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import queries as booking
from vaxsite.booking.views import cookie
from vaxsite.core.errors import RefusedAct
from vaxsite.moves import queries
from vaxsite.moves.rules.states import MOVES, OPEN, MoveState
from vaxsite.moves.services import answering
from vaxsite.moves.views.blueprint import bp
from vaxsite.slots import queries as slots
from vaxsite.web import ui
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@bp.get("/my-booking/moved")
@public
def mine() -> Response:
    """Show how the appointment was moved, and ask whether the new time suits."""
    appointment_id = cookie.opened_booking()
    if appointment_id is None:
        return redirect(url_for("booking.look_up"))
    session = db.session()
    view = booking.get_appointment(session, appointment_id)
    history = queries.history(session, appointment_id=appointment_id)
    if not history:
        return redirect(url_for("booking.show"))
    language = current_language()
    return page(
        "moves/mine.html",
        title=_("Your appointment was moved"),
        back=url_for("booking.show"),
        view=view,
        newest=history[-1],
        reason=queries.get_event(session, history[-1].event_id).reason(language),
        history=history,
        labels={one: MOVES.labels[one][language == "zh"] for one in MoveState},
        clinics={one.site_id: one for one in slots.clinics(session)},
        together=len(booking.booked_together(session, appointment_id)),
        changeable=view.changeable(now()),
    )


@bp.post("/my-booking/moved")
@public
def confirm() -> Response:
    """Note that the new times suit, of everything that was booked together."""
    appointment_id = cookie.opened_booking()
    if appointment_id is None:
        return redirect(url_for("booking.look_up"))
    actor, instant = current_actor(), now()
    whole = booking.booked_together(db.session(), appointment_id)
    ids = [one.id for one in whole]
    try:
        with transaction(db.session()) as session:
            answering.confirm(session, appointment_ids=ids, actor=actor, now=instant)
    except RefusedAct:  # It was changed or cancelled meanwhile: the page says how it stands.
        return redirect(url_for("booking.show"), 303)
    return redirect(url_for("moves.mine"), 303)


@bp.app_template_global("booking_note")
def booking_note(view: booking.AppointmentView) -> Markup:
    """Return what the page of an appointment says of its last move, if that is still open."""
    history = queries.history(db.session(), appointment_id=view.id)
    if not history or history[-1].state not in OPEN or not view.changeable(now()):
        return Markup()
    text = _("There is no free seat for you yet. Your place in line stays.")
    if history[-1].state is MoveState.AWAITING:
        text = _("Your appointment was moved. Please say whether the new time suits you.")
    link = Markup('<a class="nhsuk-notification-banner__link" href="{}">{}</a>').format(
        url_for("moves.mine"), _("See what changed")
    )
    return ui.banner(
        _("Important"),
        Markup('<p class="nhsuk-notification-banner__heading">{}</p>{}').format(text, link),
    )
