"""The page on which the past is searched, page by page, and the same as CSV."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from marshmallow import ValidationError

from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import daily_checks, history, rules, schemas
from vaxsite.coldchain.follow_up import ACTIONS
from vaxsite.coldchain.history import Kind, Search
from vaxsite.coldchain.queries import history as queries
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.history import Found
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.filters import celsius
from vaxsite.web.forms import Form, first, plain
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page
from vaxsite.web.spreadsheet import csv_response

BACK = timedelta(days=90)
CSV_LINES = 20_000
HEAD = ("at_utc", "ended_at_utc", "site", "unit", "kind", "what", "celsius", "lot", "by", "note")
# The words of a unit's parts of day and of what is done on it stand beside those of the search.
WORDS: dict[str, str] = {
    one: label
    for labels in (history.WORDS, daily_checks.PART_LABELS, rules.MAINTENANCE, ACTIONS)
    for one, label in labels.items()
}


@dataclass(frozen=True)
class _Asked:
    """A search as its form was filled in, by whose clock, over which units."""

    form: Form
    wanted: Search
    units: dict[int, UnitName]
    zone: str


@bp.get("/coldchain/history")
@access(Permission.COLDCHAIN_READ)
def history_page() -> Response:
    """Show what was found, newest first."""
    asked = _asked()
    found, more = ([], None) if asked.form.errors else _found(asked)
    return page(
        "coldchain/history.html",
        title=gettext("Search the past"),
        form=asked.form,
        found=found,
        units=list(asked.units.values()),
        many_sites=len({unit.site_id for unit in asked.units.values()}) > 1,
        kinds=history.KIND_LABELS,
        people=_people(),
        older=_link("coldchain.history_page", after=str(more)) if more else None,
        newest=_link("coldchain.history_page") if request.args.get("after") else None,
        csv_link=_link("coldchain.history_csv"),
        csv_lines=CSV_LINES,
        named=namer([one.by for one in found]),
        said=_said,
    )


@bp.get("/coldchain/history.csv")
@access(Permission.COLDCHAIN_READ)
def history_csv() -> Response:
    """Give the same, a happening a line; times are UTC."""
    asked = _asked()
    found: list[Found] = []
    if not asked.form.errors:
        found, _ = queries.search(
            db.session(), actor=current_actor(), wanted=asked.wanted, limit=CSV_LINES
        )
    named = namer([one.by for one in found])
    lines = (_cells(one, named(one.by) if one.by else "") for one in found)
    return csv_response([HEAD, *lines], "history.csv")


def _asked() -> _Asked:
    """Return what the address asks for; the last 90 days where it says no time."""
    instant = now()
    units = places.units_by_id(db.session(), actor=current_actor())
    zone = next((unit.timezone for unit in units.values()), "UTC")
    form = _form()
    given = {} if form.errors else form.values
    since, day_after = given.get("since"), given.get("until")
    wanted = Search(
        since=_midnight(since, zone) if since else instant - BACK,
        until=_midnight(day_after + timedelta(days=1), zone) if day_after else instant,
        unit_id=given.get("unit"),
        kind=given.get("kind"),
        lot=given.get("lot"),
        by=str(given["by"]) if given.get("by") else None,
    )
    return _Asked(form, wanted, units, zone)


def _form() -> Form:
    """Read the search out of the address; what cannot be read is said beside its field."""
    schema = schemas.HistorySchema()
    raw = {name: request.args.get(name, "").replace("\0", "").strip() for name in schema.fields}
    form = Form(raw=raw)
    try:
        form.values = schema.load({name: text for name, text in raw.items() if text})
    except ValidationError as err:
        wrong = err.messages if isinstance(err.messages, dict) else {}
        form.errors = {name: plain(first(said)) for name, said in wrong.items()}
    return form


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def _found(asked: _Asked) -> tuple[list[Found], history.Place | None]:
    after = history.read_place(request.args.get("after"))
    return queries.search(db.session(), actor=current_actor(), wanted=asked.wanted, after=after)


def _people() -> dict[str, str]:
    """Return who can have acted at the actor's sites, by name."""
    actor, session = current_actor(), db.session()
    people: dict[str, str] = {}
    for site_id in actor.sites(Permission.COLDCHAIN_READ):
        people |= accounts.staff_who_may(session, Permission.COLDCHAIN_READ, site_id=site_id)
    return dict(sorted(people.items(), key=lambda one: one[1]))


def _link(endpoint: str, **more: str) -> str:
    kept = {name: text for name, text in request.args.items() if text and name != "after"}
    asked = urlencode({**kept, **more})
    return url_for(endpoint) + (f"?{asked}" if asked else "")


def _said(one: Found) -> str:
    """Return what a row says of itself in a few words."""
    if one.kind is Kind.ALERT:
        sentence = rules.HEADLINES[rules.trouble(one.what, None)]
        return gettext(sentence, unit=one.unit.name(current_language()))
    parts = [gettext(WORDS[one.what])] if one.what in WORDS else []
    parts += [celsius(one.centi)] if one.centi is not None else []
    parts += [gettext("Lot %(number)s", number=one.lot)] if one.lot else []
    parts += [gettext("withdrawn")] if one.withdrawn else []
    return ", ".join(parts) if current_language() != "zh" else "，".join(parts)


def _cells(one: Found, by: str) -> list[str]:
    language = current_language()
    return [
        one.at.isoformat(),
        one.ended_at.isoformat() if one.ended_at else "",
        one.unit.site(language),
        one.unit.code,
        one.kind.value,
        _said(one),
        "" if one.centi is None else str(one.centi / 100),
        one.lot or "",
        by,
        one.note,
    ]
