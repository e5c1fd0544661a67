"""Pages of the cold chain: the wall, one unit, alerts and their answers, excursions and lots."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import sessionmaker
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.alerts import ALERTS, AlertState
from sensors.domain.rules import RULES
from sensors.store.transaction import transaction
from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import live as live_updates
from vaxsite.coldchain import rules, schemas, services
from vaxsite.coldchain.live import Viewers
from vaxsite.coldchain.queries import alerts as alert_queries
from vaxsite.coldchain.queries import charts, excursions, marks, places, set_aside, table
from vaxsite.coldchain.queries import wall as wall_queries
from vaxsite.coldchain.queries.alerts import AlertView
from vaxsite.coldchain.queries.excursions import ExcursionView
from vaxsite.coldchain.queries.wall import Wall
from vaxsite.coldchain.rules import LotState, UnitState, Window
from vaxsite.core.decisions import N_
from vaxsite.core.permissions import Permission
from vaxsite.stock import services as stock_services
from vaxsite.stock.queries import AffectedLot
from vaxsite.stock.rules import Decision
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Row
from vaxsite.web.db import db
from vaxsite.web.filters import celsius, duration, local_datetime
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

bp = Blueprint(
    "coldchain",
    __name__,
    template_folder="templates",
    static_folder="static/coldchain",
    static_url_path="/static/coldchain",
)

PARTS = (
    ("coldchain.home", N_("Fridges")),
    ("coldchain.alerts", N_("Alerts")),
    ("coldchain.payloads", N_("Unreadable messages")),
    ("coldchain.wall", N_("Wall display")),
)
TONES = {
    UnitState.EXCURSION: "alarm",
    UnitState.OUT_OF_BAND: "warn",
    UnitState.FAULT: "alarm",
    UnitState.STALE: "alarm",
    UnitState.NO_SENSOR: "warn",
    UnitState.OK: "ok",
}
LOT_COLOURS = {
    LotState.HELD: "yellow",
    LotState.RELEASED: "green",
    LotState.REJECTED: "red",
    LotState.FREE: "grey",
}
VIEWERS = "vaxsite.coldchain.viewers"


@dataclass(frozen=True)
class Part:
    """A link of the menu of the cold chain."""

    url: str
    label: str
    here: bool


@bp.record_once
def _count_viewers(state: BlueprintSetupState) -> None:
    state.app.extensions[VIEWERS] = Viewers(limit=live_updates.VIEWERS)


@bp.context_processor
def _frame() -> dict[str, object]:
    parts = [
        Part(url_for(endpoint), gettext(label), request.endpoint == endpoint)
        for endpoint, label in PARTS
    ]
    return {
        "subnav": parts,
        "tones": TONES,
        "labels": rules.LABELS,
        "faults": rules.FAULTS,
        "severities": rules.SEVERITIES,
        "headline": _headline,
        "state_label": _state_label,
    }


def _headline(alert: AlertView) -> str:
    direction = alert.excursion.direction if alert.excursion else None
    sentence = rules.HEADLINES[rules.trouble(alert.kind, direction)]
    return gettext(sentence, unit=alert.unit.name(current_language()))


def _state_label(state: str) -> str:
    return ALERTS.labels[AlertState(state)][current_language() == "zh"]


def _who(ids: Iterable[str | None]) -> Callable[[str | None], str]:
    """Return what names the people among *ids*; whoever is not staff is the system."""
    names = accounts.staff_names(db.session(), ids=ids)
    return lambda one: names.get(one or "") or gettext("the system")


def _wall() -> Wall:
    return wall_queries.read_wall(db.session(), actor=current_actor(), now=now())


@bp.get("/coldchain")
@access(Permission.COLDCHAIN_READ)
def home() -> Response:
    """Show every fridge, the worst first."""
    return page("coldchain/home.html", title=gettext("Fridges"), wall=_wall())


@bp.get("/coldchain/units")
@access(Permission.COLDCHAIN_READ)
def units() -> str:
    """Give the list of fridges alone, for the page to renew."""
    return render_template("coldchain/_units.html", wall=_wall())


@bp.get("/coldchain/wall")
@access(Permission.COLDCHAIN_READ)
def wall() -> Response:
    """Show the wall display."""
    return page(
        "coldchain/wall.html",
        title=gettext("Fridges"),
        wall=_wall(),
        back=url_for("coldchain.home"),
    )


@bp.get("/coldchain/wall/units")
@access(Permission.COLDCHAIN_READ)
def wall_units() -> str:
    """Give the cards of the wall alone, for the display to renew."""
    return render_template("coldchain/_wall_units.html", wall=_wall())


@bp.get("/coldchain/live")
@access(Permission.COLDCHAIN_READ)
def live() -> Response:
    """Say, as server-sent events, that something changed; never what."""
    viewers: Viewers = current_app.extensions[VIEWERS]
    actor, sessions = current_actor(), sessionmaker(db.engine)

    def read_mark() -> str:
        with sessions() as session:
            return marks.read_mark(session, actor=actor)

    db.session.remove()  # Its connection is not held for as long as somebody watches.
    if not viewers.enter():
        return Response(status=503, headers={"Retry-After": str(live_updates.RETRY_S)})
    response = Response(live_updates.events(read_mark), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(viewers.leave)
    return response


@bp.get("/coldchain/units/<int:unit_id>")
@access(Permission.COLDCHAIN_READ)
def unit(unit_id: int) -> Response:
    """Show one unit with the charts of its probes."""
    window = _window(request.args.get("window"))
    found = charts.get_unit_page(
        db.session(), actor=current_actor(), unit_id=unit_id, window=window, now=now()
    )
    zone = found.view.unit.timezone
    return page(
        "coldchain/unit.html",
        title=found.view.unit.name(current_language()),
        back=url_for("coldchain.home"),
        view=found.view,
        alerts=found.alerts,
        excursions=found.excursions,
        window=window,
        windows=list(Window),
        window_labels=rules.WINDOW_LABELS,
        charts=[
            {
                "series": one.series,
                "data": schemas.chart(one.series, found.view.unit.band, one.excursions, zone),
                "table": table.lines_of(one.series, zone),
            }
            for one in found.charts
        ],
    )


def _window(text: str | None) -> Window:
    try:
        return Window(text or Window.HOURS_24)
    except ValueError:
        return Window.HOURS_24


@bp.get("/coldchain/alerts")
@access(Permission.COLDCHAIN_READ)
def alerts() -> Response:
    """List the alerts in one state; those without an answer first."""
    try:
        state = AlertState(request.args.get("state", AlertState.OPEN))
    except ValueError:
        state = AlertState.OPEN
    found = alert_queries.list_alerts(db.session(), actor=current_actor(), state=state, now=now())
    return page(
        "coldchain/alerts.html",
        title=gettext("Alerts"),
        alerts=found,
        state=state,
        states=list(AlertState),
        named=_who([one.acknowledged_by for one in found]),
    )


@bp.get("/coldchain/alerts/<int:alert_id>")
@access(Permission.COLDCHAIN_READ)
def alert(alert_id: int) -> Response:
    """Show one alert: what, since when, what to do first."""
    return _alert_page(alert_id, blank_form(schemas.AcknowledgeSchema()))


@bp.post("/coldchain/alerts/<int:alert_id>")
@access(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(alert_id: int) -> AnyResponse:
    """Write down the answer to an alert."""
    form = read_form(schemas.AcknowledgeSchema())
    if not form.ok:
        return _alert_page(alert_id, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.acknowledge(
            session, alert_id=alert_id, note=form.values["note"], actor=actor, now=instant
        )
    return redirect(url_for("coldchain.alert", alert_id=alert_id), 303)


def _alert_page(alert_id: int, form: Form) -> Response:
    actor = current_actor()
    found = alert_queries.get_alert(db.session(), actor=actor, alert_id=alert_id, now=now())
    direction = found.excursion.direction if found.excursion else None
    may_answer = found.state == AlertState.OPEN and actor.may(
        Permission.ALERT_ACKNOWLEDGE, found.unit.site_id
    )
    return page(
        "coldchain/alert.html",
        title=_headline(found),
        back=url_for("coldchain.alerts"),
        form=form,
        alert=found,
        facts=_alert_facts(found),
        steps=rules.FIRST_STEPS[rules.trouble(found.kind, direction)],
        may_answer=may_answer,
    )


def _alert_facts(found: AlertView) -> list[Row]:
    zone, language = found.unit.timezone, current_language()
    rows = [
        ui.row(gettext("Where"), f"{found.unit.name(language)}, {found.unit.site(language)}"),
        ui.row(gettext("Alert since"), local_datetime(found.opened_at, zone)),
    ]
    if found.excursion:
        began = local_datetime(found.excursion.began_at, zone)
        rows.append(ui.row(gettext("Out of range since"), began))
        rows.append(ui.row(gettext("Furthest temperature"), celsius(found.excursion.peak_centi)))
    lasts = local_datetime(found.cleared_at, zone) if found.cleared_at else gettext("It lasts.")
    rows.append(ui.row(gettext("Over since"), lasts))
    if found.answered and found.acknowledged_at:
        who = _who([found.acknowledged_by])(found.acknowledged_by)
        when = local_datetime(found.acknowledged_at, zone)
        rows.append(ui.row(gettext("Acknowledged by"), f"{who}, {when}"))
        rows.append(ui.row(gettext("What was found or done"), found.note))
    elif found.state == AlertState.OPEN:
        rows.append(ui.row(gettext("Without an answer for"), duration(found.waited_s)))
    return rows


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
        named=_who([one.by for one in found.timeline]),
        lot_state=_lot_state,
        lot_labels=rules.LOT_LABELS,
        lot_colours=LOT_COLOURS,
        decision_labels={
            Decision.RELEASE: rules.LOT_LABELS[LotState.RELEASED],
            Decision.REJECT: rules.LOT_LABELS[LotState.REJECTED],
        },
        step_labels=rules.STEP_LABELS,
    )


def _rule(key: str) -> str:
    """Return a rule by its name; one that this version no longer knows by its key."""
    rule = RULES.get(key)
    return rule.label[current_language() == "zh"] if rule else key


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
    ]


@bp.get("/coldchain/set-aside")
@access(Permission.COLDCHAIN_READ)
def payloads() -> Response:
    """Show the messages of devices that could not be read."""
    units_seen = places.units_by_id(db.session(), actor=current_actor())
    zone = next((one.timezone for one in units_seen.values()), "UTC")
    return page(
        "coldchain/set_aside.html",
        title=gettext("Unreadable messages"),
        payloads=set_aside.read_set_aside(db.session()),
        timezone=zone,
    )
