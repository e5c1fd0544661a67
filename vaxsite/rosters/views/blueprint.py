"""The blueprint of the manager's pages about rosters, and what they share."""

from uuid import UUID

from flask import Blueprint

from vaxsite.rosters import queries
from vaxsite.rosters.queries import RosterView
from vaxsite.rosters.rules.states import RosterState
from vaxsite.web.access import current_actor
from vaxsite.web.components.content import Colour
from vaxsite.web.db import db

bp = Blueprint("rosters", "vaxsite.rosters", template_folder="templates")
COLOURS: dict[RosterState, Colour] = {
    RosterState.PREVIEWED: "yellow",
    RosterState.ENTERING: "blue",
    RosterState.IN_FORCE: "green",
    RosterState.UNDOING: "orange",
    RosterState.UNDONE: "grey",
    RosterState.DISCARDED: "grey",
}


def own(roster_id: UUID) -> RosterView:
    """Return a roster of a site of the manager; `NotFound` for every other one."""
    return queries.get_roster(db.session(), roster_id=roster_id, actor=current_actor())
