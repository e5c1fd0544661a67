"""The clinic's page for somebody who came without an appointment."""

from datetime import date, datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking.views import doors, people
from vaxsite.booking.views.blueprint import my_booking_url
from vaxsite.core import sites
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.desk import schemas, walking_in
from vaxsite.desk.walking_in import NEEDED, WHY, Today
from vaxsite.eligibility.rules import OCCUPATIONS
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind, Sex
from vaxsite.residents.services import PersonDetails
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint("walk_in", __name__, template_folder="templates")


@bp.get("/clinic/walk-in")
@access(*NEEDED)
def ask() -> Response:
    """Ask who came, and for which of today's times."""
    site, instant = _site(), now()
    found = walking_in.today(db.session(), site=site, now=instant)
    first = next((one for one in _to_come_first(found, instant) if one.free), None)
    initial = {"slot": str(first.slot.id)} if first else {}
    return _page(site, found, blank_form(schemas.WalkInForm(), **initial))


@bp.post("/clinic/walk-in")
@access(*NEEDED)
def seat() -> Response:
    """Give them the seat, and go on to check them in; else say which rule stands in the way."""
    site, form = _site(), read_form(schemas.WalkInForm())
    found = walking_in.today(db.session(), site=site, now=now())
    person = people.read_other(form, contact(form))
    if person is None:
        return _page(site, found, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            booked = walking_in.walk_in(
                session,
                slot_id=form.values["slot"],
                details=person,
                why=form.values["why"],
                my_booking_url=my_booking_url(),
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        field = "why" if refused.decision.reason == walking_in.Reason.WHY_ADDED else "slot"
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _page(site, walking_in.today(db.session(), site=site, now=instant), form)
    return redirect(url_for("visits.person", appointment_id=booked), 303)


def contact(form: Form) -> PersonDetails:
    """Return what is known before the person is read: how to reach them."""
    phone = people.read_phone(form)
    return PersonDetails(
        name="",
        born_on=date.min,
        sex=Sex.UNKNOWN,
        id_kind=IdKind.NONE,
        id_number=None,
        phone=phone,
        email=None,
        address=None,
        language=current_language(),
        occupation="",
        conditions=False,
    )


def _site() -> SiteName:
    """Return the clinic that the address names, of those of whoever asks; else their first one."""
    actor, chosen = current_actor(), request.args.get("site")
    mine = {
        one.code: one
        for needed in NEEDED
        for one in sites.permitted(db.session(), actor=actor, permission=needed)
    }
    if chosen is not None and chosen not in mine:
        raise NotFound
    return mine[chosen] if chosen else next(iter(mine.values()))


def _to_come_first(found: list[Today], instant: datetime) -> list[Today]:
    """Return the times that are to come, then those that have begun, the latest of them first."""
    begun = [one for one in found if one.slot.starts_at < instant]
    return [one for one in found if one.slot.starts_at >= instant] + begun[::-1]


def _page(site: SiteName, found: list[Today], form: Form) -> Response:
    may_add, instant = current_actor().may(Permission.SEAT_ADD, site.id), now()
    return page(
        "desk/walk_in.html",
        title=gettext("Somebody came without an appointment"),
        back=url_for("visits.day", site=site.code),
        site=site,
        form=form,
        now=instant,
        times=[
            one for one in _to_come_first(found, instant) if one.free or (may_add and one.addable)
        ],
        full=any(one.free == 0 for one in found),
        may_add=may_add,
        may_book=any(current_actor().may(one) for one in doors.NEEDED.values()),
        why=WHY,
        occupations=OCCUPATIONS,
        kinds={kind: gettext(text) for kind, text in residents.ID_KINDS.items()},
    )
