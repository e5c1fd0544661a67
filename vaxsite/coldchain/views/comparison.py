"""The page that lays units over each other: chosen by their reader, over one period."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from flask import Response, request, url_for

from vaxsite.coldchain import rules, schemas, zoom
from vaxsite.coldchain.queries import comparison, places, table
from vaxsite.coldchain.queries.comparison import AT_MOST, Compared
from vaxsite.coldchain.queries.table import Line
from vaxsite.coldchain.rules import Window
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.coldchain.zoom import Period
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

LETTERS = "ABCDEF"
WINDOWS = tuple(window for window in Window if rules.SPANS[window] is not None)


@bp.get("/coldchain/compare")
@access(Permission.COLDCHAIN_READ)
def compare() -> Response:
    """Lay the chosen units over each other."""
    instant, actor, session = now(), current_actor(), db.session()
    chosen = _chosen()
    window = _window(request.args.get("window"))
    period = zoom.read_period(request.args.get("from"), request.args.get("to"), now=instant)
    shown = period or _since_window(window, instant)
    units = places.units_by_id(session, actor=actor)
    fits = 0 < len(chosen) <= AT_MOST
    found = comparison.compare(session, actor=actor, unit_ids=chosen, period=shown) if fits else ()
    return page(
        "coldchain/comparison.html",
        title=gettext("Compare units"),
        units=list(units.values()),
        many_sites=len({unit.site_id for unit in units.values()}) > 1,
        chosen=chosen,
        too_many=len(chosen) > AT_MOST,
        at_most=AT_MOST,
        letters=LETTERS,
        found=found,
        zone=found[0].unit.timezone if found else "UTC",
        shown=shown,
        window=None if period else window,
        windows=WINDOWS,
        window_labels=rules.WINDOW_LABELS,
        move_links=_links(chosen, shown, instant),
        move_labels=zoom.MOVE_LABELS,
        data=_drawn(found, shown),
        lines=_lines(found),
        furthest=_furthest(found),
    )


def _chosen() -> list[int]:
    """Return the ids that the address names, each once, in its order."""
    return list(dict.fromkeys(int(one) for one in request.args.getlist("unit") if one.isdecimal()))


def _window(text: str | None) -> Window:
    return next((window for window in WINDOWS if window.value == text), Window.HOURS_24)


def _since_window(window: Window, instant: datetime) -> Period:
    length = rules.SPANS[window]
    assert length is not None  # `WINDOWS` leaves out the one without a length.
    return Period(instant - length, instant)


def _links(chosen: Sequence[int], shown: Period, instant: datetime) -> dict[zoom.Move, str | None]:
    found = zoom.moves(shown, now=instant)
    return {move: _link(chosen, found[move]) if move in found else None for move in zoom.Move}


def _link(chosen: Sequence[int], period: Period) -> str:
    since, until = int(period.since.timestamp()), int(period.until.timestamp())
    asked = urlencode({"unit": chosen, "from": since, "to": until}, doseq=True)
    return f"{url_for('coldchain.compare')}?{asked}"


def _drawn(found: Sequence[Compared], shown: Period) -> dict[str, object]:
    """Return what the chart draws; the safe range only where all units share it."""
    bands = {one.unit.band for one in found}
    band = next(iter(bands)) if len(bands) == 1 else None
    return {
        "window": [int(shown.since.timestamp()), int(shown.until.timestamp())],
        "timezone": found[0].unit.timezone if found else "UTC",
        "band": [band.low_centi / 100, band.high_centi / 100] if band else None,
        "units": [
            [schemas.line(series) for series in one.series if series.buckets] for one in found
        ],
        "letters": LETTERS,
    }


def _lines(found: Sequence[Compared]) -> list[tuple[datetime, list[Line | None]]]:
    """Return the table below the chart: for each time what was read in each unit."""
    told: dict[datetime, list[Line | None]] = {}
    for place, one in enumerate(found):
        for series in one.series:
            for line in table.lines_of(series, found[0].unit.timezone):
                row = told.setdefault(line.at, [None] * len(found))
                row[place] = table.together(row[place], line)
    return sorted(told.items())


def _furthest(found: Sequence[Compared]) -> dict[str, tuple[str, int]]:
    """Return the unit and the temperature of the warmest and the coldest reading."""
    language = current_language()
    warm = [(one.high_centi, one) for one in found if one.high_centi is not None]
    cold = [(one.low_centi, one) for one in found if one.low_centi is not None]
    if not warm or not cold:
        return {}
    high, warmest = max(warm, key=lambda pair: pair[0])
    low, coldest = min(cold, key=lambda pair: pair[0])
    return {
        "warmest": (warmest.unit.name(language), high),
        "coldest": (coldest.unit.name(language), low),
    }
