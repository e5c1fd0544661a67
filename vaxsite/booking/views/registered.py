"""Registered by an employer or community: the document says so, without any other proof."""

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import schemas
from vaxsite.booking.services import registered
from vaxsite.booking.views import cookie
from vaxsite.booking.views.blueprint import bp
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.eligibility.rules import OnRoster
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page


@bp.get("/book/registered")
@public
def ask_registered() -> Response:
    """Ask for birth date and document."""
    born_on = cookie.answers().born_on
    initial = {} if born_on is None else {"born_on": date_parts(born_on)}
    return _ask(blank_form(schemas.RegisteredForm(), **initial))


@bp.post("/book/registered")
@public
def find_registered() -> Response:
    """Keep what the rosters say; wrong, foreign and unknown documents have one answer."""
    form = read_form(schemas.RegisteredForm())
    number = _number(form) if form.ok else ""
    if not form.ok:
        return _ask(form)
    try:
        found = _look_up(form, number)
    except RefusedAct as refused:
        form.fail("id_number", explain(refused.sentence, refuse_detail(refused)))
        return _ask(form, 429)
    if found is None:
        form.fail(
            "id_number",
            gettext(
                "We find nobody with this document and birth date on a list. Check both. If they "
                "are right, ask your employer or community whether they have handed in the list."
            ),
        )
        return _ask(form)
    cookie.keep(born_on=form.values["born_on"])
    cookie.keep_rosters(found)
    if cookie.answers().who is None:
        return redirect(url_for("booking.occupation"))
    return redirect(url_for("booking.turn"))


def _look_up(form: Form, number: str) -> tuple[OnRoster, ...] | None:
    instant, network = now(), network_of(request.remote_addr)
    with transaction(db.session()) as session:
        return registered.look_up(
            session,
            kind=IdKind(form.values["id_kind"]),
            number=number,
            born_on=form.values["born_on"],
            network=network,
            now=instant,
        )


def _number(form: Form) -> str:
    """Return the number as it is stored; what cannot be one is told beside its field."""
    read = residents.read_document(
        IdKind(form.values["id_kind"]),
        form.values["id_number"],
        today=now().date(),
        allow_samples=bool(current_app.config["VAXSITE_DEMO"]),
    )
    if read.fault is not None:
        form.fail("id_number", explain(residents.SENTENCES[read.fault.reason], read.fault.detail))
    return read.number or ""


def _ask(form: Form, status: int | None = None) -> Response:
    kinds = [kind for kind in IdKind if kind is not IdKind.NONE]
    return page(
        "booking/registered.html",
        title=gettext("Registered by an employer or community"),
        form=form,
        back=url_for("booking.start"),
        kinds={kind: gettext(residents.ID_KINDS[kind]) for kind in kinds},
        status=status,
    )
