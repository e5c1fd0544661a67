"""Devices that nobody registered, and which decoder reads which topics."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain import schemas
from vaxsite.coldchain.queries import devices as queries
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core import devices as acts
from vaxsite.core.errors import DomainError, NotFound
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import gettext
from vaxsite.web.page import page

EVERY_S = "300"


@bp.get("/coldchain/devices")
@access(Permission.COLDCHAIN_READ)
def devices() -> Response:
    """List the devices that send and are not registered."""
    found = queries.list_found(db.session())
    return page(
        "coldchain/devices.html",
        title=gettext("New devices"),
        devices=found,
        timezone=_timezone(),
        named=namer([one.ignored_by for one in found]),
    )


@bp.get("/coldchain/devices/<int:found_id>")
@access(Permission.COLDCHAIN_READ)
def device(found_id: int) -> Response:
    """Show one with its newest payload, and the forms to adopt or ignore it."""
    return _device_page(found_id, blank_form(schemas.AdoptSchema(), every=EVERY_S, past="yes"))


@bp.post("/coldchain/devices/<int:found_id>/adopt")
@access(Permission.UNIT_WRITE)
def adopt(found_id: int) -> AnyResponse:
    """Register a device as a probe in a unit, and take in what it sent before."""
    form = read_form(schemas.AdoptSchema())
    if not form.ok:
        return _device_page(found_id, form)
    actor, instant = current_actor(), now()
    unit = places.get_unit(db.session(), actor=actor, unit_id=form.values["unit"])
    if unit.retired_at or not actor.may(Permission.UNIT_WRITE, unit.site_id):
        raise NotFound
    with transaction(db.session()) as session:
        acts.adopt(
            session,
            found_id=found_id,
            unit_id=unit.unit_id,
            expected_every_s=form.values["every"],
            with_past=form.values["past"] == "yes",
            actor=actor,
            now=instant,
        )
    return redirect(url_for("coldchain.unit", unit_id=unit.unit_id), 303)


@bp.post("/coldchain/devices/<int:found_id>/ignore")
@access(Permission.UNIT_WRITE)
def ignore(found_id: int) -> AnyResponse:
    """Write down that a device is none of ours, and why."""
    form = read_form(schemas.IgnoreSchema())
    if not form.ok:
        return _device_page(found_id, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        acts.ignore(
            session, found_id=found_id, reason=form.values["reason"], actor=actor, now=instant
        )
    return redirect(url_for("coldchain.devices"), 303)


def _device_page(found_id: int, form: Form) -> Response:
    actor = current_actor()
    found = queries.get_found(db.session(), found_id=found_id)
    units = places.units_in_use(db.session(), actor=actor).values()
    return page(
        "coldchain/device.html",
        title=gettext("Device %(name)s", name=found.found.name),
        back=url_for("coldchain.devices"),
        form=form,
        device=found.found,
        payload=found.payload,
        readings=found.readings,
        units=[one for one in units if actor.may(Permission.UNIT_WRITE, one.site_id)],
        timezone=_timezone(),
    )


@bp.get("/coldchain/bindings")
@access(Permission.COLDCHAIN_READ)
def bindings() -> Response:
    """Show which decoder reads which topics."""
    return _bindings_page(blank_form(schemas.BindSchema()))


@bp.post("/coldchain/bindings")
@access(Permission.UNIT_WRITE)
def bind() -> AnyResponse:
    """Try a decoder on recent payloads, or with `save` read the topics with it from now on."""
    form = read_form(schemas.BindSchema())
    if not form.ok or "save" not in request.form:
        return _bindings_page(form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            acts.bind(session, **form.values, actor=actor, now=instant)
    except DomainError as refused:
        form.fail("topic_filter", gettext(refused.sentence))
        return _bindings_page(form)
    return redirect(url_for("coldchain.bindings"), 303)


@bp.post("/coldchain/bindings/remove")
@access(Permission.UNIT_WRITE)
def unbind() -> AnyResponse:
    """Read the topics of one filter no more."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        acts.unbind(session, topic_filter=request.form.get("filter", ""), actor=actor, now=instant)
    return redirect(url_for("coldchain.bindings"), 303)


def _bindings_page(form: Form) -> Response:
    tried = queries.try_out(db.session(), **form.values) if form.ok else None
    return page(
        "coldchain/bindings.html",
        title=gettext("Topics and decoders"),
        back=url_for("coldchain.devices"),
        form=form,
        bindings=queries.list_bindings(db.session()),
        kinds=acts.KINDS,
        tried=tried,
        timezone=_timezone(),
    )


def _timezone() -> str:
    units = places.units_by_id(db.session(), actor=current_actor())
    return next((one.timezone for one in units.values()), "UTC")
