"""The blueprint of the pages of doses left over."""

from flask import Blueprint

bp = Blueprint("leftover", "vaxsite.leftover", template_folder="templates")
