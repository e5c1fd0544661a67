"""The blueprint of the pages of moves."""

from flask import Blueprint

bp = Blueprint("moves", "vaxsite.moves", template_folder="templates")
