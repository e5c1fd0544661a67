"""Where a site, a month and a unit are chosen; all units of a site at once; its register."""

from flask import Response, request, url_for

from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.views.blueprint import namer
from vaxsite.core import sites
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.logbook import months
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import register, signatures
from vaxsite.logbook.sheets import Sheet
from vaxsite.logbook.views import month_sheet, register_sheet
from vaxsite.logbook.views.blueprint import bp
from vaxsite.logbook.views.files import csv_of, pdf_response
from vaxsite.logbook.views.months import asked_month
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.filters import month_name
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

MONTHS_BACK = 12


@bp.get("/coldchain/logbook")
@access(Permission.COLDCHAIN_READ)
def home() -> Response:
    """Choose a site and a month; show its units and who signed their logs."""
    mine = _mine()
    chosen = next((one for one in mine if str(one.id) == request.args.get("site")), None)
    chosen = chosen or (mine[0] if mine else None)
    month = _month(chosen)
    units = _units(chosen) if chosen else []
    signed = signatures.units_signed(
        db.session(), unit_ids=[one.unit_id for one in units], month=month
    )
    return page(
        "logbook/home.html",
        title=gettext("Monthly logs and calibration"),
        back="/coldchain",
        sites=mine,
        chosen=chosen,
        month=month,
        months=_choices(chosen, month),
        units=units,
        signed=signed,
        named=namer([by for by, _ in signed.values()]),
    )


@bp.get("/coldchain/logbook/sites/<int:site_id>/<month>.pdf")
@access(Permission.COLDCHAIN_READ)
def site_pdf(site_id: int, month: str) -> Response:
    """Give the logs of all units of a site as one PDF, each from a new page on."""
    site, wanted, sheets = _sheets(site_id, month)
    title = gettext(
        "Temperature logs %(month)s: %(site)s",
        month=month_name(wanted.first),
        site=site.name(current_language()),
    )
    return pdf_response(sheets, title=title, filename=f"logs-{wanted}-site-{site_id}")


@bp.get("/coldchain/logbook/sites/<int:site_id>/<month>.csv")
@access(Permission.COLDCHAIN_READ)
def site_csv(site_id: int, month: str) -> Response:
    """Give the logs of all units of a site as one CSV."""
    _, wanted, sheets = _sheets(site_id, month)
    return csv_of(sheets, filename=f"logs-{wanted}-site-{site_id}")


@bp.get("/coldchain/logbook/sites/<int:site_id>/calibration")
@access(Permission.COLDCHAIN_READ)
def calibration(site_id: int) -> Response:
    """Show the register of calibration of a site."""
    site, sheet = _register(site_id)
    return page(
        "logbook/register.html",
        title=sheet.title,
        back=url_for("logbook.home", site=site.id),
        sheet=sheet,
        site=site,
    )


@bp.get("/coldchain/logbook/sites/<int:site_id>/calibration.pdf")
@access(Permission.COLDCHAIN_READ)
def calibration_pdf(site_id: int) -> Response:
    """Give the register of calibration as a PDF."""
    _, sheet = _register(site_id)
    return pdf_response([sheet], title=sheet.title, filename=f"calibration-site-{site_id}")


@bp.get("/coldchain/logbook/sites/<int:site_id>/calibration.csv")
@access(Permission.COLDCHAIN_READ)
def calibration_csv(site_id: int) -> Response:
    """Give the register of calibration as CSV."""
    _, sheet = _register(site_id)
    return csv_of([sheet], filename=f"calibration-site-{site_id}")


def _mine() -> list[SiteName]:
    return sites.permitted(
        db.session(), actor=current_actor(), permission=Permission.COLDCHAIN_READ
    )


def _site(site_id: int) -> SiteName:
    found = next((one for one in _mine() if one.id == site_id), None)
    if found is None:
        raise NotFound
    return found


def _units(site: SiteName) -> list[UnitName]:
    units = places.units_by_id(db.session(), actor=current_actor()).values()
    return [one for one in units if one.site_id == site.id]


def _month(site: SiteName | None) -> Month:
    """Return the month that was asked for, else the last one that is over."""
    asked = months.parse(request.args.get("month", ""))
    return asked or months.of_day(site.day(now()) if site else now().date()).before


def _choices(site: SiteName | None, chosen: Month) -> list[Month]:
    """Return this month and those of a year before it, the newest first, and the chosen one."""
    found = [months.of_day(site.day(now()) if site else now().date())]
    for _ in range(MONTHS_BACK):
        found.append(found[-1].before)
    return sorted({*found, chosen}, reverse=True)


def _sheets(site_id: int, month: str) -> tuple[SiteName, Month, list[Sheet]]:
    site, wanted, session = _site(site_id), asked_month(month), db.session()
    found = [
        (one, signatures.signed_month(session, unit_id=one.unit_id, month=wanted, now=now()))
        for one in _units(site)
    ]
    if not found:
        raise NotFound
    return site, wanted, [month_sheet.sheet_of(log, unit, now()) for unit, log in found]


def _register(site_id: int) -> tuple[SiteName, Sheet]:
    site = _site(site_id)
    found = register.read_register(db.session(), site=site, now=now())
    return site, register_sheet.sheet_of(site, found, now())
