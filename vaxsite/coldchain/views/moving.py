"""Pages on which a probe is moved, replaced by another, or taken out of its unit."""

from collections.abc import Callable
from functools import partial

from flask import Response, redirect, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain import probe_schemas
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries import probes as queries
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.queries.probes import ProbeRow
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.core import probes as acts
from vaxsite.core.errors import DomainError, NotFound
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/probes/<int:sensor_id>/move")
@access(Permission.UNIT_WRITE)
def move_probe_form(sensor_id: int) -> Response:
    """Ask into which unit the probe was moved, when and why."""
    found = mine(sensor_id)
    return _move_page(found, _blank(probe_schemas.IntoUnitSchema(), found))


@bp.post("/coldchain/probes/<int:sensor_id>/move")
@access(Permission.UNIT_WRITE)
def move_probe(sensor_id: int) -> AnyResponse:
    """Hang the probe into another unit."""
    found, form = mine(sensor_id), read_form(probe_schemas.IntoUnitSchema())
    if form.ok and form.values["unit"] not in _units(found):
        raise NotFound
    if form.ok:
        act = partial(acts.move_probe, sensor_id=sensor_id, unit_id=form.values["unit"])
        if _done(form, "unit", found, act):
            return _to(sensor_id)
    return _move_page(found, form)


@bp.get("/coldchain/probes/<int:sensor_id>/replace")
@access(Permission.UNIT_WRITE)
def replace_probe_form(sensor_id: int) -> Response:
    """Ask which probe took the place of this one, when and why."""
    found = mine(sensor_id)
    return _replace_page(found, _blank(probe_schemas.ReplaceSchema(), found))


@bp.post("/coldchain/probes/<int:sensor_id>/replace")
@access(Permission.UNIT_WRITE)
def replace_probe(sensor_id: int) -> AnyResponse:
    """Put another probe where this one hung."""
    found, form = mine(sensor_id), read_form(probe_schemas.ReplaceSchema())
    if form.ok and form.values["successor"] not in [one.sensor_id for one in _others(found)]:
        raise NotFound
    if form.ok:
        successor_id: int = form.values["successor"]
        act = partial(acts.replace_probe, sensor_id=sensor_id, successor_id=successor_id)
        if _done(form, "successor", found, act):
            return _to(successor_id)
    return _replace_page(found, form)


@bp.get("/coldchain/probes/<int:sensor_id>/take-out")
@access(Permission.UNIT_WRITE)
def take_probe_out_form(sensor_id: int) -> Response:
    """Ask when and why the probe was taken out of its unit."""
    found = mine(sensor_id)
    return _take_out_page(found, _blank(probe_schemas.MoveSchema(), found))


@bp.post("/coldchain/probes/<int:sensor_id>/take-out")
@access(Permission.UNIT_WRITE)
def take_probe_out(sensor_id: int) -> AnyResponse:
    """Take the probe out of every unit."""
    found, form = mine(sensor_id), read_form(probe_schemas.MoveSchema())
    act = partial(acts.move_probe, sensor_id=sensor_id, unit_id=None)
    if form.ok and _done(form, "time", found, act):
        return _to(sensor_id)
    return _take_out_page(found, form)


def mine(sensor_id: int) -> ProbeRow:
    """Return a probe that the actor may change; what they may not is absent."""
    actor = current_actor()
    found = queries.get_probe(db.session(), actor=actor, sensor_id=sensor_id, now=now())
    if not actor.may(Permission.UNIT_WRITE, found.last.site_id):
        raise NotFound
    return found


def _done(form: Form, name: str, found: ProbeRow, act: Callable[..., None]) -> bool:
    """Carry *act* out at the instant that was typed; a refusal is told at the field *name*."""
    instant = now()
    at = probe_schemas.moment(form.values, found.last.timezone, instant)
    try:
        with transaction(db.session()) as session:
            act(session, at=at, reason=form.values["reason"], actor=current_actor(), now=instant)
    except DomainError as refused:
        form.fail(name, gettext(refused.sentence))
        return False
    return True


def _to(sensor_id: int) -> AnyResponse:
    return redirect(url_for("coldchain.probe", sensor_id=sensor_id), 303)


def _blank(schema: Schema, found: ProbeRow) -> Form:
    return blank_form(schema, **probe_schemas.at_now(found.last.timezone, now()))


def _units(found: ProbeRow) -> dict[int, UnitName]:
    """Return the units that the probe may be moved to."""
    actor = current_actor()
    here = found.unit.unit_id if found.unit else None
    units = places.units_in_use(db.session(), actor=actor)
    return {
        unit_id: unit
        for unit_id, unit in units.items()
        if unit_id != here and actor.may(Permission.UNIT_WRITE, unit.site_id)
    }


def _others(found: ProbeRow) -> list[ProbeRow]:
    """Return the probes that may take the place of this one, those that hang nowhere first."""
    actor = current_actor()
    probes = queries.list_probes(db.session(), actor=actor, now=now())
    others = [
        one
        for one in probes
        if one.sensor_id != found.sensor_id and actor.may(Permission.UNIT_WRITE, one.last.site_id)
    ]
    return sorted(others, key=lambda one: one.unit is not None)


def _where(probe: ProbeRow) -> str:
    if probe.unit is None:
        return gettext("in no unit")
    language = current_language()
    return f"{probe.unit.name(language)} · {probe.unit.site(language)}"


def _move_page(found: ProbeRow, form: Form) -> Response:
    language = current_language()
    options = [
        ui.option(unit_id, f"{unit.site(language)}: {unit.name(language)}")
        for unit_id, unit in _units(found).items()
    ]
    title = gettext("Move probe %(name)s", name=found.name)
    return _form_page("coldchain/probe_move.html", title, found, form, options)


def _replace_page(found: ProbeRow, form: Form) -> Response:
    options = [ui.option(one.sensor_id, f"{one.name} ({_where(one)})") for one in _others(found)]
    title = gettext("Replace probe %(name)s", name=found.name)
    return _form_page("coldchain/probe_replace.html", title, found, form, options)


def _take_out_page(found: ProbeRow, form: Form) -> Response:
    title = gettext("Take probe %(name)s out", name=found.name)
    return _form_page("coldchain/probe_take_out.html", title, found, form, [])


def _form_page(
    template: str, title: str, found: ProbeRow, form: Form, options: list[Option]
) -> Response:
    return page(
        template,
        title=title,
        back=url_for("coldchain.probe", sensor_id=found.sensor_id),
        probe=found,
        where=_where(found),
        form=form,
        options=options,
    )
