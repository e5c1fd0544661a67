"""By which door this browser books, and the page of somebody who books for another.

A signed cookie says it; whether a member of staff may still stand there is asked each time.
"""

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import schemas
from vaxsite.booking.doors import CAME_BY, ONLINE, RELATIONS, CameBy, Origin, Relation
from vaxsite.booking.services import holds
from vaxsite.booking.views import cookie
from vaxsite.booking.views.blueprint import bp
from vaxsite.core.permissions import Permission
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import gettext
from vaxsite.web.page import page

NEEDED = {
    CameBy.PHONE: Permission.BOOKING_PHONE,
    CameBy.COUNTER: Permission.BOOKING_COUNTER,
}


def origin() -> Origin:
    """Return where a booking of this browser comes from."""
    kept = session.get(cookie.DOOR)
    if not kept:
        return ONLINE
    came_by = CameBy(kept["came_by"])
    needed = NEEDED.get(came_by)
    if needed is not None and not current_actor().may(needed):
        return ONLINE
    return Origin(came_by, Relation(kept["relation"]))


def begin(came_by: CameBy, relation: Relation) -> None:
    """Begin with another person: what was answered before is forgotten."""
    invitation = session.get(cookie.INVITATION) if came_by is CameBy.HELPER else None
    leave()
    if invitation is not None:  # Its link was opened first; it is for the person of this booking.
        session[cookie.INVITATION] = invitation
    session[cookie.DOOR] = {"came_by": came_by.value, "relation": relation.value}


def leave() -> None:
    """Forget the person, and let go of the seats that were held for them."""
    if cookie.HOLDER in session:
        holder, instant = cookie.holder(), now()
        with transaction(db.session()) as store:
            holds.release(store, holder=holder, now=instant)
    cookie.forget()


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {"door": origin, "came_by_label": CAME_BY, "relation_label": RELATIONS}


@bp.get("/book/for-another")
@public
def for_another() -> Response:
    """Ask who helps, and whether the person agrees."""
    kept = origin()
    relation = kept.relation.value if kept.came_by is CameBy.HELPER else None
    return _for_another(blank_form(schemas.HelperForm(), relation=relation))


@bp.post("/book/for-another")
@public
def save_for_another() -> Response:
    """Keep the relation; begin with the person's birth date."""
    form = read_form(schemas.HelperForm())
    if not form.ok:
        return _for_another(form)
    begin(CameBy.HELPER, Relation(form.values["relation"]))
    return redirect(url_for("booking.birth"))


def _for_another(form: Form) -> Response:
    return page(
        "booking/for_another.html",
        title=gettext("Book for somebody else"),
        form=form,
        back=url_for("booking.start"),
        relations=[one for one in RELATIONS.items() if one[0] is not Relation.SELF],
    )
