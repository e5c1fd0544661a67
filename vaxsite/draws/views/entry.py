"""One's own entry: look it up, see it, print it, withdraw it, and book when it was drawn."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound
from vaxsite.draws import queries, schemas
from vaxsite.draws.queries import EntryView
from vaxsite.draws.rules.states import DrawState, EntryState, RightState
from vaxsite.draws.services import entering
from vaxsite.draws.views import cookie
from vaxsite.draws.views.blueprint import bp
from vaxsite.draws.views.public import group_names, state_label
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import gettext as _
from vaxsite.web.look_up import find_by_number
from vaxsite.web.page import page


@bp.get("/my-entry")
@public
def look_up() -> Response:
    """Ask for entry number and birth date."""
    return _look_up(blank_form(schemas.LookUpEntryForm()))


@bp.post("/my-entry")
@public
def find() -> Response:
    """Open the entry; wrong and unknown numbers have one answer."""
    form = read_form(schemas.LookUpEntryForm())
    if not form.ok:
        return _look_up(form)
    nobody = _("We find no entry with this number and birth date. Check both.")
    found, status = find_by_number(form, "number", entering.look_up, nobody)
    if found is None:
        return _look_up(form, status)
    cookie.open_entry(found)
    return redirect(url_for("draws.entry"))


@bp.get("/my-entry/show")
@public
def entry() -> Response:
    """Show the entry, what it came to, and what can be done."""
    found = _opened()
    if found is None:
        return redirect(url_for("draws.look_up"))
    return page(
        "draws/entry.html",
        title=_("Your entry in the draw"),
        entry=found,
        draw=found.draw,
        label=state_label(found.draw),
        groups=group_names(found.draw),
        may_withdraw=found.state is EntryState.LIVE and found.draw.open_at(now()),
        may_book=_may_book(found),
        published=found.draw.state is DrawState.PUBLISHED,
        news=request.args.get("news"),
    )


@bp.get("/my-entry/slip")
@public
def slip() -> Response:
    """Show the entry as a slip to print."""
    found = _opened()
    if found is None:
        return redirect(url_for("draws.look_up"))
    return page(
        "draws/slip.html",
        title=_("Entry in the draw"),
        back=url_for("draws.entry"),
        entry=found,
        draw=found.draw,
        groups=group_names(found.draw),
    )


@bp.post("/my-entry/withdraw")
@public
def withdraw() -> Response:
    """Take the entry out of the draw."""
    entry_id, actor, instant = cookie.opened_entry(), current_actor(), now()
    if entry_id is None:
        return redirect(url_for("draws.look_up"))
    with transaction(db.session()) as session:
        entering.withdraw(session, entry_id=entry_id, actor=actor, now=instant)
    return redirect(url_for("draws.entry"))


@bp.post("/my-entry/leave")
@public
def leave() -> Response:
    """Forget the entry in this browser; it still takes part."""
    cookie.leave_entry()
    return redirect(url_for("draws.draws"))


def _may_book(found: EntryView) -> bool:
    lasts = found.expires_at is not None and now() < found.expires_at
    return lasts and found.right is RightState.INVITED


def _opened() -> EntryView | None:
    entry_id = cookie.opened_entry()
    if entry_id is None:
        return None
    try:
        return queries.get_entry(db.session(), entry_id)
    except NotFound:  # The database was restored, or is another one.
        return None


def _look_up(form: Form, status: int | None = None) -> Response:
    return page(
        "draws/look_up.html",
        title=_("See my entry in a draw"),
        form=form,
        back=url_for("draws.draws"),
        status=status,
    )
