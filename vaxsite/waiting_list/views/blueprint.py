"""The blueprint of the pages of the waiting list."""

from flask import Blueprint

bp = Blueprint("waiting_list", "vaxsite.waiting_list", template_folder="templates")
