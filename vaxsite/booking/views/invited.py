"""With a personal invitation: its code opens it, and it then lets its person in once."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from vaxsite.booking import schemas
from vaxsite.booking.views import cookie
from vaxsite.booking.views.blueprint import bp
from vaxsite.core.decisions import Refused
from vaxsite.eligibility import queries as eligibility
from vaxsite.invitations import queries
from vaxsite.invitations.queries import InvitationView
from vaxsite.invitations.rules.states import KINDS, SENTENCES, Scope, judge
from vaxsite.invitations.services import using
from vaxsite.invitations.services.inviting import HOME_TIMEZONE
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.look_up import find_by_number
from vaxsite.web.page import page


def invited() -> Scope | None:
    """Return what the invitation of this browser lets its person do now; None without one."""
    found = _opened()
    if found is None or isinstance(judge(found.terms, now=now()), Refused):
        return None
    return found.terms.scope


def groups_here() -> frozenset[str]:
    """Return the groups of the person of this browser: as they said, and by their invitation."""
    return queries.group_codes(cookie.answers().who, now().date(), invited())


@bp.get("/invitation")
@public
def invitation() -> Response:
    """Ask for code and birth date."""
    return _ask(blank_form(schemas.InvitationForm()))


@bp.post("/invitation")
@public
def open_invitation() -> Response:
    """Open the invitation; wrong and unknown codes have one answer."""
    form = read_form(schemas.InvitationForm())
    if not form.ok:
        return _ask(form)
    nobody = gettext("We find no invitation with this code and birth date. Check both.")
    found, status = find_by_number(form, "code", using.look_up, nobody)
    if found is None:
        return _ask(form, status)
    cookie.open_invitation(found)
    view = queries.get_invitation(db.session(), found)
    kept: dict[str, int] = {"product": view.terms.scope.product_id}
    if view.terms.scope.site_id is not None:
        kept["site"] = view.terms.scope.site_id
    cookie.keep(born_on=view.born_on, **kept)
    return redirect(url_for("booking.show_invitation"))


@bp.get("/invitation/show")
@public
def show_invitation() -> Response:
    """Say what the invitation is for, until when, and what to do next."""
    found = _opened()
    if found is None:
        return redirect(url_for("booking.invitation"))
    scope, decision = found.terms.scope, judge(found.terms, now=now())
    refused = isinstance(decision, Refused)
    clinic = slots.get_clinic(db.session(), scope.site_id) if scope.site_id is not None else None
    return page(
        "booking/invitation.html",
        title=gettext("Your invitation"),
        back=url_for("booking.start"),
        terms=found.terms,
        kind=gettext(KINDS[found.terms.kind]),
        clinic=clinic,
        timezone=clinic.timezone if clinic else HOME_TIMEZONE,
        product=stock.find_product(db.session(), product_id=scope.product_id),
        group=_group(scope.group_code),
        sentence=explain(SENTENCES[decision.reason], decision.detail)
        if isinstance(decision, Refused)
        else "",
        usable=not refused,
    )


@bp.post("/invitation/leave")
@public
def leave_invitation() -> Response:
    """Forget the invitation in this browser; it stays open for its person."""
    cookie.leave_invitation()
    return redirect(url_for("booking.start"))


def _group(code: str) -> str:
    group = eligibility.groups().find(code)
    return group.name(current_language()) if group else code


def _opened() -> InvitationView | None:
    return queries.find_invitation(db.session(), cookie.opened_invitation())


def _ask(form: Form, status: int | None = None) -> Response:
    return page(
        "booking/open_invitation.html",
        title=gettext("Book with an invitation"),
        form=form,
        back=url_for("booking.start"),
        status=status,
    )
