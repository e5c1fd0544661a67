"""One's own place on the list: see it, answer an offer, leave, wait again.

A link only opens the page. What it shows is done by a button, so that no mail scanner accepts or
leaves for anybody.
"""

from collections.abc import Callable
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking.views.blueprint import my_booking_url
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries, schemas
from vaxsite.waiting_list.rules.states import SENTENCES, EntryState, Reason
from vaxsite.waiting_list.services import answering, joining, lookups
from vaxsite.waiting_list.views import cookie, shown
from vaxsite.waiting_list.views.blueprint import bp
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain
from vaxsite.web.language import gettext as _
from vaxsite.web.look_up import find_by_number
from vaxsite.web.page import page


@bp.get("/waiting")
@public
def look_up() -> Response:
    """Ask for number and birth date."""
    return _look_up(blank_form(schemas.LookUpForm()))


@bp.post("/waiting")
@public
def find() -> Response:
    """Open the entry; wrong and unknown numbers have one answer."""
    form = read_form(schemas.LookUpForm())
    if not form.ok:
        return _look_up(form)
    nobody = _("We find nobody with this number and birth date. Check both.")
    found, status = find_by_number(form, "number", lookups.look_up, nobody)
    if found is None:
        return _look_up(form, status)
    cookie.open_entry(found)
    return redirect(url_for("waiting_list.mine"))


@bp.get("/waiting/<string:secret>")
@public
def link(secret: str) -> Response:
    """Open the entry of the link, and leave the secret out of the address from then on.

    Links that never were and links of entries that are gone have one answer.
    """
    found = queries.find_by_link(db.session(), secret=secret)
    if found is None:
        return redirect(url_for("waiting_list.look_up", link="unknown"))
    cookie.open_entry(found)
    return redirect(url_for("waiting_list.mine"))


@bp.get("/waiting/mine")
@public
def mine() -> Response:
    """Show the place on the list, the offer, and what can be done."""
    entry = _opened()
    if entry is None:
        return redirect(url_for("waiting_list.look_up"))
    return _mine(entry, "")


@bp.post("/waiting/mine/accept")
@public
def accept() -> Response:
    """Book the seats of the offer."""
    offer_id = _offer_id()

    def act(entry_id: UUID) -> None:
        with transaction(db.session()) as session:
            answering.accept(
                session,
                entry_id=entry_id,
                offer_id=offer_id,
                my_booking_url=my_booking_url(),
                actor=current_actor(),
                now=now(),
            )

    return _act(act, "accepted")


@bp.post("/waiting/mine/decline")
@public
def decline() -> Response:
    """Say no to the offer and wait on."""
    offer_id = _offer_id()

    def act(entry_id: UUID) -> None:
        with transaction(db.session()) as session:
            answering.decline(
                session, entry_id=entry_id, offer_id=offer_id, actor=current_actor(), now=now()
            )

    return _act(act, "declined")


@bp.post("/waiting/mine/leave")
@public
def leave() -> Response:
    """Leave the list."""

    def act(entry_id: UUID) -> None:
        with transaction(db.session()) as session:
            joining.leave(session, entry_id=entry_id, actor=current_actor(), now=now())

    return _act(act, "left")


@bp.post("/waiting/mine/wait")
@public
def wait() -> Response:
    """Wait on after a pause, or again after an appointment that came to nothing."""

    def act(entry_id: UUID) -> None:
        entry, actor, instant = queries.get_entry(db.session(), entry_id), current_actor(), now()
        again = joining.resume if entry.state is EntryState.PAUSED else joining.rejoin
        with transaction(db.session()) as session:
            again(session, entry_id=entry_id, actor=actor, now=instant)

    return _act(act, "waiting")


@bp.post("/waiting/mine/forget")
@public
def forget() -> Response:
    """Forget the entry in this browser; it stays on the list."""
    cookie.forget_entry()
    return redirect(url_for("waiting_list.look_up"))


def _act(act: Callable[[UUID], None], news: str) -> Response:
    """Do something to the opened entry, and show it; what is refused is said on the page."""
    entry = _opened()
    if entry is None:
        return redirect(url_for("waiting_list.look_up"))
    try:
        act(entry.id)
    except RefusedAct as refused:
        return _mine(_again(entry), explain(refused.sentence, refuse_detail(refused)))
    except AlreadyMoved:
        return _mine(_again(entry), _(SENTENCES[Reason.OFFER_OVER]))
    return redirect(url_for("waiting_list.mine", news=news))


def _again(entry: queries.EntryView) -> queries.EntryView:
    return queries.get_entry(db.session(), entry.id)


def _offer_id() -> UUID:
    try:
        return UUID(request.form.get("offer", ""))
    except ValueError as err:
        raise NotFound from err


def _opened() -> queries.EntryView | None:
    entry_id = cookie.opened_entry()
    if entry_id is None:
        return None
    try:
        return queries.get_entry(db.session(), entry_id)
    except NotFound:  # The database was restored, or is another one.
        return None


def _mine(entry: queries.EntryView, refused: str) -> Response:
    session = db.session()
    offer = queries.open_offer(session, entry_id=entry.id)
    booked = queries.appointments(session, entry_id=entry.id)
    wish = entry.waiting.wish
    return page(
        "waiting_list/mine.html",
        title=_("Your place on the waiting list"),
        status=409 if refused else None,
        entry=entry,
        label=shown.state_label(entry.state),
        colour=shown.COLOURS[entry.state],
        offer=offer if offer and offer.open_at(now()) else None,
        place=queries.place_of(session, entry),
        booked=booked if entry.state is EntryState.BOOKED else [],
        over=all(one.state in queries.ENDED for one in booked),
        product=stock.find_product(session, product_id=entry.product_id),
        clinics=slots.clinics(session, site_ids=wish.site_ids),
        days=shown.weekdays(wish.weekdays),
        parts=shown.parts(wish.parts),
        notice=shown.notices()[wish.notice_min],
        refused=refused,
        news=request.args.get("news"),
    )


def _look_up(form: Form, status: int | None = None) -> Response:
    return page(
        "waiting_list/look_up.html",
        title=_("My place on the waiting list"),
        form=form,
        back=url_for("booking.start"),
        status=status,
        unknown_link="link" in request.args,
    )
