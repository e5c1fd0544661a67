"""Pages about what is delivered to the sites: managers and pharmacists keep the list."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.plans import schemas
from vaxsite.plans.views.blueprint import bp, own_clinics
from vaxsite.stock import deliveries as stock_deliveries
from vaxsite.stock import queries as stock
from vaxsite.stock.deliveries import DeliveryView
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

MAY = (Permission.SESSION_WRITE, Permission.STOCK_WRITE)


@bp.get("/manage/deliveries")
@access(*MAY)
def deliveries() -> Response:
    """List what the sites await, late ones first."""
    clinics = own_clinics(*MAY)
    return page(
        "plans/deliveries.html",
        title=_("Expected deliveries"),
        back="/manage" if current_actor().may(Permission.SESSION_WRITE) else "/coldchain",
        clinics=clinics,
        today={one.site_id: one.local_day(now()) for one in clinics.values()},
        deliveries=stock_deliveries.expected(db.session(), site_ids=set(clinics)),
    )


@bp.get("/manage/deliveries/new")
@access(*MAY)
def delivery_form() -> Response:
    """Ask what will come."""
    clinics = own_clinics(*MAY)
    initial = {"site": str(next(iter(clinics)))} if len(clinics) == 1 else {}
    return _new(blank_form(schemas.DeliveryForm(), **initial))


@bp.post("/manage/deliveries/new")
@access(*MAY)
def add_delivery() -> Response:
    """Write down what will come."""
    form, actor, instant = read_form(schemas.DeliveryForm()), current_actor(), now()
    if not form.ok:
        return _new(form)
    values = form.values
    with transaction(db.session()) as session:
        stock_deliveries.announce(
            session,
            site_id=values["site"],
            product_id=values["product"],
            arrives_on=values["arrives_on"],
            doses=values["doses"],
            expires_on=values["expires_on"],
            source=values["source"],
            actor=actor,
            now=instant,
        )
    return redirect(url_for("plans.deliveries"))


@bp.get("/manage/deliveries/<int:delivery_id>")
@access(*MAY)
def change_form(delivery_id: int) -> Response:
    """Ask whether it comes on another day, or what became of it."""
    found = _own(delivery_id)
    form = blank_form(
        schemas.DeliveryChangeForm(),
        arrives_on=date_parts(found.arrives_on),
        doses=str(found.doses),
    )
    return _change(form, found)


@bp.post("/manage/deliveries/<int:delivery_id>")
@access(*MAY)
def change_delivery(delivery_id: int) -> Response:
    """Change the day or the number of doses."""
    found, form = _own(delivery_id), read_form(schemas.DeliveryChangeForm())
    actor, instant = current_actor(), now()
    if not form.ok:
        return _change(form, found)
    with transaction(db.session()) as session:
        stock_deliveries.change(
            session, delivery_id=delivery_id, **form.values, actor=actor, now=instant
        )
    return redirect(url_for("plans.deliveries"))


@bp.post("/manage/deliveries/<int:delivery_id>/end")
@access(*MAY)
def end_delivery(delivery_id: int) -> Response:
    """Say that it came, or that it will not come."""
    _own(delivery_id)
    form, actor, instant = read_form(schemas.DeliveryEndForm()), current_actor(), now()
    if form.ok:
        with transaction(db.session()) as session:
            stock_deliveries.close(
                session,
                delivery_id=delivery_id,
                target=form.values["target"],
                actor=actor,
                now=instant,
            )
    return redirect(url_for("plans.deliveries"))


def _own(delivery_id: int) -> DeliveryView:
    found = stock_deliveries.get_delivery(db.session(), delivery_id)
    actor = current_actor()
    if not any(actor.may(one, found.site_id) for one in MAY):
        raise NotFound
    return found


def _new(form: Form) -> Response:
    return page(
        "plans/delivery_new.html",
        title=_("Announce a delivery"),
        back=url_for("plans.deliveries"),
        form=form,
        clinics=own_clinics(*MAY),
        products=stock.products(db.session()),
    )


def _change(form: Form, found: DeliveryView) -> Response:
    return page(
        "plans/delivery.html",
        title=_("Change a delivery"),
        back=url_for("plans.deliveries"),
        form=form,
        found=found,
        clinic=own_clinics(*MAY)[found.site_id],
    )
