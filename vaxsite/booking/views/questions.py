"""The questions before a seat is held, one a page: whose turn, where, which day, what time.

A page that needs an earlier answer sends back to its question, so that stale windows and typed
addresses end somewhere sensible.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import hold_queries, queries, schemas
from vaxsite.booking.queries import ClinicTurn
from vaxsite.booking.rules import Place
from vaxsite.booking.services import holds
from vaxsite.booking.views import cookie, limits
from vaxsite.booking.views.blueprint import bp
from vaxsite.booking.views.invited import groups_here, invited
from vaxsite.booking.views.wording import why
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.draws.services import grants
from vaxsite.draws.views.cookie import opened_entry
from vaxsite.eligibility.rules import OCCUPATIONS, Attributes
from vaxsite.eligibility.wording import opened
from vaxsite.residents import rules as residents
from vaxsite.slots import queries as slots
from vaxsite.stock.queries import ProductView
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page

DAYS_SHOWN = 21


@bp.get("/")
@public
def start() -> Response:
    """Say what this is and where to begin."""
    return page("booking/start.html", title=gettext("Book a vaccination"))


@bp.get("/book")
@public
def birth() -> Response:
    """Ask for the birth date."""
    born_on = cookie.answers().born_on
    initial = {"born_on": date_parts(born_on)} if born_on else {}
    return _birth(blank_form(schemas.BirthForm(), **initial))


@bp.post("/book")
@public
def save_birth() -> Response:
    """Keep the birth date."""
    form = read_form(schemas.BirthForm())
    if form.ok:
        checked = residents.check_birth_date(form.values["born_on"], today=latest_day())
        if isinstance(checked, Refused):
            sentence = residents.SENTENCES[checked.reason]
            form.fail("born_on", explain(sentence, checked.detail))
    if not form.ok:
        return _birth(form)
    cookie.keep(born_on=form.values["born_on"])
    return redirect(url_for("booking.occupation"))


@bp.get("/book/occupation")
@public
def occupation() -> Response:
    """Ask for the occupation."""
    kept = cookie.answers()
    if kept.born_on is None:
        return redirect(url_for("booking.birth"))
    return _occupation(blank_form(schemas.OccupationForm(), occupation=kept.occupation))


@bp.post("/book/occupation")
@public
def save_occupation() -> Response:
    """Keep the occupation."""
    form = read_form(schemas.OccupationForm())
    if not form.ok:
        return _occupation(form)
    cookie.keep(occupation=form.values["occupation"])
    return redirect(url_for("booking.health"))


@bp.get("/book/health")
@public
def health() -> Response:
    """Ask for a long-term illness."""
    kept = cookie.answers()
    if kept.occupation is None:
        return redirect(url_for("booking.occupation"))
    ill = {True: "yes", False: "no", None: None}[kept.ill]
    return _health(blank_form(schemas.HealthForm(), ill=ill))


@bp.post("/book/health")
@public
def save_health() -> Response:
    """Keep the answer."""
    form = read_form(schemas.HealthForm())
    if not form.ok:
        return _health(form)
    cookie.keep(ill=form.values["ill"] == "yes")
    return redirect(url_for("booking.vaccine"))


@bp.get("/book/vaccine")
@public
def vaccine() -> Response:
    """Ask for the vaccine, where clinics offer more than one."""
    kept = cookie.answers()
    if kept.who is None:
        return redirect(url_for("booking.birth"))
    offered = _offered()
    if len(offered) > 1:
        return _vaccine(blank_form(schemas.VaccineForm(), product=kept.product))
    if offered:
        cookie.keep(product=offered[0].id)
    return redirect(url_for("booking.turn"))


@bp.post("/book/vaccine")
@public
def save_vaccine() -> Response:
    """Keep the vaccine."""
    if cookie.answers().who is None:
        return redirect(url_for("booking.birth"))
    form = read_form(schemas.VaccineForm())
    if form.ok and form.values["product"] not in {one.id for one in _offered()}:
        form.fail("product", gettext("No clinic offers this vaccine now. Choose another one."))
    if not form.ok:
        return _vaccine(form)
    cookie.keep(product=form.values["product"])
    return redirect(url_for("booking.turn"))


@bp.get("/book/turn")
@public
def turn() -> Response:
    """Say whether it is their turn, where, and why."""
    kept = cookie.answers()
    if kept.who is None:
        return redirect(url_for("booking.birth"))
    choices = len(_offered())
    if kept.product is None and choices > 1:
        return redirect(url_for("booking.vaccine"))
    found = _turns(kept.who)
    yours = any(not isinstance(one.decision, Refused) for one in found)
    title = gettext("It is your turn") if yours else gettext("It is not your turn yet")
    return page(
        "booking/turn.html",
        title=title,
        back=url_for("booking.vaccine" if choices > 1 else "booking.health"),
        turns=[
            (one, why(one, kept.who), opened(one.phase) if one.phase else None) for one in found
        ],
        registered=bool(kept.who.rosters),
        yours=yours,
    )


@bp.get("/book/clinic")
@public
def clinic() -> Response:
    """Ask for the clinic."""
    kept = cookie.answers()
    if kept.who is None:
        return redirect(url_for("booking.birth"))
    return _clinic(blank_form(schemas.ClinicForm(), site=kept.site), kept.who)


@bp.post("/book/clinic")
@public
def save_clinic() -> Response:
    """Keep the clinic."""
    who = cookie.answers().who
    if who is None:
        return redirect(url_for("booking.birth"))
    form = read_form(schemas.ClinicForm())
    if form.ok and not _days(who, form.values["site"]):
        form.fail("site", gettext("This clinic has no free seats for you. Choose another one."))
    if not form.ok:
        return _clinic(form, who)
    cookie.keep(site=form.values["site"])
    return redirect(url_for("booking.day"))


@bp.get("/book/day")
@public
def day() -> Response:
    """Ask for the day."""
    kept = cookie.answers()
    if kept.who is None or kept.site is None:
        return redirect(url_for("booking.clinic"))
    initial = kept.day.isoformat() if kept.day else None
    return _day(blank_form(schemas.DayForm(), day=initial), kept.who, kept.site)


@bp.post("/book/day")
@public
def save_day() -> Response:
    """Keep the day."""
    kept = cookie.answers()
    if kept.who is None or kept.site is None:
        return redirect(url_for("booking.clinic"))
    form = read_form(schemas.DayForm())
    if form.ok and form.values["day"] not in {one.day for one in _days(kept.who, kept.site)}:
        form.fail("day", gettext("No seat is free for you on this day. Choose another day."))
    if not form.ok:
        return _day(form, kept.who, kept.site)
    cookie.keep(day=form.values["day"])
    return redirect(url_for("booking.time"))


@bp.get("/book/time")
@public
def time() -> Response:
    """Ask for the time."""
    kept = cookie.answers()
    if kept.who is None or kept.site is None or kept.day is None:
        return redirect(url_for("booking.day"))
    return _time(blank_form(schemas.TimeForm()), kept.site, kept.day)


@bp.post("/book/time")
@public
def save_time() -> Response:
    """Hold a seat at the time."""
    kept = cookie.answers()
    if kept.who is None or kept.site is None or kept.day is None:
        return redirect(url_for("booking.day"))
    form = read_form(schemas.TimeForm())
    if form.ok:
        try:
            hold(form.values["slot"])
        except NotFound:
            form.fail("slot", gettext("Choose one of the times shown."))
        except RefusedAct as refused:
            form.fail("slot", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _time(form, kept.site, kept.day)
    return redirect(url_for("booking.second"))


def hold(slot_id: int, *, people: int = 1, keep_second: bool = False) -> None:
    """Hold a seat for each person of this browser, with second doses as before; or `RefusedAct`."""
    limits.check()
    earlier = hold_queries.find_hold(db.session(), holder=cookie.holder()) if keep_second else None
    second = [one for one in earlier.places if one.part > 1] if earlier else []
    hold_places([Place(slot_id, member) for member in range(1, people + 1)] + second)


def hold_places(places: Sequence[Place]) -> None:
    """Hold these seats for this browser instead of those before; raise `RefusedAct`."""
    new_holder = not cookie.has_holder()
    holder, instant = cookie.holder(), now()
    try:
        with transaction(db.session()) as session:
            for slot_id in {place.slot_id for place in places}:
                grants.check_slot(session, slot_id=slot_id, entry_id=opened_entry(), now=instant)
            holds.hold_places(
                session,
                places=places,
                holder=holder,
                groups=groups_here(),
                now=instant,
                new_holder=new_holder,
            )
    except holds.HeldMeanwhile:
        return  # The other request of this browser holds a seat: the next page shows which.


def renew() -> None:
    """Keep the seats of this browser a little longer: somebody is typing."""
    holder, instant = cookie.holder(), now()
    with transaction(db.session()) as session:
        holds.renew(session, holder=holder, now=instant)


def _birth(form: Form) -> Response:
    title = gettext("When was the person born who will be vaccinated?")
    return page("booking/birth.html", title=title, form=form, back=url_for("booking.start"))


def _occupation(form: Form) -> Response:
    return page(
        "booking/occupation.html",
        title=gettext("What is their work?"),
        form=form,
        back=url_for("booking.birth"),
        occupations=OCCUPATIONS,
    )


def _health(form: Form) -> Response:
    title = gettext("Do they have a long-term illness?")
    return page("booking/health.html", title=title, form=form, back=url_for("booking.occupation"))


def _vaccine(form: Form) -> Response:
    return page(
        "booking/vaccine.html",
        title=gettext("Which vaccine?"),
        form=form,
        back=url_for("booking.health"),
        products=_offered(),
    )


def _offered() -> list[ProductView]:
    return slots.offered_products(db.session(), now=now())


def _turns(who: Attributes) -> list[ClinicTurn]:
    """Judge every clinic for *who* and the vaccine that they chose."""
    product_id = cookie.answers().product
    return queries.turns(db.session(), who=who, now=now(), product_id=product_id, invited=invited())


def _clinic(form: Form, who: Attributes) -> Response:
    found = [one for one in _turns(who) if one.days]
    return page(
        "booking/clinic.html",
        title=gettext("Choose a clinic"),
        form=form,
        back=url_for("booking.turn"),
        turns=found,
    )


def _day(form: Form, who: Attributes, site_id: int) -> Response:
    chosen = slots.get_clinic(db.session(), site_id)
    return page(
        "booking/day.html",
        title=gettext("Choose a day"),
        form=form,
        back=url_for("booking.clinic"),
        clinic=chosen,
        days=_days(who, site_id)[:DAYS_SHOWN],
    )


def _time(form: Form, site_id: int, chosen: date) -> Response:
    found = slots.slots_of_day(
        db.session(),
        site_id=site_id,
        day=chosen,
        now=now(),
        product_id=cookie.answers().product,
        groups=groups_here(),
    )
    return page(
        "booking/time.html",
        title=gettext("Choose a time"),
        form=form,
        back=url_for("booking.day"),
        clinic=slots.get_clinic(db.session(), site_id),
        day=chosen,
        question=limits.question(),
        slots=[slot for slot in found if slot.free > 0 and _offered_to(slot)],
        one_product=len({slot.product.id for slot in found}) == 1,
    )


def _offered_to(slot: slots.SlotView) -> bool:
    """Leave out other sessions where the invitation of this browser is for one of them."""
    scope = invited()
    return scope is None or scope.session_id in {None, slot.session_id}


def _days(who: Attributes, site_id: int) -> Sequence[slots.DaySeats]:
    return next((one.days for one in _turns(who) if one.clinic.site_id == site_id), ())


def latest_day() -> date:
    """Return the latest day that any clinic's calendar can show now."""
    return (now() + timedelta(hours=14)).date()
