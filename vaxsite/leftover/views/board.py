"""The board of a clinic: open vials, the forecast and why, who was invited, who is on the way."""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.ids import parse_reference
from vaxsite.core.permissions import Permission
from vaxsite.leftover import queries, schemas
from vaxsite.leftover.rules.forecast import Why
from vaxsite.leftover.rules.states import CALLED_PEOPLE, InvitedState, Reason
from vaxsite.leftover.services import callouts, checks, claiming, vials
from vaxsite.leftover.views.blueprint import bp
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import to_instant
from vaxsite.stock import queries as stock
from vaxsite.waiting_list.views import shown
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

WHY = {
    Why.NO_DOSE: N_("Every open dose is promised, or no vial is open."),
    Why.TOO_LATE: N_("Nobody can come in time any more."),
    Why.PEOPLE_STILL_COME: N_("The open doses will probably be needed by people who are booked."),
    Why.ENOUGH_ASKED: N_("Enough people have been asked; their answers are awaited."),
    Why.INVITE: N_("More doses will be left over than people have said yes for."),
}


@bp.get("/clinic/leftover")
@access(Permission.VISIT_READ)
def board() -> Response:
    """Show the evening of a clinic."""
    return _board(_clinic(), "")


@bp.post("/clinic/leftover/vials")
@access(Permission.VISIT_WRITE)
def open_vial() -> Response:
    """Write down that a vial was opened."""
    clinic, lot_id = _clinic(), request.form.get("lot", type=int)

    def act() -> None:
        with transaction(db.session()) as session:
            vials.open_vial(
                session,
                site_id=clinic.site_id,
                lot_id=lot_id or 0,
                actor=current_actor(),
                now=now(),
            )

    return _act(clinic, act)


@bp.post("/clinic/leftover/vials/<uuid:vial_id>/use")
@access(Permission.VISIT_WRITE)
def use_dose(vial_id: UUID) -> Response:
    """Take one dose out of a vial."""

    def act() -> None:
        with transaction(db.session()) as session:
            vials.use_dose(session, vial_id=vial_id, actor=current_actor(), now=now())

    return _act(_clinic(), act)


@bp.post("/clinic/leftover/start")
@access(Permission.VISIT_WRITE)
def start() -> Response:
    """Begin to call people out."""
    clinic, form = _clinic(), read_form(schemas.StartForm())

    def act() -> None:
        if not form.ok:
            raise checks.refused(Reason.NO_TIME)
        instant = now()
        zone = ZoneInfo(clinic.timezone)
        ends = to_instant(clinic.local_day(instant), form.values["ends"], zone)
        if isinstance(ends, Refused):
            raise checks.refused(Reason.NO_TIME)
        with transaction(db.session()) as session:
            callouts.start(
                session,
                site_id=clinic.site_id,
                product_id=form.values["product"],
                closes_at=ends,
                widened_reason=form.values["widened"] or None,
                actor=current_actor(),
                now=instant,
            )

    return _act(clinic, act)


@bp.post("/clinic/leftover/<uuid:callout_id>/pick")
@access(Permission.VISIT_WRITE)
def pick(callout_id: UUID) -> Response:
    """Invite somebody out of turn, with the reason."""
    form = read_form(schemas.PickForm())

    def act() -> None:
        number = parse_reference(form.values.get("number", "")) if form.ok else None
        with transaction(db.session()) as session:
            callouts.pick(
                session,
                callout_id=callout_id,
                number=number or "",
                reason=form.values.get("reason", ""),
                url=f"{shown.link_url().removesuffix('/waiting')}/leftover",
                actor=current_actor(),
                now=now(),
            )

    return _act(_clinic(), act)


@bp.post("/clinic/leftover/came/<uuid:invitation_id>")
@access(Permission.VISIT_WRITE)
def came(invitation_id: UUID) -> Response:
    """Give the promised dose to somebody who is here."""

    def act() -> None:
        with transaction(db.session()) as session:
            claiming.arrive(session, invitation_id=invitation_id, actor=current_actor(), now=now())

    return _act(_clinic(), act)


@bp.post("/clinic/leftover/<uuid:callout_id>/close")
@access(Permission.VISIT_WRITE)
def close(callout_id: UUID) -> Response:
    """Invite nobody more."""

    def act() -> None:
        with transaction(db.session()) as session:
            checks.lock(session, callout_id, current_actor())
            callouts.close(session, callout_id=callout_id, actor=current_actor(), now=now())

    return _act(_clinic(), act)


def _act(clinic: slots.ClinicView, act: Callable[[], None]) -> Response:
    try:
        act()
    except RefusedAct as refused:
        return _board(clinic, explain(refused.sentence, refuse_detail(refused)))
    except AlreadyMoved:
        return _board(clinic, _("Somebody else was quicker. This is how it stands now."))
    return redirect(url_for("leftover.board", site=clinic.code), 303)


def _clinic() -> slots.ClinicView:
    code = request.args.get("site")
    site_ids = current_actor().sites(Permission.VISIT_READ)
    for one in slots.clinics(db.session(), site_ids=site_ids):
        if code in (None, one.code):
            return one
    raise NotFound


def _board(clinic: slots.ClinicView, refused: str) -> Response:
    session, instant, actor = db.session(), now(), current_actor()
    running = queries.callouts(session, site_id=clinic.site_id)
    placed = stock.lots_at_site(session, site_id=clinic.site_id, at=instant)
    return page(
        "leftover/board.html",
        title=_("Doses left over"),
        status=409 if refused else None,
        clinic=clinic,
        refused=refused,
        may=actor.may(Permission.VISIT_WRITE, clinic.site_id),
        may_widen=actor.may(Permission.PHASE_WRITE, clinic.site_id),
        vials=queries.open_vials(session, site_id=clinic.site_id, now=instant),
        lots={
            one.lot.id: one.lot for one in placed if one.lot.expires_on >= clinic.local_day(instant)
        },
        products=stock.products(session),
        running=running,
        forecasts={one.id: queries.forecast_of(session, one, now=instant) for one in running},
        evenings={one.id: queries.evening(session, one, now=instant) for one in running},
        invited={one.id: queries.invited(session, callout_id=one.id) for one in running},
        why={why: _(text) for why, text in WHY.items()},
        labels={
            state: CALLED_PEOPLE.labels[state][current_language() == "zh"] for state in InvitedState
        },
    )
