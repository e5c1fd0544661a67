"""The blueprint of the logbook, whose pages stand in the menu of the cold chain."""

from flask import Blueprint

bp = Blueprint(
    "logbook",
    "vaxsite.logbook",
    template_folder="templates",
    static_folder="static/logbook",
    static_url_path="/static/logbook",
)
