"""The page of one unit with the charts of its probes."""

from flask import Response, request, url_for

from vaxsite.coldchain import rules, schemas
from vaxsite.coldchain.queries import charts, table
from vaxsite.coldchain.rules import Window
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language
from vaxsite.web.page import page


@bp.get("/coldchain/units/<int:unit_id>")
@access(Permission.COLDCHAIN_READ)
def unit(unit_id: int) -> Response:
    """Show one unit with the charts of its probes."""
    window = _window(request.args.get("window"))
    found = charts.get_unit_page(
        db.session(), actor=current_actor(), unit_id=unit_id, window=window, now=now()
    )
    zone = found.view.unit.timezone
    return page(
        "coldchain/unit.html",
        title=found.view.unit.name(current_language()),
        back=url_for("coldchain.home"),
        view=found.view,
        alerts=found.alerts,
        excursions=found.excursions,
        window=window,
        windows=list(Window),
        window_labels=rules.WINDOW_LABELS,
        charts=[
            {
                "series": one.series,
                "data": schemas.chart(one.series, found.view.unit.band, one.excursions, zone),
                "table": table.lines_of(one.series, zone),
            }
            for one in found.charts
        ],
    )


def _window(text: str | None) -> Window:
    try:
        return Window(text or Window.HOURS_24)
    except ValueError:
        return Window.HOURS_24
