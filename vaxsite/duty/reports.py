"""The pages of the report: how fast alerts are answered and over, by month, and as CSV."""

import re
from datetime import date, datetime, timedelta

from flask import Response, request

from vaxsite.core import sites
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.duty import queries, rules
from vaxsite.duty.queries import Report
from vaxsite.duty.views import bp
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page
from vaxsite.web.spreadsheet import csv_response

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@bp.get("/coldchain/report")
@access(Permission.COLDCHAIN_READ)
def report() -> Response:
    """Show how fast the alerts of a month were answered."""
    mine, chosen, month = _asked()
    found = _found(chosen, month)
    return page(
        "duty/report.html",
        title=gettext("How fast alerts are answered"),
        sites=mine,
        chosen=str(chosen[0].id) if len(chosen) == 1 else "",
        month=month,
        begins_on=date.fromisoformat(f"{month}-01"),
        report=found,
        buckets=rules.BUCKETS,
    )


@bp.get("/coldchain/report.csv")
@access(Permission.COLDCHAIN_READ)
def report_csv() -> Response:
    """Give the same, an alert a line; times are UTC, lengths are minutes."""
    _, chosen, month = _asked()
    head = "alert,site,unit,kind,severity,opened_at_utc,answered_after_min,over_after_min"
    rows = [head.split(",")]
    for one in _found(chosen, month).alerts:
        site = one.site_zh if current_language() == "zh" else one.site_en
        row = [str(one.alert_id), site, one.unit_code, one.kind, one.severity]
        row += [one.opened_at.isoformat(), _minutes(one.answered_after), _minutes(one.over_after)]
        rows.append(row)
    return csv_response(rows, f"alerts-{month}.csv")


def _asked() -> tuple[list[SiteName], list[SiteName], str]:
    """Return the sites that may be seen, those that were asked for, and the month."""
    mine = sites.permitted(
        db.session(), actor=current_actor(), permission=Permission.COLDCHAIN_READ
    )
    wanted = request.args.get("site")
    chosen = [one for one in mine if str(one.id) == wanted] or mine
    month = request.args.get("month", "")
    return mine, chosen, month if MONTH.fullmatch(month) else _this_month(mine)


def _this_month(mine: list[SiteName]) -> str:
    instant: datetime = now()
    zone = queries.zone(mine[0].timezone) if mine else instant.tzinfo
    return f"{instant.astimezone(zone):%Y-%m}"


def _found(chosen: list[SiteName], month: str) -> Report:
    year, number = (int(part) for part in month.split("-"))
    zone = chosen[0].timezone if chosen else "UTC"
    since, until = queries.month_bounds(year, number, zone)
    ids = [one.id for one in chosen]
    return queries.report(db.session(), site_ids=ids, since=since, until=until)


def _minutes(took: timedelta | None) -> str:
    return "" if took is None else str(int(took.total_seconds()) // 60)
