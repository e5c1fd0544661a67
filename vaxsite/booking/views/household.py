"""More than one person in one booking: each with their own answers, all at the same times."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from vaxsite.booking import schemas
from vaxsite.booking.rules import HOUSEHOLD_MOST, Place
from vaxsite.booking.views import cookie, people, questions
from vaxsite.booking.views.blueprint import bp
from vaxsite.booking.views.details import HeldSeat, check_page, held_seat, typed_again
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import OCCUPATIONS, SENTENCES
from vaxsite.residents import rules as residents
from vaxsite.residents.services import PersonDetails
from vaxsite.web.access import public
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page


@bp.get("/book/another")
@bp.get("/book/another/check")
@public
def another_again() -> Response:
    """Lead back to the details: these pages exist only with what was typed."""
    return redirect(url_for("booking.details"))


@bp.post("/book/another")
@public
def another() -> Response:
    """Ask about one more person; what was typed goes along."""
    first, held = read_form(schemas.DetailsForm()), held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    return _ask(blank_form(schemas.OtherForm()), first, held)


@bp.post("/book/another/check")
@public
def add_another() -> Response:
    """Hold seats for one more person beside those held, and show everything again."""
    questions.renew()
    first, form = read_form(schemas.DetailsForm()), read_form(schemas.OtherForm())
    held = held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    person = people.read_first(first)
    if person is None:
        return redirect(url_for("booking.details"))
    other = people.read_other(form, person)
    if other is None or not _has_turn(form, other, held):
        return _ask(form, first, held)
    others = [*people.read_others(first, person), other][: HOUSEHOLD_MOST - 1]
    try:
        questions.hold_places(_places(held, 1 + len(others)))
    except RefusedAct as refused:
        form.fail("other_name", explain(refused.sentence, refuse_detail(refused)))
        return _ask(form, first, held)
    now_held = held_seat()
    assert now_held is not None, "the seats were held a moment ago"
    first.raw |= {"others": people.seal_others(others), "hold": str(now_held.hold.id)}
    return check_page(first, now_held, person)


def _places(held: HeldSeat, size: int) -> list[Place]:
    """Return for everybody the seats that the first person has."""
    mine = [one for one in held.hold.places if one.member == 1]
    return [Place(one.slot_id, member, one.part) for member in range(1, size + 1) for one in mine]


def _has_turn(form: Form, other: PersonDetails, held: HeldSeat) -> bool:
    """Tell whether it is their turn too; else put the reason beside the birth date."""
    who = eligibility.attributes(db.session(), other)
    decision = eligibility.decide(
        db.session(), who=who, site_id=held.slot.site_id, day=held.slot.day
    )
    if isinstance(decision, Refused):
        form.fail("other_born_on", explain(SENTENCES[decision.reason], decision.detail))
    return form.ok


def _ask(form: Form, first: Form, held: HeldSeat) -> Response:
    return page(
        "booking/another.html",
        title=gettext("Person %(number)s", number=people.count_others(first) + 2),
        form=form,
        back=url_for("booking.details"),
        held=held,
        typed=typed_again(first),
        occupations=OCCUPATIONS,
        kinds={kind: gettext(text) for kind, text in residents.ID_KINDS.items()},
    )
