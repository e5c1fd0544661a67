"""Files of USB loggers: choose one, see what it would bring, accept its doubts, import it.

Nothing is kept between the preview and the import: the page carries the file along, so the
preview needs no place to wait and leaves nothing behind.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping

from flask import Response, redirect, request, url_for
from marshmallow import Schema, fields
from werkzeug.wrappers import Response as AnyResponse

from sensors.payloads.files.contents import DateOrder, Doubt
from sensors.payloads.files.rows import MAX_BYTES
from sensors.rulebook import RULES
from sensors.services.importing import Imported, needs_acceptance
from sensors.services.importing_plan import Choice, Refusal
from sensors.store.transaction import rehearsal, transaction
from vaxsite.coldchain import import_texts, importing
from vaxsite.coldchain.queries import imports, places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.decisions import N_
from vaxsite.core.errors import RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option
from vaxsite.web.components.content import Row
from vaxsite.web.db import db
from vaxsite.web.filters import local_datetime
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

NO_FILE = N_("Choose the file of a logger.")
# Whose answer is another time zone, not another file.
ABOUT_ZONE = {Refusal.FUTURE, Refusal.UNKNOWN_ZONE}


class ImportSchema(Schema):
    """What a person says about a file; `content` is the file that a preview carries along."""

    unit = fields.Integer(load_default=None)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    zone = fields.String(load_default=None)
    dates = fields.Enum(DateOrder, by_value=True, load_default=None)
    accept = fields.List(fields.Enum(Doubt, by_value=True), load_default=list)
    content = fields.String(load_default="")
    name = fields.String(load_default="")


@bp.get("/coldchain/imports")
@access(Permission.COLDCHAIN_READ)
def imports_list() -> Response:
    """List the files that were imported, with the form for one more."""
    return _list_page(blank_form(ImportSchema()))


@bp.post("/coldchain/imports")
@access(Permission.LOGGER_IMPORT)
def imports_act() -> AnyResponse:
    """Show what a file would bring, or import it."""
    form = read_form(ImportSchema())
    payload, name = _file(form)
    if not form.ok or not payload:
        if not payload:
            form.fail("file", gettext(NO_FILE))
        return _list_page(form)
    if request.form.get("act") == "import":
        return _import(form, payload, name)
    return _preview(form, payload, name)


@bp.get("/coldchain/imports/<int:file_id>")
@access(Permission.COLDCHAIN_READ)
def imports_one(file_id: int) -> Response:
    """Show what one file brought."""
    found = imports.get_import(db.session(), actor=current_actor(), file_id=file_id)
    return page(
        "coldchain/import_done.html",
        title=gettext("File of logger %(serial)s", serial=found.view.serial),
        back=url_for("coldchain.imports_list"),
        found=found,
        rows=_facts(found, namer([found.view.imported_by])(found.view.imported_by)),
        doubts=_sentences(found.view.doubts),
        rule=_rule,
        again=request.args.get("again") == "1",
    )


@bp.get("/coldchain/imports/<int:file_id>/file")
@access(Permission.COLDCHAIN_READ)
def imports_file(file_id: int) -> Response:
    """Give the file as it came."""
    content = imports.get_content(db.session(), actor=current_actor(), file_id=file_id)
    response = Response(content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="logger-{file_id}.txt"'
    return response


def _file(form: Form) -> tuple[bytes, str]:
    """Return the file that was chosen, else the one that the preview carried along."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        with upload.stream as stream:  # A large one lies in a file of its own.
            return stream.read(MAX_BYTES + 1), upload.filename[-200:]
    try:
        packed = base64.b64decode(form.raw["content"], validate=True)
        return zlib.decompressobj().decompress(packed, MAX_BYTES + 1), form.raw["name"][:200]
    except (binascii.Error, ValueError, zlib.error):
        return b"", ""


def _choice(form: Form) -> Choice:
    values = form.values
    return Choice(
        unit_id=values["unit"],
        since=values["since"],
        until=values["until"],
        zone=values["zone"],
        dates=values["dates"],
    )


def _preview(form: Form, payload: bytes, name: str) -> Response:
    actor, instant = current_actor(), now()
    try:
        with rehearsal(db.session()) as session:
            found = importing.preview(
                session, payload, choice=_choice(form), actor=actor, now=instant
            )
    except RefusedAct as err:
        return _refused(form, payload, name, err)
    return _preview_page(form, payload, name, found)


def _import(form: Form, payload: bytes, name: str) -> AnyResponse:
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            found = importing.import_logger_file(
                session,
                payload,
                name=name,
                choice=_choice(form),
                accepted=frozenset(form.values["accept"]),
                actor=actor,
                now=instant,
            )
    except RefusedAct as err:
        if err.decision.reason is Refusal.DOUBTFUL:
            form.fail("accept", gettext("Tick every doubt that you accept."))
            return _preview(form, payload, name)
        return _refused(form, payload, name, err)
    again = "1" if found.again else None
    return redirect(url_for("coldchain.imports_one", file_id=found.file_id, again=again), 303)


def _refused(form: Form, payload: bytes, name: str, err: RefusedAct) -> Response:
    sentence = gettext(err.sentence, **err.detail)
    if err.decision.reason in ABOUT_ZONE:
        form.fail("zone", sentence)
        return _preview_page(form, payload, name, None)
    if err.decision.reason is Refusal.UNKNOWN_DEVICE:
        with transaction(db.session()) as session:
            importing.offer_logger(session, payload, actor=current_actor(), now=now())
    form.fail("file", sentence)
    return _list_page(form)


def _list_page(form: Form) -> Response:
    actor = current_actor()
    listed = imports.list_imports(db.session(), actor=actor)
    return page(
        "coldchain/imports.html",
        title=gettext("Logger files"),
        form=form,
        units=_units(),
        imports=listed,
        may_import=actor.may(Permission.LOGGER_IMPORT),
        named=namer([one.imported_by for one in listed]),
    )


def _units() -> dict[int, UnitName]:
    return places.units_by_id(db.session(), actor=current_actor())


def _preview_page(form: Form, payload: bytes, name: str, found: Imported | None) -> Response:
    units = _units()
    unit = units.get(found.plan.unit_id) if found else None
    zones = sorted({one.timezone for one in units.values()} | {"UTC"})
    packed = base64.b64encode(zlib.compress(payload, 9)).decode()
    return page(
        "coldchain/import_preview.html",
        title=gettext("Is this the right file?"),
        back=url_for("coldchain.imports_list"),
        form=form,
        found=found,
        rows=_plan_facts(found, unit, name) if found and unit else [],
        doubts=_sentences(found.plan.doubts) if found else [],
        to_accept=_to_accept(found) if found else [],
        timezone=unit.timezone if unit else "UTC",
        zones=zones,
        orders=import_texts.DATE_ORDERS,
        ask_order=importing.leaves_day_order_open(payload),
        content=packed,
        name=name,
        rule=_rule,
    )


def _to_accept(found: Imported) -> list[Option]:
    return [
        ui.option(doubt.value, gettext(import_texts.DOUBTS[doubt]))
        for doubt in needs_acceptance(found.plan.doubts)
    ]


def _sentences(doubts: Mapping[Doubt, int]) -> list[str]:
    return [
        gettext(import_texts.DOUBTS[doubt]) + (f" ({count})" if count > 1 else "")
        for doubt, count in doubts.items()
    ]


def _rule(key: str) -> str:
    rule = RULES.get(key)
    return rule.label[current_language() == "zh"] if rule else key


def _period(began: str, ended: str) -> str:
    return gettext("%(began)s to %(ended)s", began=began, ended=ended)


def _plan_facts(found: Imported, unit: UnitName, name: str) -> list[Row]:
    plan, language = found.plan, current_language()
    period = _period(
        local_datetime(plan.began_at, unit.timezone), local_datetime(plan.ended_at, unit.timezone)
    )
    return [
        ui.row(gettext("File"), name),
        ui.row(gettext("Logger"), f"{plan.file.model} · {plan.file.serial}"),
        ui.row(gettext("Unit"), f"{unit.name(language)} · {unit.site(language)}"),
        ui.row(gettext("Period"), period),
        ui.row(gettext("Read as local time of"), plan.zone),
        ui.row(gettext("Readings that are new"), len(plan.new)),
        ui.row(gettext("Readings that we have already"), plan.known),
        ui.row(gettext("Days summed up by the logger"), len(plan.file.days)),
    ]


def _facts(found: imports.ImportPage, who: str) -> list[Row]:
    view, language = found.view, current_language()
    zone = view.unit.timezone
    period = _period(local_datetime(view.began_at, zone), local_datetime(view.ended_at, zone))
    return [
        ui.row(gettext("File"), view.name),
        ui.row(gettext("Logger"), f"{view.model} · {view.serial}"),
        ui.row(gettext("Unit"), f"{view.unit.name(language)} · {view.unit.site(language)}"),
        ui.row(gettext("Period"), period),
        ui.row(gettext("Read as local time of"), view.zone),
        ui.row(gettext("Readings in the file"), view.readings),
        ui.row(gettext("Readings that are new"), view.new_readings),
        ui.row(gettext("Imported by"), f"{who} · {local_datetime(view.imported_at, zone)}"),
    ]
