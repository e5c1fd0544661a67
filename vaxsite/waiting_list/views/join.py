"""Join the waiting list: what suits, who, how to reach them. Nothing is stored until the end."""

from dataclasses import replace
from datetime import date
from typing import Any  # Any: the answers of a form.

from flask import current_app, redirect, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking.views import people
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.eligibility.rules import OCCUPATIONS
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import ID_KINDS, IdKind, Sex
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import schemas
from vaxsite.waiting_list.rules.fits import HOUSEHOLD_MOST, Part, Reach, Wish
from vaxsite.waiting_list.rules.states import Reason
from vaxsite.waiting_list.services import joining, lookups
from vaxsite.waiting_list.views import cookie, shown
from vaxsite.waiting_list.views.blueprint import bp
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

REACHES = {
    Reach.EMAIL: N_("By e-mail"),
    Reach.TEXT: N_("By text message, or a call where none can be sent"),
    Reach.CALL: N_("By a call"),
}


@bp.get("/waiting/join")
@public
def start() -> Response:
    """Ask what suits."""
    every = {"weekdays": [str(day) for day in range(7)], "parts": [part.value for part in Part]}
    return _wish(blank_form(schemas.WishForm(), size="1", notice="60", **every))


@bp.post("/waiting/join")
@public
def save_wish() -> Response:
    """Go on to the first person."""
    form = read_form(schemas.WishForm())
    if not form.ok:
        return _wish(form)
    return _person(_sealer().dumps(form.values), blank_form(schemas.PersonForm()), [])


@bp.get("/waiting/join/person")
@bp.get("/waiting/join/contact", endpoint="contact_again")
@public
def again() -> Response:
    """Lead back to the beginning: these pages exist only with what was typed."""
    return redirect(url_for("waiting_list.start"))


@bp.post("/waiting/join/person")
@public
def save_person() -> Response:
    """Take one person in; ask for the next, or how to reach them."""
    form = read_form(schemas.PersonForm())
    carried = _carried(form)
    if carried is None:
        return redirect(url_for("waiting_list.start"))
    before = people.read_others(form, _nobody())
    person = people.read_other(form, _nobody())
    if person is None:
        return _person(form.raw["wish"], form, before)
    members = [*before, person]
    if len(members) < carried["size"]:
        return _person(form.raw["wish"], blank_form(schemas.PersonForm()), members)
    blank = blank_form(schemas.ContactForm(), leftover=[""])
    return _contact(form.raw["wish"], blank, members)


@bp.post("/waiting/join/contact")
@public
def join() -> Response:
    """Put them on the list."""
    form = read_form(schemas.ContactForm())
    carried, members = _carried(form), people.read_others(form, _nobody())
    if carried is None or len(members) != carried["size"]:
        return redirect(url_for("waiting_list.start"))
    phone = residents.read_phone(form.values.get("phone", ""))
    if isinstance(phone, Refused):
        form.fail("phone", explain(residents.SENTENCES[phone.reason], phone.detail))
    if not form.ok:
        return _contact(form.raw["wish"], form, members)
    assert isinstance(phone, str), "a refused number is a fault of the form"
    try:
        entry_id = _join(_request(carried, members, phone, form))
    except RefusedAct as refused:
        field = "email" if refused.decision.reason == Reason.NO_EMAIL else "reach"
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _contact(form.raw["wish"], form, members)
    cookie.open_entry(entry_id)
    return redirect(url_for("waiting_list.mine", news="joined"))


def _join(asked: joining.Request) -> Any:
    network, instant, actor = network_of(request.remote_addr), now(), current_actor()
    with transaction(db.session()) as session:
        lookups.check_network(session, network=network, now=instant)
    with transaction(db.session()) as session:
        return joining.join(session, request=asked, url=shown.link_url(), actor=actor, now=instant)


def _request(
    carried: dict[str, Any], members: list[PersonDetails], phone: str, form: Form
) -> joining.Request:
    email = form.values["email"]
    wish = Wish(
        site_ids=frozenset(carried["sites"]),
        weekdays=frozenset(carried["weekdays"]),
        parts=frozenset(map(Part, carried["parts"])),
        notice_min=carried["notice"],
        size=carried["size"],
    )
    return joining.Request(
        product_id=carried["product"],
        wish=wish,
        people=[replace(one, phone=phone, email=email) for one in members],
        reach=Reach(form.values["reach"]),
        phone=phone,
        email=email,
        language=current_language(),
        leftover=form.values["leftover"] == "yes",
    )


def _nobody() -> PersonDetails:
    """Return what `people` fills: nobody, reached by nothing yet."""
    return PersonDetails(
        name="",
        born_on=date.min,
        sex=Sex.UNKNOWN,
        id_kind=IdKind.NONE,
        id_number=None,
        phone="",
        email=None,
        address=None,
        language=current_language(),
        occupation="other",
        conditions=False,
    )


def _sealer() -> URLSafeSerializer:
    key = current_app.secret_key
    assert key is not None, "the root sets it"
    return URLSafeSerializer(key, salt="wish of the waiting list")


def _carried(form: Form) -> dict[str, Any] | None:
    """Return the answers of the first page, or None where the form is not from these pages."""
    try:
        values: dict[str, Any] = _sealer().loads(str(form.raw.get("wish") or ""))
    except BadData:
        return None
    return values


def _wish(form: Form) -> Response:
    return page(
        "waiting_list/wish.html",
        title=_("Wait for seats that become free"),
        form=form,
        back=url_for("booking.start"),
        products=stock.products(db.session()),
        clinics=slots.clinics(db.session()),
        weekdays=shown.weekdays(),
        parts=shown.parts(),
        notices=shown.notices(),
        most=HOUSEHOLD_MOST,
    )


def _person(wish: str | bytes, form: Form, before: list[PersonDetails]) -> Response:
    size = _sealer().loads(wish)["size"]
    number = len(before) + 1
    one = _("The person who waits")
    return page(
        "waiting_list/person.html",
        title=one if size == 1 else _("Person %(number)s of %(size)s", number=number, size=size),
        form=form,
        back=url_for("waiting_list.start"),
        wish=wish,
        others=people.seal_others(before),
        kinds={kind: _(label) for kind, label in ID_KINDS.items()},
        occupations=OCCUPATIONS,
    )


def _contact(wish: str, form: Form, members: list[PersonDetails]) -> Response:
    return page(
        "waiting_list/contact.html",
        title=_("How we reach you"),
        form=form,
        back=url_for("waiting_list.start"),
        wish=wish,
        others=people.seal_others(members),
        reaches=REACHES,
    )
