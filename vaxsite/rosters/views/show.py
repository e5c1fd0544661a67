"""One roster: what the file holds, accept it, how far its people are, undo it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.accounts.queries import staff_names
from vaxsite.core.decisions import N_
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import queries as eligibility
from vaxsite.invitations.rules.states import LONGEST
from vaxsite.residents.rules import Reason as PersonReason
from vaxsite.rosters import queries, schemas
from vaxsite.rosters.queries import RosterView
from vaxsite.rosters.rules.columns import LABELS
from vaxsite.rosters.rules.rows import SENTENCES, Problem, RowReason
from vaxsite.rosters.rules.states import ROSTERS, STAGES, RosterState, Stage, Take
from vaxsite.rosters.services import entering, undoing, uploading
from vaxsite.rosters.views.blueprint import COLOURS, bp, own
from vaxsite.stock import queries as stock
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Colour
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page
from vaxsite.web.spreadsheet import csv_response

SHOWN = 200  # Problems and people of a page; the files have all.
STAGE_COLOURS: dict[Stage, Colour] = {
    Stage.ENTERED: "white",
    Stage.INVITED: "blue",
    Stage.NOT_REACHED: "orange",
    Stage.BOOKED: "green",
    Stage.VACCINATED: "purple",
}
TAKES = {
    Take.GOOD: N_("Enter the good rows, and leave out the others"),
    Take.ALL: N_("All or nobody: enter nobody while a row has a problem"),
}


@bp.get("/manage/rosters/<uuid:roster_id>")
@access(Permission.ROSTER_WRITE)
def show(roster_id: UUID) -> Response:
    """Show what was read of the file, or how far its people are."""
    roster = own(roster_id)
    if roster.state is RosterState.PREVIEWED:
        return _preview(roster, blank_form(schemas.AcceptForm(), invite="yes"))
    return _progress(roster)


@bp.post("/manage/rosters/<uuid:roster_id>/accept")
@access(Permission.ROSTER_WRITE)
def accept(roster_id: UUID) -> Response:
    """Have the people entered. Sent twice, they are entered once."""
    roster, form = own(roster_id), read_form(schemas.AcceptForm())
    book_until = _book_until(form, roster) if form.ok else None
    if not form.ok:
        return _preview(roster, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            entering.accept(
                session,
                roster_id=roster_id,
                take=form.values["take"],
                book_until=book_until,
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail("take", explain(refused.sentence, refuse_detail(refused)))
        return _preview(own(roster_id), form)
    except AlreadyMoved:  # Sent twice: the page shows how it stands.
        pass
    return redirect(url_for("rosters.show", roster_id=roster_id), 303)


@bp.post("/manage/rosters/<uuid:roster_id>/discard")
@access(Permission.ROSTER_WRITE)
def discard(roster_id: UUID) -> Response:
    """Forget a list that was only looked at."""
    roster, actor, instant = own(roster_id), current_actor(), now()
    if roster.state is RosterState.PREVIEWED:
        with transaction(db.session()) as session:
            uploading.discard(session, roster_id=roster_id, actor=actor, now=instant)
    return redirect(url_for("rosters.listed"), 303)


@bp.get("/manage/rosters/<uuid:roster_id>/undo")
@access(Permission.ROSTER_WRITE)
def ask_undo(roster_id: UUID) -> Response:
    """Say what undoing would take back, and what would stay."""
    roster = own(roster_id)
    if roster.state not in {RosterState.ENTERING, RosterState.IN_FORCE}:
        return redirect(url_for("rosters.show", roster_id=roster_id))
    people = queries.members(db.session(), roster)
    return page(
        "rosters/undo.html",
        title=gettext("Undo this roster?"),
        back=url_for("rosters.show", roster_id=roster_id),
        roster=roster,
        counts=queries.count(people),
    )


@bp.post("/manage/rosters/<uuid:roster_id>/undo")
@access(Permission.ROSTER_WRITE)
def undo(roster_id: UUID) -> Response:
    """Undo it. Sent twice, it is undone once."""
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            undoing.undo(session, roster_id=roster_id, actor=actor, now=instant)
    except AlreadyMoved:
        pass
    return redirect(url_for("rosters.show", roster_id=roster_id), 303)


@bp.get("/manage/rosters/<uuid:roster_id>/problems.csv")
@access(Permission.ROSTER_WRITE)
def problems(roster_id: UUID) -> FlaskResponse:
    """Give every problem by row and column, to correct the file by."""
    own(roster_id)
    found = queries.reading_of(db.session(), roster_id).problems
    header = (gettext("Row"), gettext("Column"), gettext("Problem"))
    lines = [(str(one.number), gettext(LABELS[one.column]), _sentence(one)) for one in found]
    return csv_response([header, *lines], "problems.csv")


@bp.get("/manage/rosters/<uuid:roster_id>/people.csv")
@access(Permission.ROSTER_WRITE)
def people(roster_id: UUID) -> FlaskResponse:
    """Give how far everybody is, for the employer or community."""
    roster = own(roster_id)
    header = (gettext("Row"), gettext("Name"), gettext("Group"), gettext("State"))
    return csv_response([header, *_lines(roster)], "roster.csv")


def _lines(roster: RosterView) -> Iterator[Sequence[str]]:
    for one in queries.members(db.session(), roster):
        yield str(one.number), one.name, _group(one.group_code), gettext(STAGES[one.stage])


def _line(problem: Problem) -> tuple[Problem, str, str]:
    """Return a problem with its column and its reason in words."""
    return problem, gettext(LABELS[problem.column]), _sentence(problem)


def _sentence(problem: Problem) -> str:
    """Return what is wrong, in words."""
    own_reason = problem.reason in set(RowReason)
    reason = RowReason(problem.reason) if own_reason else PersonReason(problem.reason)
    return explain(SENTENCES[reason], problem.detail)


def _book_until(form: Form, roster: RosterView) -> datetime | None:
    """Return the end of the last day on which the invited can book; None where nobody is."""
    if form.values["invite"] == "no":
        return None
    last_day = form.values["book_by"]
    if last_day is None:
        form.fail("book_by", gettext("Type the last day."))
        return None
    zone = ZoneInfo(_site(roster).timezone)
    ends = datetime.combine(last_day + timedelta(days=1), time(), zone)
    if not now() < ends <= now() + LONGEST:
        form.fail("book_by", gettext("Choose a day to come, within a year."))
    return ends


def _site(roster: RosterView) -> SiteName:
    return eligibility.site_names(db.session(), site_ids=[roster.site_id])[roster.site_id]


def _group(code: str) -> str:
    found = eligibility.groups().find(code)
    return found.name(current_language()) if found else code


def _facts(roster: RosterView, speak: Counter[str]) -> dict[str, Any]:  # Any: for templates.
    site = _site(roster)
    return {
        "roster": roster,
        "site": site,
        "speak": speak or {roster.language: 0},
        "group": _group(roster.group_code),
        "product": stock.find_product(db.session(), product_id=roster.product_id),
        "last_day": roster.valid_to - timedelta(days=1) if roster.valid_to else None,
        "label": ROSTERS.labels[roster.state][current_language() == "zh"],
        "colour": COLOURS[roster.state],
        "made_by": staff_names(db.session(), ids=[roster.made_by]).get(roster.made_by, "–"),
        "again": "again" in request.args,
        "shown": SHOWN,
    }


def _preview(roster: RosterView, form: Form) -> Response:
    found = queries.reading_of(db.session(), roster.id)
    if roster.state is not RosterState.PREVIEWED:
        return redirect(url_for("rosters.show", roster_id=roster.id), 303)
    return page(
        "rosters/preview.html",
        title=gettext("Check the list of %(name)s", name=roster.organisation),
        back=url_for("rosters.listed"),
        form=form,
        **_facts(roster, Counter(row.language for row in found.rows)),
        found=found,
        lines=[_line(one) for one in found.problems[:SHOWN]],
        takes={take: gettext(text) for take, text in TAKES.items()},
    )


def _progress(roster: RosterView) -> Response:
    everybody = queries.members(db.session(), roster)
    asked = request.args.get("stage", "")
    found = [one for one in everybody if asked in {"", one.stage}]
    return page(
        "rosters/show.html",
        title=gettext("Roster of %(name)s", name=roster.organisation),
        back=url_for("rosters.listed"),
        **_facts(roster, queries.languages(db.session(), roster)),
        everybody=len(everybody),
        counts=queries.count(everybody),
        stages={stage: gettext(text) for stage, text in STAGES.items()},
        stage_colours=STAGE_COLOURS,
        asked=asked,
        people=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
    )
