"""Pages of duty: who is on call and who can be called, the chains, and the alarm as a test."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.alerts import Severity
from sensors.domain.escalation import DEFAULT_CHAIN
from sensors.services import receipts
from sensors.store.places import Site
from sensors.store.transaction import transaction
from vaxsite.core import sites
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.core.weekdays import WEEKDAYS
from vaxsite.duty import queries, rules, schemas, services
from vaxsite.web.access import access, current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint("duty", __name__, template_folder="templates")


@bp.context_processor
def _words() -> dict[str, object]:
    return {
        "whom_labels": rules.WHOM,
        "place_labels": rules.PLACES,
        "role_labels": rules.ROLES,
        "weekday_labels": WEEKDAYS,
        "channel_labels": rules.CHANNELS,
        "severity_labels": rules.SEVERITIES,
        "clock": queries.clock,
    }


@bp.get("/coldchain/duty")
@access(Permission.DUTY_WRITE)
def overview() -> Response:
    """Show who is on call at the actor's sites, and how each site calls."""
    actor, instant, session = current_actor(), now(), db.session()
    mine = sites.permitted(session, actor=actor, permission=Permission.DUTY_WRITE)
    chosen = _chosen(mine, request.args.get("site"))
    return page(
        "duty/overview.html",
        title=gettext("Who is called"),
        sites=mine,
        duty=queries.duty_of(session, chosen, now=instant) if chosen else None,
    )


def _chosen(mine: list[SiteName], wanted: str | None) -> SiteName | None:
    return next((one for one in mine if str(one.id) == wanted), mine[0] if mine else None)


@bp.get("/coldchain/duty/<int:site_id>/people")
@access(Permission.DUTY_WRITE)
def contact_form(site_id: int) -> Response:
    """Ask for a person who can be called."""
    form = blank_form(schemas.ContactSchema(), speaks=current_language(), role="pharmacist")
    return _contact_page(site_id, form)


@bp.post("/coldchain/duty/<int:site_id>/people")
@access(Permission.DUTY_WRITE)
def add_contact(site_id: int) -> AnyResponse:
    """Add the person."""
    form, actor, instant = read_form(schemas.ContactSchema()), current_actor(), now()
    if not form.ok:
        return _contact_page(site_id, form)
    given = form.values
    addresses = [(given["channel"], given["address"])]
    if given["channel2"]:
        addresses.append((given["channel2"], given["address2"]))
    with transaction(db.session()) as session:
        services.add_contact(
            session,
            site_id=site_id,
            name=given["name"],
            language=given["speaks"],
            role=given["role"],
            addresses=addresses,
            actor=actor,
            now=instant,
        )
    return home(site_id)


@bp.post("/coldchain/duty/<int:site_id>/people/<int:contact_id>/remove")
@access(Permission.DUTY_WRITE)
def remove_contact(site_id: int, contact_id: int) -> AnyResponse:
    """Call somebody no more about a site."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.remove_contact(
            session, site_id=site_id, contact_id=contact_id, actor=actor, now=instant
        )
    return home(site_id)


@bp.get("/coldchain/duty/<int:site_id>/week")
@access(Permission.DUTY_WRITE)
def shift_form(site_id: int) -> Response:
    """Ask for a part of the week."""
    return with_people("duty/shift.html", site_id, blank_form(schemas.ShiftSchema(), place="1"))


@bp.post("/coldchain/duty/<int:site_id>/week")
@access(Permission.DUTY_WRITE)
def add_shifts(site_id: int) -> AnyResponse:
    """Add the part of the week."""
    form, actor, instant = read_form(schemas.ShiftSchema()), current_actor(), now()
    if not form.ok:
        return with_people("duty/shift.html", site_id, form)
    with transaction(db.session()) as session:
        services.add_shifts(
            session,
            site_id=site_id,
            contact_id=form.values["contact"],
            place=form.values["place"],
            weekdays=form.values["weekdays"],
            from_minute=form.values["begins"],
            until_minute=form.values["ends"],
            actor=actor,
            now=instant,
        )
    return home(site_id)


@bp.post("/coldchain/duty/<int:site_id>/week/<int:shift_id>/remove")
@access(Permission.DUTY_WRITE)
def remove_shift(site_id: int, shift_id: int) -> AnyResponse:
    """Take one line out of the week."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.remove_shift(session, site_id=site_id, shift_id=shift_id, actor=actor, now=instant)
    return home(site_id)


@bp.get("/coldchain/duty/<int:site_id>/chain/<severity>")
@access(Permission.DUTY_WRITE)
def chain_form(site_id: int, severity: str) -> Response:
    """Show the chain as it is, or the one to begin with."""
    site = queries.get_site(db.session(), actor=current_actor(), site_id=site_id)
    chain = queries.chain_of(db.session(), site, _severity(severity)) or DEFAULT_CHAIN
    raw: dict[str, str] = {"repeat": str(int(chain.repeat.total_seconds()) // 60)}
    for place, step in enumerate(chain.steps, start=1):
        person = "" if step.contact_id is None else f":{step.contact_id}"
        raw[f"whom{place}"] = f"{step.whom.value}{person}"
        raw[f"channel{place}"] = step.channel or ""
        raw[f"wait{place}"] = str(int(step.wait.total_seconds()) // 60)
    if chain.hours is not None:
        raw["begins"] = queries.clock(chain.hours.from_minute)
        raw["ends"] = queries.clock(chain.hours.until_minute)
    return _chain_page(site, severity, blank_form(schemas.ChainSchema(), **raw))


@bp.post("/coldchain/duty/<int:site_id>/chain/<severity>")
@access(Permission.DUTY_WRITE)
def save_chain(site_id: int, severity: str) -> AnyResponse:
    """Replace the chain."""
    form, actor, instant = read_form(schemas.ChainSchema()), current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as session:
                services.save_chain(
                    session,
                    site_id=site_id,
                    severity=_severity(severity),
                    steps=_steps(form),
                    repeat_minutes=form.values["repeat"],
                    hours=(form.values["begins"], form.values["ends"]),
                    actor=actor,
                    now=instant,
                )
        except RefusedAct as refused:
            field = "ends" if refused.decision.reason == rules.DutyReason.HALF_HOURS else "whom1"
            form.fail(field, explain(refused.sentence, refuse_detail(refused)))
    if form.ok:
        return home(site_id)
    site = queries.get_site(db.session(), actor=actor, site_id=site_id)
    return _chain_page(site, severity, form)


def _steps(form: Form) -> list[services.StepWanted]:
    places = range(1, rules.MOST_STEPS + 1)
    return [
        services.StepWanted(
            whom[0], form.values[f"wait{place}"], whom[1], form.values[f"channel{place}"]
        )
        for place in places
        if (whom := form.values[f"whom{place}"]) is not None
    ]


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError as err:
        raise NotFound from err


@bp.post("/coldchain/duty/<int:site_id>/test")
@access(Permission.DUTY_WRITE)
def start_test(site_id: int) -> AnyResponse:
    """Set off a test alarm."""
    form, actor, instant = read_form(schemas.TestSchema()), current_actor(), now()
    if not form.ok:
        return home(site_id)
    with transaction(db.session()) as session:
        alert_id = services.start_test(
            session, unit_id=form.values["unit"], actor=actor, now=instant
        )
    return redirect(f"/coldchain/alerts/{alert_id}", 303)


@bp.get("/received/<token>")
@public
def received_form(token: str) -> Response:
    """Ask whoever followed the link of a message to say that they have it; changes nothing."""
    if receipts.message_of(db.session(), token) is None:
        raise NotFound
    return page("duty/received.html", title=gettext("Do you have the message?"), token=token)


@bp.post("/received/<token>")
@public
def received(token: str) -> Response:
    """Write down that the message arrived."""
    instant = now()
    with transaction(db.session()) as session:
        services.confirm(session, token=token, now=instant)
    return page("duty/received.html", title=gettext("Thank you"), token=None)


def _contact_page(site_id: int, form: Form) -> Response:
    site = queries.get_site(db.session(), actor=current_actor(), site_id=site_id)
    return page(
        "duty/contact.html",
        title=gettext("Add a person who is called"),
        back=_overview_of(site_id),
        form=form,
        site_id=site.id,
    )


def with_people(template: str, site_id: int, form: Form) -> Response:
    """Return a page with a form that names people of a site."""
    site = queries.get_site(db.session(), actor=current_actor(), site_id=site_id)
    titles = {
        "duty/shift.html": gettext("Put somebody on call"),
        "duty/cover.html": gettext("Hand the duty over"),
    }
    return page(
        template,
        title=titles[template],
        back=_overview_of(site_id),
        form=form,
        duty=queries.duty_of(db.session(), sites.named(site), now=now()),
    )


def _chain_page(site: Site, severity: str, form: Form) -> Response:
    return page(
        "duty/chain.html",
        title=gettext("Whom an alert reaches"),
        back=_overview_of(site.id),
        form=form,
        site_id=site.id,
        severity=_severity(severity),
        whoms=list(rules.WHOM),
        people=queries.people_of(db.session(), site.id),
        most=rules.MOST_STEPS,
    )


def _overview_of(site_id: int) -> str:
    return url_for("duty.overview", site=site_id)


def home(site_id: int) -> AnyResponse:
    """Return the way back to the duty of a site."""
    return redirect(_overview_of(site_id), 303)
