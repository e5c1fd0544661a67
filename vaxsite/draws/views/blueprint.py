"""The blueprint of the pages of draws."""

from flask import Blueprint

bp = Blueprint(
    "draws",
    "vaxsite.draws",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/draws",
)
