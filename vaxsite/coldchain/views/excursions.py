"""Excursions, and what is decided about the lots in them."""

from zoneinfo import ZoneInfo

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.rulebook import RULES
from sensors.store.transaction import transaction
from vaxsite.coldchain import rules, schemas, story
from vaxsite.coldchain.queries import excursions
from vaxsite.coldchain.queries.excursions import ExcursionView
from vaxsite.coldchain.rules import LotState
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.coldchain.views.exposure import exposure_rows
from vaxsite.coldchain.views.follow_ups import COLOURS, step_label
from vaxsite.core.permissions import Permission
from vaxsite.stock import services as stock_services
from vaxsite.stock.queries import AffectedLot
from vaxsite.stock.rules import Decision
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Row
from vaxsite.web.db import db
from vaxsite.web.filters import celsius, duration, local_datetime, source_cited
from vaxsite.web.forms import Form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

LOT_COLOURS = {
    LotState.HELD: "yellow",
    LotState.RELEASED: "green",
    LotState.REJECTED: "red",
    LotState.FREE: "grey",
}


@bp.get("/coldchain/excursions/<int:excursion_id>")
@access(Permission.COLDCHAIN_READ)
def excursion(excursion_id: int) -> Response:
    """Show one excursion, its lots and who depends on them."""
    return _excursion_page(excursion_id, None)


@bp.post("/coldchain/excursions/<int:excursion_id>/lots/<int:lot_id>")
@access(Permission.LOT_DISPOSE)
def dispose(excursion_id: int, lot_id: int) -> AnyResponse:
    """Release or reject one lot."""
    form = read_form(schemas.decision_schema(lot_id))
    if not form.ok:
        return _excursion_page(excursion_id, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        stock_services.dispose(
            session,
            excursion_id=excursion_id,
            lot_id=lot_id,
            decision=form.values["decision"],
            note=form.values["note"],
            seen_until=form.values["seen_until"],
            seen_peak=form.values["seen_peak"],
            actor=actor,
            now=instant,
        )
    return redirect(url_for("coldchain.excursion", excursion_id=excursion_id), 303)


def _excursion_page(excursion_id: int, form: Form | None) -> Response:
    actor = current_actor()
    found = excursions.get_excursion(
        db.session(), actor=actor, excursion_id=excursion_id, now=now()
    )
    return page(
        "coldchain/excursion.html",
        title=gettext("Excursion of %(unit)s", unit=found.unit.name(current_language())),
        back=url_for("coldchain.unit", unit_id=found.unit.unit_id),
        form=form,
        excursion=found,
        facts=_excursion_facts(found),
        may_decide=actor.may(Permission.LOT_DISPOSE, found.unit.site_id),
        may_move=actor.may(Permission.SESSION_WRITE, found.unit.site_id) and _some_wait(found),
        today=now().astimezone(ZoneInfo(found.unit.timezone)).date(),
        named=namer([one.by for one in found.timeline]),
        lot_state=_lot_state,
        lot_labels=rules.LOT_LABELS,
        lot_colours=LOT_COLOURS,
        decision_labels={
            Decision.RELEASE: rules.LOT_LABELS[LotState.RELEASED],
            Decision.REJECT: rules.LOT_LABELS[LotState.REJECTED],
        },
        step_labels=story.STEP_LABELS,
        step_label=step_label,
        step_colours=COLOURS,
    )


def _some_wait(found: ExcursionView) -> bool:
    """Tell whether people have seats today or tomorrow that need a held lot."""
    return found.seats.today + found.seats.tomorrow > 0


def _rule(key: str) -> str:
    """Return a rule by its name; one that this version no longer knows by its key."""
    rule = RULES.get(key)
    return rule.label[current_language() == "zh"] if rule else key


def _source(key: str) -> str:
    """Return where a rule is taken from; it is to be checked by a qualified person."""
    rule = RULES.get(key)
    checked = gettext("To be checked by a qualified person")
    return f"{source_cited(rule.source)} · {checked}" if rule else checked


def _lot_state(lot: AffectedLot) -> LotState:
    return rules.lot_state(held=lot.held, decisions=[one.decision for one in lot.dispositions])


def _excursion_facts(found: ExcursionView) -> list[Row]:
    facts, zone = found.facts, found.unit.timezone
    ended = local_datetime(facts.ended_at, zone) if facts.ended_at else gettext("It lasts.")
    return [
        ui.row(gettext("Where"), found.unit.site(current_language())),
        ui.row(gettext("Began"), local_datetime(facts.began_at, zone)),
        ui.row(gettext("Ended"), ended),
        ui.row(gettext("Lasted"), duration(facts.lasted_s)),
        ui.row(gettext("Furthest temperature"), celsius(facts.peak_centi)),
        ui.row(gettext("Alarm rule"), _rule(facts.rule)),
        ui.row(gettext("Source of the rule"), _source(facts.rule)),
        *_work_rows(found),
        *exposure_rows(found.exposure, found.unit),
    ]


def _work_rows(found: ExcursionView) -> list[Row]:
    """Say that people worked on the unit meanwhile, where they did."""
    zone = found.unit.timezone
    return [
        ui.row(
            gettext("In maintenance"),
            gettext(
                "%(kind)s until %(time)s: %(reason)s",
                kind=gettext(rules.MAINTENANCE[work.kind]),
                time=local_datetime(work.to_at, zone),
                reason=work.reason,
            ),
        )
        for work in found.work
    ]
