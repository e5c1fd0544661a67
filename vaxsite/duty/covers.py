"""Pages of those who stand in: from now on, planned ahead, and taken back."""

from datetime import UTC, datetime, timedelta

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.duty import queries, rules, schemas, services
from vaxsite.duty.rules import DutyReason
from vaxsite.duty.views import bp, home, with_people
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext

FIELDS = {
    DutyReason.NOTE_MISSING: "note",
    DutyReason.TOO_LONG: "hours",
    DutyReason.NOT_AHEAD: "begins",
}


@bp.get("/coldchain/duty/<int:site_id>/hand-over")
@access(Permission.DUTY_WRITE)
def cover_form(site_id: int) -> Response:
    """Ask who stands in, from when, for how long and why."""
    form = blank_form(schemas.CoverSchema(), place="1", hours="12")
    return with_people("duty/cover.html", site_id, form)


@bp.post("/coldchain/duty/<int:site_id>/hand-over")
@access(Permission.DUTY_WRITE)
def cover(site_id: int) -> AnyResponse:
    """Hand the duty over, or plan that."""
    form, actor, instant = read_form(schemas.CoverSchema()), current_actor(), now()
    site = queries.get_site(db.session(), actor=actor, site_id=site_id)
    starts_at = _beginning(form, site.timezone) if form.ok else None
    if form.ok:
        try:
            with transaction(db.session()) as session:
                services.cover(
                    session,
                    site_id=site_id,
                    contact_id=form.values["contact"],
                    place=form.values["place"],
                    lasts=timedelta(hours=form.values["hours"]),
                    note=form.values["note"],
                    actor=actor,
                    now=instant,
                    starts_at=starts_at,
                )
        except RefusedAct as refused:
            field = FIELDS[DutyReason(refused.decision.reason)]
            form.fail(field, explain(refused.sentence, refuse_detail(refused)))
    return home(site_id) if form.ok else with_people("duty/cover.html", site_id, form)


def _beginning(form: Form, timezone: str) -> datetime | None:
    """Return the instant that day and time name on the clock of the site; None is now."""
    on, minute = form.values["on"], form.values["begins"]
    if (on is None) != (minute is None):
        form.fail("begins", gettext(rules.SENTENCES[DutyReason.HALF_BEGINNING]))
    if on is None or minute is None:
        return None
    local = datetime(on.year, on.month, on.day, minute // 60, minute % 60)  # noqa: DTZ001 - the zone follows
    return local.replace(tzinfo=queries.zone(timezone)).astimezone(UTC)


@bp.post("/coldchain/duty/<int:site_id>/hand-over/<int:cover_id>/end")
@access(Permission.DUTY_WRITE)
def end_cover(site_id: int, cover_id: int) -> AnyResponse:
    """Let somebody stand in no more."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.end_cover(session, site_id=site_id, cover_id=cover_id, actor=actor, now=instant)
    return home(site_id)
