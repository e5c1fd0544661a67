"""Answers other than "I have it": be told later, set aside, hand on."""

from datetime import timedelta

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import answers, schemas
from vaxsite.coldchain.queries import alerts as alert_queries
from vaxsite.coldchain.views.blueprint import bp, headline
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain
from vaxsite.web.page import page


@bp.get("/coldchain/alerts/<int:alert_id>/quiet")
@access(Permission.ALERT_ACKNOWLEDGE)
def quiet_form(alert_id: int) -> Response:
    """Ask how long an alert is to be quiet, and why."""
    return _quiet_page(alert_id, blank_form(schemas.QuietSchema(), kind="snooze", hours="1"))


@bp.post("/coldchain/alerts/<int:alert_id>/quiet")
@access(Permission.ALERT_ACKNOWLEDGE)
def quiet(alert_id: int) -> AnyResponse:
    """Snooze or shelve an alert."""
    form, actor, instant = read_form(schemas.QuietSchema()), current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as session:
                answers.quiet(
                    session,
                    alert_id=alert_id,
                    kind=form.values["kind"],
                    lasts=timedelta(hours=form.values["hours"]),
                    note=form.values["note"],
                    actor=actor,
                    now=instant,
                )
        except RefusedAct as refused:
            form.fail("hours", explain(refused.sentence, refuse_detail(refused)))
    return _to_alert(alert_id) if form.ok else _quiet_page(alert_id, form)


@bp.get("/coldchain/alerts/<int:alert_id>/hand-over")
@access(Permission.ALERT_ACKNOWLEDGE)
def hand_over_form(alert_id: int) -> Response:
    """Ask who has the alert in hand from now on."""
    return _hand_over_page(alert_id, blank_form(schemas.HandOverSchema()))


@bp.post("/coldchain/alerts/<int:alert_id>/hand-over")
@access(Permission.ALERT_ACKNOWLEDGE)
def hand_over(alert_id: int) -> AnyResponse:
    """Give an acknowledged alert into other hands."""
    form, actor, instant = read_form(schemas.HandOverSchema()), current_actor(), now()
    if not form.ok:
        return _hand_over_page(alert_id, form)
    with transaction(db.session()) as session:
        answers.hand_over(
            session,
            alert_id=alert_id,
            to=str(form.values["to"]),
            note=form.values["note"],
            actor=actor,
            now=instant,
        )
    return _to_alert(alert_id)


def _quiet_page(alert_id: int, form: Form) -> Response:
    found = alert_queries.get_alert(
        db.session(), actor=current_actor(), alert_id=alert_id, now=now()
    )
    return page(
        "coldchain/quiet.html",
        title=headline(found),
        back=url_for("coldchain.alert", alert_id=alert_id),
        form=form,
        alert=found,
    )


def _hand_over_page(alert_id: int, form: Form) -> Response:
    found = alert_queries.get_alert(
        db.session(), actor=current_actor(), alert_id=alert_id, now=now()
    )
    return page(
        "coldchain/hand_over.html",
        title=headline(found),
        back=url_for("coldchain.alert", alert_id=alert_id),
        form=form,
        alert=found,
        staff=accounts.staff_who_may(
            db.session(), Permission.ALERT_ACKNOWLEDGE, site_id=found.unit.site_id
        ),
    )


def _to_alert(alert_id: int) -> AnyResponse:
    return redirect(url_for("coldchain.alert", alert_id=alert_id), 303)
