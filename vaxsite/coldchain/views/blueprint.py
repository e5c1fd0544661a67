"""The blueprint of the cold chain's pages, and the words they share."""

from collections.abc import Callable, Iterable

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from sensors.domain.alerts import ALERTS, AlertState
from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import live as live_updates
from vaxsite.coldchain import rules
from vaxsite.coldchain.live import Viewers
from vaxsite.coldchain.queries.alerts import AlertView
from vaxsite.coldchain.rules import UnitState
from vaxsite.coldchain.views import menu
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

TONES = {
    UnitState.EXCURSION: "alarm",
    UnitState.OUT_OF_BAND: "warn",
    UnitState.FAULT: "alarm",
    UnitState.STALE: "alarm",
    UnitState.UNWATCHED: "warn",
    UnitState.NO_SENSOR: "warn",
    UnitState.BY_FILE: "warn",
    UnitState.OK: "ok",
}
VIEWERS = "vaxsite.coldchain.viewers"


@bp.record_once
def _count_viewers(state: BlueprintSetupState) -> None:
    state.app.extensions[VIEWERS] = Viewers(limit=live_updates.VIEWERS)


@bp.context_processor
def _frame() -> dict[str, object]:
    return {
        "tones": TONES,
        "labels": rules.LABELS,
        "faults": rules.FAULTS,
        "trends": rules.TREND_LABELS,
        "severities": rules.SEVERITIES,
        "headline": headline,
        "state_label": state_label,
    }


@bp.app_template_global()
def cold_chain_menu() -> menu.Menu:
    """Return the menu as it stands on this page; pages of other features stand in it too."""
    return menu.menu(request.endpoint, current_actor().may)


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
