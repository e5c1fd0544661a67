"""Pages of staff that put a vaccination off until a date, and end that earlier."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, current_app, redirect, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.accounts.queries import staff_names
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.rules.reasons import LABELS, ReasonRule, Why
from vaxsite.visits import putting_off, schemas
from vaxsite.visits.queries import Entry
from vaxsite.visits.rules import VisitReason
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page

bp = Blueprint("deferring", __name__, template_folder="templates")
# What the answers before the needle suggest.
SUGGESTED = {
    VisitReason.DEFER_TODAY: Why.RECENT_ILLNESS,
    VisitReason.DEFER_LASTING: Why.DOCTOR_FIRST,
}


def note(entry: Entry) -> dict[str, object] | None:
    """Return until when the person's vaccination is put off, why and by whom, for staff."""
    found = deferrals.find_open(
        db.session(), person_id=entry.person.id, product_id=entry.product.id
    )
    if found is None:
        return None
    by = staff_names(db.session(), ids=[found.set_by]).get(found.set_by)
    return {
        "until": found.until,
        "why": gettext(LABELS[found.why]),
        "by": by or gettext("the person"),
        "refuses": found.rule.refuses,
    }


@bp.get("/clinic/appointments/<uuid:appointment_id>/put-off")
@access(Permission.VISIT_WRITE)
def ask(appointment_id: UUID) -> Response:
    """Ask why, and until when."""
    entry = _own(appointment_id)
    said = entry.visit.deferred_for if entry.visit else None
    why = SUGGESTED.get(VisitReason(said)) if said else None
    return _ask(entry, blank_form(schemas.PutOffSchema(), why=why.value if why else None))


@bp.post("/clinic/appointments/<uuid:appointment_id>/put-off")
@access(Permission.VISIT_WRITE)
def save(appointment_id: UUID) -> Response:
    """Put it off; without a date until the one that goes with the reason."""
    entry, form = _own(appointment_id), read_form(schemas.PutOffSchema())
    if form.ok:
        try:
            _put_off(entry, form)
        except RefusedAct as refused:
            form.fail("until", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _ask(entry, form)
    return redirect(url_for("visits.person", appointment_id=appointment_id), 303)


@bp.get("/clinic/appointments/<uuid:appointment_id>/end-waiting")
@access(Permission.VISIT_WRITE)
def ask_end(appointment_id: UUID) -> Response:
    """Ask why the waiting ends earlier."""
    return _ask_end(_own(appointment_id), blank_form(schemas.EndWaitingSchema()))


@bp.post("/clinic/appointments/<uuid:appointment_id>/end-waiting")
@access(Permission.VISIT_WRITE)
def save_end(appointment_id: UUID) -> Response:
    """End it and invite the person. Sent twice, it is ended once."""
    entry, form = _own(appointment_id), read_form(schemas.EndWaitingSchema())
    if not form.ok:
        return _ask_end(entry, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            putting_off.end_earlier(
                session,
                appointment_id=appointment_id,
                because=form.values["because"],
                url=f"{current_app.config['PUBLIC_URL']}/invitation",
                actor=actor,
                now=instant,
            )
    except AlreadyMoved:
        pass
    return redirect(url_for("visits.person", appointment_id=appointment_id), 303)


def _put_off(entry: Entry, form: Form) -> None:
    why, actor, instant = form.values["why"], current_actor(), now()
    until = form.values["until"] or date_for(deferrals.reasons()[why], entry.site.day(instant))
    with transaction(db.session()) as session:
        putting_off.put_off(
            session,
            appointment_id=entry.appointment_id,
            why=why,
            until=until,
            my_booking_url=f"{current_app.config['PUBLIC_URL']}/my-booking",
            actor=actor,
            now=instant,
        )


def offered(today: date) -> list[tuple[ReasonRule, str, date]]:
    """Return the reasons of the day in words, each with the date that goes with it."""
    rules = [one for one in deferrals.reasons().values() if one.valid_on(today)]
    return [(one, gettext(LABELS[one.code]), date_for(one, today)) for one in rules]


def date_for(rule: ReasonRule, today: date) -> date:
    """Return until when a vaccination is put off where nobody types a date."""
    return today + timedelta(days=rule.days)


def _own(appointment_id: UUID) -> Entry:
    return putting_off.own_entry(db.session(), appointment_id, current_actor())


def _ask(entry: Entry, form: Form) -> Response:
    return page(
        "visits/put_off.html",
        title=gettext("Put the vaccination off until a date"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=form,
        entry=entry,
        reasons=offered(entry.site.day(now())),
        is_here=entry.visit is not None and entry.visit.state in putting_off.HERE,
    )


def _ask_end(entry: Entry, form: Form) -> Response:
    return page(
        "visits/end_waiting.html",
        title=gettext("End the waiting earlier"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=form,
        entry=entry,
        waits=note(entry),
        action=url_for("deferring.save_end", appointment_id=entry.appointment_id),
    )
