"""The twice-daily readings by people: a page for a tablet and for gloves."""

from datetime import date

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain import checking, daily_checks, schemas
from vaxsite.coldchain.daily_checks import PartOfDay
from vaxsite.coldchain.queries import daily_checks as queries
from vaxsite.coldchain.queries.daily_checks import UnitChecks
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.decisions import Refused
from vaxsite.core.permissions import Permission
from vaxsite.web import catalogs, ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option
from vaxsite.web.db import db
from vaxsite.web.filters import local_date
from vaxsite.web.forms import Form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/checks")
@access(Permission.COLDCHAIN_READ)
def checks() -> Response:
    """Show which units wait for a reading by a person."""
    return _page(None)


@bp.post("/coldchain/units/<int:unit_id>/checks")
@access(Permission.UNIT_CHECK)
def check_unit(unit_id: int) -> AnyResponse:
    """Write down what the display of a unit shows now."""
    form = read_form(schemas.check_schema(unit_id))
    if not form.ok:
        return _page(form)
    with transaction(db.session()) as session:
        checking.check(
            session,
            unit_id=unit_id,
            shown_centi=round(form.values["shown"] * 100),
            note=form.values["note"],
            actor=current_actor(),
            now=now(),
        )
    return redirect(url_for("coldchain.checks", _anchor=f"unit-{unit_id}"), 303)


@bp.post("/coldchain/units/<int:unit_id>/notes")
@access(Permission.UNIT_CHECK)
def note_unit(unit_id: int) -> AnyResponse:
    """Keep a note about a day on which a reading was missed."""
    form = read_form(schemas.late_note_schema(unit_id))
    if not form.ok:
        return _page(form)
    day: date = form.values["day"]
    with transaction(db.session()) as session:
        checking.note_late(
            session,
            unit_id=unit_id,
            day=day,
            note=form.values["late"],
            actor=current_actor(),
            now=now(),
        )
    return redirect(url_for("coldchain.checks", _anchor=f"unit-{unit_id}"), 303)


def _page(form: Form | None) -> Response:
    actor, instant = current_actor(), now()
    found = queries.list_units(db.session(), actor=actor, now=instant)
    people = [one.by for unit in found for one in unit.done.values()]
    people += [one.by for unit in found for one in unit.notes]
    return page(
        "coldchain/checks.html",
        title=gettext("Readings by people"),
        form=form,
        units=found,
        rule=daily_checks.rule_on(instant.date()),
        parts=list(PartOfDay),
        part_labels=daily_checks.PART_LABELS,
        refusal=_refusal,
        day_options=_days,
        may_check={
            one.unit.unit_id: actor.may(Permission.UNIT_CHECK, one.unit.site_id) for one in found
        },
        named=namer(people),
    )


def _refusal(one: UnitChecks) -> str:
    """Return why no reading is due now; nothing where one is."""
    if not isinstance(one.verdict, Refused):
        return ""
    sentence = daily_checks.SENTENCES[one.verdict.reason]
    return catalogs.explain(sentence, one.verdict.detail, current_language(), one.unit.timezone)


def _days(one: UnitChecks) -> list[Option]:
    """Return the days on which a reading of the unit was missed."""
    days = sorted({day for day, _ in one.missed})
    return [ui.option(day.isoformat(), local_date(day)) for day in days]
