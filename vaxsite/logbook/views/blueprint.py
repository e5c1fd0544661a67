"""The blueprint of the logbook: its pages stand in the menu of the cold chain."""

from flask import Blueprint, request

from vaxsite.coldchain.views import menu
from vaxsite.web.access import current_actor

bp = Blueprint(
    "logbook",
    "vaxsite.logbook",
    template_folder="templates",
    static_folder="static/logbook",
    static_url_path="/static/logbook",
)


@bp.context_processor
def _menu() -> dict[str, object]:
    return {"subnav": menu.menu(request.endpoint, current_actor().may)}
