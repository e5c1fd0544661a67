"""Both doses at once: when a seat for the first is held, ask for the day of the second."""

from collections.abc import Sequence
from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from vaxsite.booking import queries, schemas
from vaxsite.booking.rules import Place
from vaxsite.booking.views import cookie, questions
from vaxsite.booking.views.blueprint import bp
from vaxsite.booking.views.details import HeldSeat, held_seat
from vaxsite.booking.views.invited import groups_here, invited
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.ids import row_number
from vaxsite.slots import queries as slots
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

ONLY_THIS = "only-this"


@bp.get("/book/second")
@public
def second() -> Response:
    """Ask for the day of the second dose, where one follows and a day in its window is free."""
    held = held_seat()
    if held is None:
        return redirect(url_for("booking.time"))
    days = _days(held)
    if not days:
        return redirect(url_for("booking.details"))
    return _ask_day(blank_form(schemas.SecondDayForm()), held, days)


@bp.post("/book/second")
@public
def save_second() -> Response:
    """Go on to the times of the day, or with this dose only."""
    held = held_seat()
    if held is None:
        return redirect(url_for("booking.time"))
    form, days = read_form(schemas.SecondDayForm()), _days(held)
    if form.ok and form.values["day"] == ONLY_THIS:
        questions.hold_places([one for one in held.hold.places if one.part == 1])
        return redirect(url_for("booking.details"))
    chosen = next((one for one in days if _value(one) == form.values.get("day")), None)
    if form.ok and chosen is None:
        form.fail("day", gettext("No seat is free for you on this day. Choose another day."))
    if not form.ok or chosen is None:
        return _ask_day(form, held, days)
    questions.renew()
    return redirect(url_for("booking.second_time", site=chosen.site_id, day=chosen.day.isoformat()))


@bp.get("/book/second-time")
@public
def second_time() -> Response:
    """Ask for the time of the second dose."""
    held, chosen = held_seat(), _chosen()
    if held is None or chosen is None:
        return redirect(url_for("booking.second"))
    return _ask_time(blank_form(schemas.TimeForm()), held, chosen)


@bp.post("/book/second-time")
@public
def save_second_time() -> Response:
    """Hold both seats; where the second is gone, the first stays held."""
    held, chosen = held_seat(), _chosen()
    if held is None or chosen is None:
        return redirect(url_for("booking.second"))
    form = read_form(schemas.TimeForm())
    if form.ok:
        try:
            questions.hold_places(_both(held, form.values["slot"]))
        except NotFound:
            form.fail("slot", gettext("Choose one of the times shown."))
        except RefusedAct as refused:
            form.fail("slot", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _ask_time(form, held, chosen)
    return redirect(url_for("booking.details"))


def _both(held: HeldSeat, slot_id: int) -> list[Place]:
    first = [one for one in held.hold.places if one.part == 1]
    return first + [Place(slot_id, one.member, 2) for one in first]


def _days(held: HeldSeat) -> list[slots.DaySeats]:
    who = cookie.answers().who
    if who is None:
        return []
    return queries.second_days(
        db.session(), who=who, first=held.slot, now=now(), invited=invited()
    )[: questions.DAYS_SHOWN]


def _value(one: slots.DaySeats) -> str:
    return f"{one.site_id}:{one.day.isoformat()}"


def _chosen() -> tuple[slots.ClinicView, date] | None:
    site_id, day = request.args.get("site", type=row_number), request.args.get("day", "")
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        return None
    return (slots.get_clinic(db.session(), site_id), chosen) if site_id is not None else None


def _ask_day(form: Form, held: HeldSeat, days: Sequence[slots.DaySeats]) -> Response:
    names = {
        one.site_id: one.name(current_language())
        for one in slots.clinics(db.session(), site_ids={day.site_id for day in days})
    }
    return page(
        "booking/second.html",
        title=gettext("Book the second dose too?"),
        form=form,
        back=url_for("booking.time"),
        held=held,
        days=[(_value(one), one, names[one.site_id]) for one in days],
        only_this=ONLY_THIS,
        own=held.clinic.site_id,
    )


def _ask_time(form: Form, held: HeldSeat, chosen: tuple[slots.ClinicView, date]) -> Response:
    clinic, day = chosen
    found = slots.slots_of_day(
        db.session(),
        site_id=clinic.site_id,
        day=day,
        now=now(),
        product_id=held.slot.product.id,
        number=2,
        groups=groups_here(),
    )
    return page(
        "booking/second_time.html",
        title=gettext("Choose the time of the second dose"),
        form=form,
        back=url_for("booking.second"),
        held=held,
        clinic=clinic,
        day=day,
        slots=[slot for slot in found if slot.free >= held.people],
    )
