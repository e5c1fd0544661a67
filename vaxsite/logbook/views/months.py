"""The log of a unit's month: its page, its files, its signature."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.logbook import months, rules, services
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import signatures
from vaxsite.logbook.queries.signatures import SignedMonth
from vaxsite.logbook.sheets import Sheet
from vaxsite.logbook.views import month_sheet
from vaxsite.logbook.views.blueprint import bp
from vaxsite.logbook.views.files import csv_of, pdf_response
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import explain
from vaxsite.web.page import page


@bp.get("/coldchain/logbook/units/<int:unit_id>/<month>")
@access(Permission.COLDCHAIN_READ)
def month_page(unit_id: int, month: str) -> Response:
    """Show the log of a month, as it is printed, with who signed it."""
    wanted, unit, found = _found(unit_id, month)
    verdict = rules.may_open(services.standing(found), now())
    return page(
        "logbook/month.html",
        title=month_sheet.title_of(unit, wanted),
        back=url_for("logbook.home", site=unit.site_id, month=wanted),
        sheet=month_sheet.sheet_of(found, unit, now()),
        unit=unit,
        month=wanted,
        seen=found.digest.hex(),
        may_sign=current_actor().may(Permission.MONTH_SIGN, unit.site_id),
        refusal=explain(rules.SENTENCES[verdict.reason], verdict.detail)
        if isinstance(verdict, Refused)
        else "",
        anew=found.newest is not None,
    )


@bp.get("/coldchain/logbook/units/<int:unit_id>/<month>.pdf")
@access(Permission.COLDCHAIN_READ)
def month_pdf(unit_id: int, month: str) -> Response:
    """Give the log of a month as a PDF."""
    sheet, name = _sheet(unit_id, month)
    return pdf_response([sheet], title=sheet.title, filename=name)


@bp.get("/coldchain/logbook/units/<int:unit_id>/<month>.csv")
@access(Permission.COLDCHAIN_READ)
def month_csv(unit_id: int, month: str) -> Response:
    """Give the log of a month as CSV."""
    sheet, name = _sheet(unit_id, month)
    return csv_of([sheet], filename=name)


@bp.post("/coldchain/logbook/units/<int:unit_id>/<month>/signature")
@access(Permission.MONTH_SIGN)
def sign_month(unit_id: int, month: str) -> AnyResponse:
    """Sign the log as it was shown, by the name of who is signed in."""
    wanted, instant = asked_month(month), now()
    with transaction(db.session()) as session:
        services.sign(
            session,
            unit_id=unit_id,
            month=wanted,
            seen=_seen(),
            actor=current_actor(),
            now=instant,
        )
    return redirect(url_for("logbook.month_page", unit_id=unit_id, month=wanted), 303)


def asked_month(text: str) -> Month:
    """Return the month of an address; raise `NotFound` where it names none."""
    found = months.parse(text)
    if found is None:
        raise NotFound
    return found


def _seen() -> bytes:
    """Return the digest of what the person saw; of nothing where the form was tampered with."""
    try:
        return bytes.fromhex(request.form.get("seen", ""))
    except ValueError:
        return b""


def _found(unit_id: int, month: str) -> tuple[Month, UnitName, SignedMonth]:
    wanted, session = asked_month(month), db.session()
    unit = places.get_unit(session, actor=current_actor(), unit_id=unit_id)
    return (
        wanted,
        unit,
        signatures.signed_month(session, unit_id=unit_id, month=wanted, now=now()),
    )


def _sheet(unit_id: int, month: str) -> tuple[Sheet, str]:
    wanted, unit, found = _found(unit_id, month)
    return month_sheet.sheet_of(found, unit, now()), f"log-{wanted}-{unit_id}"
