"""Pages on which storage units are added, changed, taken out of use and into it again."""

from dataclasses import asdict

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.units import BANDS, Profile
from sensors.store.transaction import transaction
from vaxsite.coldchain import retiring, unit_schemas
from vaxsite.coldchain.profiles import PROFILES
from vaxsite.coldchain.queries import unit_facts as queries
from vaxsite.coldchain.queries.unit_facts import UnitRecord
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.coldchain.views.unit_rules import set_name
from vaxsite.core import sites, units
from vaxsite.core.errors import AlreadyThere, DomainError, NotFound, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.units import FIRST_RULES, NameTaken, UnitFacts, WasMeasured
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option
from vaxsite.web.db import db
from vaxsite.web.filters import celsius, source_title
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/units/new")
@access(Permission.UNIT_WRITE)
def unit_form() -> Response:
    """Ask for what is known of a new unit."""
    return _new_page(blank_form(unit_schemas.NewUnitSchema()))


@bp.post("/coldchain/units/new")
@access(Permission.UNIT_WRITE)
def add_unit() -> AnyResponse:
    """Add a unit; the next step is a probe in it."""
    form = read_form(unit_schemas.NewUnitSchema())
    if not form.ok:
        return _new_page(form)
    actor, instant = current_actor(), now()
    if not actor.may(Permission.UNIT_WRITE, form.values["site"]):
        raise NotFound
    try:
        with transaction(db.session()) as session:
            unit_id = units.add_unit(
                session,
                site_id=form.values["site"],
                code=form.values["code"],
                facts=_facts(form),
                actor=actor,
                now=instant,
            )
    except AlreadyThere as refused:
        form.fail("code", gettext(refused.sentence))
        return _new_page(form)
    except NameTaken as refused:
        form.fail(refused.field, explain(refused.sentence, refuse_detail(refused)))
        return _new_page(form)
    return redirect(url_for("coldchain.unit", unit_id=unit_id), 303)


@bp.get("/coldchain/units/<int:unit_id>/facts")
@access(Permission.COLDCHAIN_READ)
def unit_facts(unit_id: int) -> Response:
    """Show what is known of a unit, and let those who may change it."""
    record = queries.get_record(db.session(), actor=current_actor(), unit_id=unit_id)
    typed = {name: "" if value is None else value for name, value in asdict(record.facts).items()}
    return _facts_page(record, blank_form(unit_schemas.UnitSchema(), **typed))


@bp.post("/coldchain/units/<int:unit_id>/facts")
@access(Permission.UNIT_WRITE)
def change_unit(unit_id: int) -> AnyResponse:
    """Write down what is known of the unit now."""
    record, form = _mine(unit_id), read_form(unit_schemas.UnitSchema())
    if not form.ok:
        return _facts_page(record, form)
    try:
        with transaction(db.session()) as session:
            units.change_unit(
                session, unit_id=unit_id, facts=_facts(form), actor=current_actor(), now=now()
            )
    except WasMeasured as refused:
        form.fail("profile", gettext(refused.sentence))
        return _facts_page(record, form)
    except NameTaken as refused:
        form.fail(refused.field, explain(refused.sentence, refuse_detail(refused)))
        return _facts_page(record, form)
    return redirect(url_for("coldchain.unit_facts", unit_id=unit_id), 303)


@bp.get("/coldchain/units/<int:unit_id>/retire")
@access(Permission.UNIT_WRITE)
def retire_form(unit_id: int) -> Response:
    """Ask why the unit is taken out of use."""
    return _retire_page(_mine(unit_id), blank_form(unit_schemas.RetireSchema()))


@bp.post("/coldchain/units/<int:unit_id>/retire")
@access(Permission.UNIT_WRITE)
def retire_unit(unit_id: int) -> AnyResponse:
    """Take the unit out of use; refused while a probe or a lot is in it."""
    record, form = _mine(unit_id), read_form(unit_schemas.RetireSchema())
    if not form.ok:
        return _retire_page(record, form)
    try:
        with transaction(db.session()) as session:
            reason, actor = form.values["reason"], current_actor()
            retiring.retire(session, unit_id=unit_id, reason=reason, actor=actor, now=now())
    except DomainError as refused:
        form.fail("reason", gettext(refused.sentence))
        return _retire_page(record, form)
    return redirect(url_for("coldchain.unit_facts", unit_id=unit_id), 303)


@bp.post("/coldchain/units/<int:unit_id>/reopen")
@access(Permission.UNIT_WRITE)
def reopen_unit(unit_id: int) -> AnyResponse:
    """Take the unit into use again; refused while another one has its name."""
    record = _mine(unit_id)
    try:
        with transaction(db.session()) as session:
            units.reopen_unit(session, unit_id=unit_id, actor=current_actor(), now=now())
    except NameTaken as refused:
        said = explain(refused.sentence, refuse_detail(refused))
        return _facts_page(record, blank_form(unit_schemas.UnitSchema()), refused=said)
    return redirect(url_for("coldchain.unit_facts", unit_id=unit_id), 303)


def _mine(unit_id: int) -> UnitRecord:
    """Return a unit that the actor may change; what they may not is absent."""
    actor = current_actor()
    record = queries.get_record(db.session(), actor=actor, unit_id=unit_id)
    if not actor.may(Permission.UNIT_WRITE, record.unit.site_id):
        raise NotFound
    return record


def _facts(form: Form) -> UnitFacts:
    return UnitFacts(**{name: form.values[name] for name in unit_schemas.UnitSchema().fields})


def _kinds() -> list[Option]:
    """Return the kinds of units, each with its safe range, the source of that, and its rules."""
    return [
        ui.option(profile.value, gettext(label), hint=_band(profile))
        for profile, label in PROFILES.items()
    ]


def _band(profile: Profile) -> str:
    band = BANDS[profile]
    return gettext(
        "%(low)s to %(high)s · %(source)s · first judged by: %(rules)s",
        low=celsius(band.low_centi),
        high=celsius(band.high_centi),
        source=source_title(band.source),
        rules=set_name(FIRST_RULES[profile]),
    )


def _new_page(form: Form) -> Response:
    mine = sites.permitted(db.session(), actor=current_actor(), permission=Permission.UNIT_WRITE)
    options = [ui.option(one.id, one.name(current_language())) for one in mine]
    if len(options) == 1 and not form.raw["site"]:
        form.raw["site"] = options[0].value
    return page(
        "coldchain/unit_new.html",
        title=gettext("Add a unit"),
        back=url_for("coldchain.probes"),
        form=form,
        sites=options,
        kinds=_kinds(),
    )


def _facts_page(record: UnitRecord, form: Form, *, refused: str | None = None) -> Response:
    return page(
        "coldchain/unit_facts.html",
        status=409 if refused else None,
        refused=refused,
        title=gettext("About %(unit)s", unit=record.unit.name(current_language())),
        back=url_for("coldchain.unit", unit_id=record.unit.unit_id),
        record=record,
        unit=record.unit,
        form=form,
        kinds=_kinds(),
        kind=gettext(PROFILES[record.facts.profile]),
        may_change=current_actor().may(Permission.UNIT_WRITE, record.unit.site_id),
        named=namer([record.retired_by]),
    )


def _retire_page(record: UnitRecord, form: Form) -> Response:
    name = record.unit.name(current_language())
    return page(
        "coldchain/unit_retire.html",
        title=gettext("Take %(unit)s out of use", unit=name),
        back=url_for("coldchain.unit_facts", unit_id=record.unit.unit_id),
        unit=record.unit,
        form=form,
    )
