"""The page of an invitation: a link shows it, a button says yes or no."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.core.errors import RefusedAct
from vaxsite.leftover import queries
from vaxsite.leftover.rules.forecast import minutes_to_come
from vaxsite.leftover.rules.states import CalloutState
from vaxsite.leftover.rules.texts import span
from vaxsite.leftover.services import claiming
from vaxsite.leftover.views.blueprint import bp
from vaxsite.slots import queries as slots
from vaxsite.waiting_list import queries as waiting
from vaxsite.waiting_list.views import cookie
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@bp.get("/leftover/<string:secret>")
@public
def link(secret: str) -> Response:
    """Open the invitation of the link, and leave the secret out of the address from then on."""
    found = waiting.find_by_link(db.session(), secret=secret)
    if found is None:
        return redirect(url_for("waiting_list.look_up", link="unknown"))
    cookie.open_entry(found)
    return redirect(url_for("leftover.invitation"))


@bp.get("/leftover")
@public
def invitation() -> Response:
    """Show the newest invitation of the opened entry, and how it stands."""
    found = _opened()
    if found is None:
        return redirect(url_for("waiting_list.look_up"))
    callout = queries.get_callout(db.session(), found.callout_id)
    return page(
        "leftover/invitation.html",
        title=_("A dose left over today"),
        back=url_for("waiting_list.mine"),
        invited=found,
        callout=callout,
        clinic=slots.get_clinic(db.session(), callout.site_id),
        time=span(minutes_to_come(found.entry.waiting.wish.notice_min), current_language()),
        runs=callout.state is CalloutState.OPEN,
    )


@bp.post("/leftover/claim")
@public
def claim() -> Response:
    """Say yes: whoever is first has the dose; the page then says which it was."""
    return _answer(yes=True)


@bp.post("/leftover/decline")
@public
def decline() -> Response:
    """Say no, and keep the place on the waiting list."""
    return _answer(yes=False)


def _answer(*, yes: bool) -> Response:
    found, actor, instant = _opened(), current_actor(), now()
    if found is None:
        return redirect(url_for("waiting_list.look_up"))
    act = claiming.claim if yes else claiming.decline
    try:
        with transaction(db.session()) as session:
            act(session, invitation_id=found.id, actor=actor, now=instant)
    except (RefusedAct, AlreadyMoved):
        pass  # It was answered or ended meanwhile; the page says how it stands.
    return redirect(url_for("leftover.invitation"))


def _opened() -> queries.InvitedView | None:
    entry_id = cookie.opened_entry()
    return queries.newest_invitation(db.session(), entry_id=entry_id) if entry_id else None
