"""Alerts, and the answers that people give them."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.alerts import AlertState
from sensors.store.transaction import transaction
from vaxsite.coldchain import rules, schemas, services
from vaxsite.coldchain.queries import alerts as alert_queries
from vaxsite.coldchain.queries.alerts import AlertView
from vaxsite.coldchain.views.blueprint import bp, headline, namer
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Row
from vaxsite.web.db import db
from vaxsite.web.filters import celsius, duration, local_datetime
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/coldchain/alerts")
@access(Permission.COLDCHAIN_READ)
def alerts() -> Response:
    """List the alerts in one state; those without an answer first."""
    try:
        state = AlertState(request.args.get("state", AlertState.OPEN))
    except ValueError:
        state = AlertState.OPEN
    found = alert_queries.list_alerts(db.session(), actor=current_actor(), state=state, now=now())
    return page(
        "coldchain/alerts.html",
        title=gettext("Alerts"),
        alerts=found,
        state=state,
        states=list(AlertState),
        named=namer([one.acknowledged_by for one in found]),
    )


@bp.get("/coldchain/alerts/<int:alert_id>")
@access(Permission.COLDCHAIN_READ)
def alert(alert_id: int) -> Response:
    """Show one alert: what, since when, what to do first."""
    return _alert_page(alert_id, blank_form(schemas.AcknowledgeSchema()))


@bp.post("/coldchain/alerts/<int:alert_id>")
@access(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(alert_id: int) -> AnyResponse:
    """Write down the answer to an alert."""
    form = read_form(schemas.AcknowledgeSchema())
    if not form.ok:
        return _alert_page(alert_id, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.acknowledge(
            session, alert_id=alert_id, note=form.values["note"], actor=actor, now=instant
        )
    return redirect(url_for("coldchain.alert", alert_id=alert_id), 303)


def _alert_page(alert_id: int, form: Form) -> Response:
    actor = current_actor()
    found = alert_queries.get_alert(db.session(), actor=actor, alert_id=alert_id, now=now())
    direction = found.excursion.direction if found.excursion else None
    mine = actor.may(Permission.ALERT_ACKNOWLEDGE, found.unit.site_id)
    may_answer = mine and found.state in (
        AlertState.OPEN,
        AlertState.SNOOZED,
        AlertState.SHELVED,
    )
    return page(
        "coldchain/alert.html",
        title=headline(found),
        back=url_for("coldchain.alerts"),
        form=form,
        alert=found,
        facts=_alert_facts(found),
        steps=rules.FIRST_STEPS[rules.trouble(found.kind, direction)],
        may_answer=may_answer,
        may_quiet=mine and found.state != AlertState.RESOLVED,
        may_hand_over=mine and found.state == AlertState.ACKNOWLEDGED,
    )


def _alert_facts(found: AlertView) -> list[Row]:
    zone, language = found.unit.timezone, current_language()
    rows = [
        ui.row(gettext("Where"), f"{found.unit.name(language)} · {found.unit.site(language)}"),
        ui.row(gettext("Alert since"), local_datetime(found.opened_at, zone)),
    ]
    if found.excursion:
        began = local_datetime(found.excursion.began_at, zone)
        rows.append(ui.row(gettext("Out of range since"), began))
        rows.append(ui.row(gettext("Furthest temperature"), celsius(found.excursion.peak_centi)))
    lasts = local_datetime(found.cleared_at, zone) if found.cleared_at else gettext("It lasts.")
    rows.append(ui.row(gettext("Over since"), lasts))
    if found.answered and found.acknowledged_at:
        who = namer([found.acknowledged_by])(found.acknowledged_by)
        when = local_datetime(found.acknowledged_at, zone)
        rows.append(ui.row(gettext("Acknowledged by"), f"{who} · {when}"))
        rows.append(ui.row(gettext("What was found or done"), found.note))
    if found.returns_at is not None:
        back = local_datetime(found.returns_at, zone)
        rows.append(ui.row(gettext("Comes back at"), back))
    if found.owner is not None and found.owner != found.acknowledged_by:
        rows.append(ui.row(gettext("In the hands of"), namer([found.owner])(found.owner)))
    if found.unanswered_at is not None:
        since = local_datetime(found.unanswered_at, zone)
        rows.append(ui.row(gettext("The whole chain was called without an answer"), since))
    if found.state == AlertState.OPEN and not found.answered:
        rows.append(ui.row(gettext("Without an answer for"), duration(found.waited_s)))
    return rows
