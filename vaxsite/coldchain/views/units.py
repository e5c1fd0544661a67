"""The page of one unit with the charts of its probes, and their data at any zoom."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from flask import Response, abort, jsonify, render_template, request, url_for

from vaxsite.coldchain import rules, schemas, zoom
from vaxsite.coldchain.queries import charts, conditions, exposures, table
from vaxsite.coldchain.queries.charts import ProbeChart
from vaxsite.coldchain.queries.wall import UnitView
from vaxsite.coldchain.rules import Window
from vaxsite.coldchain.views import beside, exposure
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.coldchain.zoom import Move, Period
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.filters import local_datetime
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/units/<int:unit_id>")
@access(Permission.COLDCHAIN_READ)
def unit(unit_id: int) -> Response:
    """Show one unit with the charts of its probes."""
    instant = now()
    asked = _asked(instant)
    window = None if asked else _window(request.args.get("window"))
    found = charts.get_unit_page(
        db.session(),
        actor=current_actor(),
        unit_id=unit_id,
        period=_period(asked, window, instant),
        now=instant,
    )
    shown = _shown(found.charts, instant)
    return page(
        "coldchain/unit.html",
        title=found.view.unit.name(current_language()),
        back=url_for("coldchain.home"),
        view=found.view,
        alerts=found.alerts,
        excursions=found.excursions,
        conditions=conditions.list_conditions(db.session(), unit_id=unit_id, now=instant),
        window=window,
        windows=list(Window),
        window_labels=rules.WINDOW_LABELS,
        shown=shown,
        moves=_moves(shown, instant),
        move_links=_links(unit_id, shown, instant),
        move_labels=zoom.MOVE_LABELS,
        charts=[_chart(found.view, one, instant) for one in found.charts],
        exposures=exposure.exposure_table(
            exposures.list_exposures(db.session(), found.view, now=instant), found.view.unit
        ),
        kinetic_source=exposure.kinetic_source(),
    )


def _chart(view: UnitView, one: ProbeChart, instant: datetime) -> dict[str, object]:
    zone = view.unit.timezone
    return {
        "key": one.key,
        "stay": one,
        "series": one.series,
        "beside": beside.sentences(one.reported),
        "work": _worked(one, zone),
        "told": beside.lines(one.reported, zone, instant),
        "data": _drawn(view, one),
        "table": table.lines_of(one.series, zone),
    }


@bp.get("/coldchain/units/<int:unit_id>/readings.json")
@access(Permission.COLDCHAIN_READ)
def readings(unit_id: int) -> Response:
    """Give what the charts of a unit draw between `from` and `to`, seconds since 1970."""
    instant = now()
    period = _asked(instant)
    if period is None:
        abort(400)
    view, found = charts.get_charts(
        db.session(), actor=current_actor(), unit_id=unit_id, period=period, now=instant
    )
    shown = _shown(found, instant)
    return jsonify(
        moves=_moves(shown, instant),
        shown=render_template("coldchain/_shown.html", shown=shown, view=view),
        page=_link(unit_id, shown),
        charts=[
            {
                "key": one.key,
                "data": _drawn(view, one),
                "summary": render_template(
                    "coldchain/_summary.html",
                    series=one.series,
                    view=view,
                    beside=beside.sentences(one.reported),
                    work=_worked(one, view.unit.timezone),
                ),
            }
            for one in found
        ],
    )


def _worked(one: ProbeChart, zone: str) -> list[str]:
    """Name the work on the unit that the chart shades."""
    return [
        gettext(
            "%(kind)s from %(since)s to %(until)s (%(reason)s).",
            kind=gettext(rules.MAINTENANCE[work.kind]),
            since=local_datetime(work.from_at, zone),
            until=local_datetime(work.to_at, zone),
            reason=work.reason,
        )
        for work in one.work
    ]


def _asked(instant: datetime) -> Period | None:
    return zoom.read_period(request.args.get("from"), request.args.get("to"), now=instant)


def _window(text: str | None) -> Window:
    try:
        return Window(text or Window.HOURS_24)
    except ValueError:
        return Window.HOURS_24


def _period(asked: Period | None, window: Window | None, instant: datetime) -> Period | None:
    """Return the stretch of time to read; None for all readings."""
    length = rules.SPANS[window] if window else None
    return asked or (Period(instant - length, instant) if length else None)


def _shown(found: Iterable[ProbeChart], instant: datetime) -> Period:
    """Return the stretch of time that the charts show together."""
    since = min((one.series.since for one in found), default=instant)
    until = max((one.series.until for one in found), default=instant)
    return Period(since, until)


def _drawn(view: UnitView, one: ProbeChart) -> dict[str, object]:
    return schemas.chart(one.series, view.unit.band, one.excursions, view.unit.timezone, one.work)


def _seconds(period: Period) -> tuple[int, int]:
    return int(period.since.timestamp()), int(period.until.timestamp())


def _moves(shown: Period, instant: datetime) -> Mapping[str, tuple[int, int]]:
    found = zoom.moves(shown, now=instant)
    return {move.value: _seconds(period) for move, period in found.items()}


def _links(unit_id: int, shown: Period, instant: datetime) -> dict[Move, str | None]:
    found = zoom.moves(shown, now=instant)
    return {move: _link(unit_id, found[move]) if move in found else None for move in Move}


def _link(unit_id: int, period: Period) -> str:
    since, until = _seconds(period)
    return f"{url_for('coldchain.unit', unit_id=unit_id)}?from={since}&to={until}"
