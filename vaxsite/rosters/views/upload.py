"""The list of rosters, and a new one: its file, and what is said about it."""

from datetime import timedelta

from flask import Response as FlaskResponse
from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.decisions import N_
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import queries as eligibility
from vaxsite.rosters import queries, schemas
from vaxsite.rosters.rules.columns import LANGUAGES, NAMES, Column
from vaxsite.rosters.rules.states import ROSTERS, Reason
from vaxsite.rosters.rules.tables import MAX_BYTES
from vaxsite.rosters.services import uploading
from vaxsite.rosters.services.uploading import Upload
from vaxsite.rosters.views.blueprint import COLOURS, bp
from vaxsite.stock import queries as stock
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page
from vaxsite.web.spreadsheet import csv_response

NO_FILE = N_("Choose the file with the list.")
FIELDS = {Reason.PERIOD: "last_day", Reason.GROUP: "group"}


@bp.get("/manage/rosters")
@access(Permission.ROSTER_WRITE)
def listed() -> Response:
    """List the rosters of the manager's sites."""
    site_ids = current_actor().sites(Permission.ROSTER_WRITE)
    return page(
        "rosters/list.html",
        title=gettext("Rosters of employers and communities"),
        back="/manage",
        rosters=queries.rosters(db.session(), site_ids=site_ids),
        sites=eligibility.site_names(db.session(), site_ids=site_ids),
        groups=eligibility.groups(),
        labels=ROSTERS.labels,
        colours=COLOURS,
    )


@bp.get("/manage/rosters/new")
@access(Permission.ROSTER_WRITE)
def new() -> Response:
    """Ask for the file, and whose list it is."""
    sites, products = _sites(), stock.products(db.session())
    initial = {"site": str(next(iter(sites)))} if len(sites) == 1 else {}
    initial |= {"product": str(products[0].id)} if len(products) == 1 else {}
    return _new(blank_form(schemas.UploadForm(), **initial))


@bp.post("/manage/rosters/new")
@access(Permission.ROSTER_WRITE)
def upload() -> Response:
    """Read the file and keep its rows to be looked at. Sent twice, it is the same roster."""
    form, payload = read_form(schemas.UploadForm()), _payload()
    if not payload and not _chosen():
        form.fail("file", gettext(NO_FILE))
    site = _sites().get(form.values.get("site", 0))
    if "site" in form.values and site is None:
        form.fail("site", gettext("Choose one of the answers."))
    if not form.ok or site is None:
        return _new(form)
    actor, instant = current_actor(), now()
    wanted = _upload(form, site)
    try:
        reading = uploading.read_file(
            payload,
            upload=wanted,
            today=site.day(instant),
            samples=bool(current_app.config["VAXSITE_DEMO"]),
        )
        with transaction(db.session()) as session:
            roster_id, added = uploading.keep(
                session, payload=payload, reading=reading, upload=wanted, actor=actor, now=instant
            )
    except RefusedAct as refused:
        sentence = explain(refused.sentence, refuse_detail(refused))
        form.fail(_field(refused), sentence)
        return _new(form)
    again = None if added else "1"
    return redirect(url_for("rosters.show", roster_id=roster_id, again=again), 303)


@bp.get("/manage/rosters/example.csv")
@access(Permission.ROSTER_WRITE)
def example() -> FlaskResponse:
    """Give a file with the names of the columns, to be filled in."""
    header = [NAMES[column][0] for column in Column]
    made_up = ["陈安娜", "1985-05-05", "护照", "E12345678", "139 1234 5678", "name@example.com"]
    return csv_response([header, [*made_up, "", LANGUAGES["zh"][0]]], "roster.csv")


def _field(refused: RefusedAct) -> str:
    reason = refused.decision.reason
    return FIELDS[reason] if isinstance(reason, Reason) else "file"


def _chosen() -> bool:
    sent = request.files.get("file")
    return sent is not None and bool(sent.filename)


def _payload() -> bytes:
    sent = request.files.get("file")
    if sent is None:
        return b""
    with sent.stream as stream:  # A large one lies in a file of its own.
        return stream.read(MAX_BYTES + 1)


def _upload(form: Form, site: SiteName) -> Upload:
    values = form.values
    last_day = values["last_day"]
    return Upload(
        site_id=site.id,
        product_id=values["product"],
        organisation=values["organisation"],
        group_code=values["group"],
        valid_from=values["first_day"] or site.day(now()),
        valid_to=last_day + timedelta(days=1) if last_day else None,
        language=values["speaks"],
    )


def _sites() -> dict[int, SiteName]:
    site_ids = current_actor().sites(Permission.ROSTER_WRITE)
    return eligibility.site_names(db.session(), site_ids=site_ids)


def _new(form: Form) -> Response:
    day = now().date()
    return page(
        "rosters/new.html",
        title=gettext("Upload a list of people"),
        back=url_for("rosters.listed"),
        form=form,
        sites=_sites(),
        products=stock.products(db.session()),
        groups=[one for one in eligibility.groups().groups if one.valid_on(day)],
    )
