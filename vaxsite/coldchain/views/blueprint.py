"""The blueprint of the cold chain's pages: its menu, and the words they share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.blueprints import BlueprintSetupState

from sensors.domain.alerts import ALERTS, AlertState
from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import live as live_updates
from vaxsite.coldchain import rules
from vaxsite.coldchain.live import Viewers
from vaxsite.coldchain.queries.alerts import AlertView
from vaxsite.coldchain.rules import UnitState
from vaxsite.core.decisions import N_
from vaxsite.core.permissions import Permission
from vaxsite.web.access import current_actor
from vaxsite.web.db import db
from vaxsite.web.language import current_language, gettext

bp = Blueprint(
    "coldchain",
    "vaxsite.coldchain",
    template_folder="templates",
    static_folder="static/coldchain",
    static_url_path="/static/coldchain",
)

PARTS = (
    ("coldchain.home", N_("Fridges")),
    ("coldchain.alerts", N_("Alerts")),
    ("coldchain.imports_list", N_("Logger files")),
    ("coldchain.tasks", N_("Tasks")),
    ("coldchain.checks", N_("Readings by people")),
    ("coldchain.devices", N_("New devices")),
    ("coldchain.coverage", N_("What is blind")),
    ("coldchain.payloads", N_("Unreadable messages")),
    ("coldchain.wall", N_("Wall display")),
    ("duty.overview", N_("Who is called")),
    ("duty.report", N_("How fast alerts are answered")),
)
TONES = {
    UnitState.EXCURSION: "alarm",
    UnitState.OUT_OF_BAND: "warn",
    UnitState.FAULT: "alarm",
    UnitState.STALE: "alarm",
    UnitState.UNWATCHED: "warn",
    UnitState.NO_SENSOR: "warn",
    UnitState.OK: "ok",
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
        if endpoint != "duty.overview" or current_actor().may(Permission.DUTY_WRITE)
    ]
    return {
        "subnav": parts,
        "tones": TONES,
        "labels": rules.LABELS,
        "faults": rules.FAULTS,
        "trends": rules.TREND_LABELS,
        "severities": rules.SEVERITIES,
        "headline": headline,
        "state_label": state_label,
    }


def headline(alert: AlertView) -> str:
    """Return the sentence that names the trouble of *alert*."""
    direction = alert.excursion.direction if alert.excursion else None
    sentence = rules.HEADLINES[rules.trouble(alert.kind, direction)]
    return gettext(sentence, unit=alert.unit.name(current_language()))


def state_label(state: str) -> str:
    """Return the word for a state of an alert, in the reader's language."""
    return ALERTS.labels[AlertState(state)][current_language() == "zh"]


def namer(ids: Iterable[str | None]) -> Callable[[str | None], str]:
    """Return what names the people among *ids*; whoever is not staff is the system."""
    names = accounts.staff_names(db.session(), ids=ids)
    return lambda one: names.get(one or "") or gettext("the system")
