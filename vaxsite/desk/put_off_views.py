"""The clinic's page on which a vaccination is put off for somebody at the counter."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking.views import people
from vaxsite.booking.views.blueprint import my_booking_url
from vaxsite.core import sites
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.queries import DeferralView
from vaxsite.deferrals.rules.reasons import LABELS
from vaxsite.deferrals.rules.reasons import Reason as DateReason
from vaxsite.deferrals.rules.states import DeferralState
from vaxsite.desk import schemas
from vaxsite.desk.walk_in_views import contact
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import OCCUPATIONS
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import ID_KINDS
from vaxsite.residents.services import PersonDetails
from vaxsite.stock import queries as stock
from vaxsite.visits import putting_off
from vaxsite.visits.deferring import date_for, offered
from vaxsite.visits.schemas import EndWaitingSchema
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint("put_off", __name__, template_folder="templates")
LISTED = 200  # Who waits, the earliest date first.


@bp.get("/clinic/put-off")
@access(Permission.VISIT_WRITE)
def ask() -> Response:
    """Ask who stands there, which vaccine, why and until when."""
    products = stock.products(db.session())
    initial = {"product": str(products[0].id)} if len(products) == 1 else {}
    return _page(_site(), blank_form(schemas.PutOffForm(), **initial))


@bp.post("/clinic/put-off")
@access(Permission.VISIT_WRITE)
def save() -> Response:
    """Put it off; without a date until the one that goes with the reason."""
    site, form = _site(), read_form(schemas.PutOffForm())
    person = people.read_other(form, contact(form))
    if person is None:
        return _page(site, form)
    try:
        _put_off(site, form, person)
    except RefusedAct as refused:
        form.fail(_field(refused), explain(refused.sentence, refuse_detail(refused)))
        return _page(site, form)
    return redirect(url_for("put_off.ask", site=site.code, news="put_off"), 303)


@bp.get("/clinic/put-off/<uuid:deferral_id>")
@access(Permission.VISIT_WRITE)
def ask_end(deferral_id: UUID) -> Response:
    """Ask why the waiting ends earlier."""
    return _ask_end(_own(deferral_id), blank_form(EndWaitingSchema()))


@bp.post("/clinic/put-off/<uuid:deferral_id>")
@access(Permission.VISIT_WRITE)
def save_end(deferral_id: UUID) -> Response:
    """End it and invite the person. Sent twice, it is ended once."""
    found, form = _own(deferral_id), read_form(EndWaitingSchema())
    if not form.ok:
        return _ask_end(found, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            putting_off.end_waiting(
                session,
                deferral_id=deferral_id,
                because=form.values["because"],
                url=f"{current_app.config['PUBLIC_URL']}/invitation",
                actor=actor,
                now=instant,
            )
    except AlreadyMoved:
        pass
    return redirect(url_for("put_off.ask", site=_code(found), news="ended"), 303)


def _put_off(site: SiteName, form: Form, person: PersonDetails) -> None:
    actor, instant, why = current_actor(), now(), form.values["why"]
    with transaction(db.session()) as session:
        putting_off.put_off_somebody(
            session,
            details=person,
            site_id=site.id,
            product_id=form.values["product"],
            why=why,
            until=form.values["until"] or date_for(deferrals.reasons()[why], site.day(instant)),
            my_booking_url=my_booking_url(),
            actor=actor,
            now=instant,
        )


def _field(refused: RefusedAct) -> str:
    """Return beside which field a refusal is shown: the rest is about who it is."""
    reason = refused.decision.reason
    if isinstance(reason, DateReason):
        return "until"
    return "other_occupation" if isinstance(reason, TurnReason) else "other_id_number"


def _own(deferral_id: UUID) -> DeferralView:
    return putting_off.own_deferral(db.session(), deferral_id, current_actor())


def _site() -> SiteName:
    """Return the clinic that the address names, of those of whoever asks; else their first one."""
    mine = sites.permitted(db.session(), actor=current_actor(), permission=Permission.VISIT_WRITE)
    chosen = request.args.get("site")
    found = next((one for one in mine if chosen in (None, one.code)), None)
    if found is None:
        raise NotFound
    return found


def _code(found: DeferralView) -> str:
    names = eligibility.site_names(db.session(), site_ids=[found.site_id])
    return names[found.site_id].code


def _vaccine(product_id: int) -> str:
    product = stock.find_product(db.session(), product_id=product_id)
    return product.name(current_language()) if product else "–"


def _page(site: SiteName, form: Form) -> Response:
    session = db.session()
    waiting = deferrals.open_at(session, site_id=site.id, limit=LISTED)
    return page(
        "desk/put_off.html",
        title=gettext("Put a vaccination off for somebody at the counter"),
        back=url_for("visits.day", site=site.code),
        site=site,
        form=form,
        products=stock.products(session),
        reasons=offered(site.day(now())),
        occupations=OCCUPATIONS,
        kinds={kind: gettext(text) for kind, text in ID_KINDS.items()},
        news=request.args.get("news"),
        waiting=[
            (one, residents.get_person(session, one.person_id).name, _vaccine(one.product_id))
            for one in waiting
        ],
    )


def _waits(found: DeferralView) -> dict[str, object] | None:
    """Return until when the person waits and why; None once it has ended."""
    if found.state is not DeferralState.OPEN:
        return None
    return {"until": found.until, "why": gettext(LABELS[found.why])}


def _ask_end(found: DeferralView, form: Form) -> Response:
    session = db.session()
    return page(
        "desk/end_waiting.html",
        title=gettext("End the waiting earlier"),
        back=url_for("put_off.ask", site=_code(found)),
        form=form,
        waits=_waits(found),
        action=url_for("put_off.save_end", deferral_id=found.id),
        person=residents.get_person(session, found.person_id),
        vaccine=_vaccine(found.product_id),
    )
