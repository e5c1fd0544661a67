"""Enter a draw, one question a page. What was typed travels in the forms until it is confirmed."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # Any: JSON.

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.draws import queries, schemas
from vaxsite.draws.rules import limits
from vaxsite.draws.services import entering
from vaxsite.draws.services.entering import Member
from vaxsite.draws.views.blueprint import bp
from vaxsite.draws.views.cookie import open_entry
from vaxsite.draws.views.public import group_names
from vaxsite.eligibility import queries as eligibility
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@dataclass
class Carried:
    """What was answered on the pages before."""

    size: int = 0
    people: list[dict[str, str]] = field(default_factory=list)
    phone: str = ""
    email: str = ""

    def text(self) -> str:
        """Return it as the hidden field holds it."""
        return json.dumps(self.__dict__, ensure_ascii=False, separators=(",", ":"))

    def members(self) -> list[Member]:
        """Return the people as the service takes them."""
        return [
            Member(
                name=one["name"],
                born_on=date.fromisoformat(one["born_on"]),
                id_kind=IdKind(one["id_kind"]),
                id_number=one["id_number"] or None,
                group=one["group"],
            )
            for one in self.people
        ]


def carried() -> Carried | None:
    """Return what the form carries, or None where it is not from these pages."""
    try:
        values: dict[str, Any] = json.loads(request.form.get("carried", ""))
        found = Carried(**values)
        found.members()
        whole = 1 <= found.size <= limits.HOUSEHOLD_MAX and len(found.people) <= found.size
    except (ValueError, TypeError, KeyError):
        return None
    return found if whole else None


@bp.get("/draws/<int:draw_id>/enter")
@public
def enter(draw_id: int) -> Response:
    """Ask how many people take part together."""
    draw = queries.get_draw(db.session(), draw_id)
    if not draw.open_at(now()):
        return redirect(url_for("draws.draw", draw_id=draw_id))
    return _size(draw, blank_form(schemas.SizeForm()))


@bp.post("/draws/<int:draw_id>/enter")
@public
def save_size(draw_id: int) -> Response:
    """Go on to the first person."""
    draw, form = queries.get_draw(db.session(), draw_id), read_form(schemas.SizeForm())
    if not form.ok:
        return _size(draw, form)
    return _person(draw, Carried(size=form.values["size"]), blank_form(schemas.PersonForm()))


@bp.get("/draws/<int:draw_id>/enter/person")
@bp.get("/draws/<int:draw_id>/enter/contact", endpoint="contact_again")
@bp.get("/draws/<int:draw_id>/enter/confirm", endpoint="confirm_again")
@public
def again(draw_id: int) -> Response:
    """Lead back to the beginning: these pages exist only with what was typed."""
    return redirect(url_for("draws.enter", draw_id=draw_id))


@bp.post("/draws/<int:draw_id>/enter/person")
@public
def save_person(draw_id: int) -> Response:
    """Take one person in; ask for the next, or for the contact."""
    draw, kept, form = queries.get_draw(db.session(), draw_id), carried(), None
    if kept is None:
        return redirect(url_for("draws.enter", draw_id=draw_id))
    form = read_form(schemas.PersonForm())
    person = _read_person(draw, form)
    if person is None:
        return _person(draw, kept, form)
    kept.people.append(person)
    if len(kept.people) < kept.size:
        return _person(draw, kept, blank_form(schemas.PersonForm()))
    return _contact(draw, kept, blank_form(schemas.ContactForm()))


@bp.post("/draws/<int:draw_id>/enter/contact")
@public
def save_contact(draw_id: int) -> Response:
    """Show everything once more before it is registered."""
    draw, kept = queries.get_draw(db.session(), draw_id), carried()
    if kept is None or len(kept.people) != kept.size:
        return redirect(url_for("draws.enter", draw_id=draw_id))
    form = read_form(schemas.ContactForm())
    phone = _judge(form, "phone", residents.read_phone(form.values.get("phone", "")))
    if not form.ok:
        return _contact(draw, kept, form)
    kept.phone, kept.email = phone, form.values["email"] or ""
    return page(
        "draws/check.html",
        title=_("Check your answers"),
        draw=draw,
        people=kept.members(),
        kept=kept,
        phone=residents.show_phone(phone),
        kinds=_kinds(),
        groups=group_names(draw),
    )


@bp.post("/draws/<int:draw_id>/enter/confirm")
@public
def confirm(draw_id: int) -> Response:
    """Register the entry."""
    draw, kept = queries.get_draw(db.session(), draw_id), carried()
    if kept is None or len(kept.people) != kept.size or not kept.phone:
        return redirect(url_for("draws.enter", draw_id=draw_id))
    try:
        entry_id = _enter(draw_id, kept)
    except RefusedAct as refused:
        sentence = explain(refused.sentence, refuse_detail(refused), draw.timezone)
        return page(
            "draws/refused.html",
            title=_("You are not registered"),
            status=409,
            back=url_for("draws.draw", draw_id=draw_id),
            sentence=sentence,
            draw=draw,
        )
    open_entry(entry_id)
    return redirect(url_for("draws.entry", news="entered"))


def _enter(draw_id: int, kept: Carried) -> Any:
    network, instant, actor = network_of(request.remote_addr), now(), current_actor()
    with transaction(db.session()) as session:
        entering.check_network(session, network=network, now=instant)
    with transaction(db.session()) as session:
        return entering.enter(
            session,
            draw_id=draw_id,
            members=kept.members(),
            phone=kept.phone,
            email=kept.email or None,
            language=current_language(),
            actor=actor,
            now=instant,
        )


def _read_person(draw: queries.DrawView, form: Form) -> dict[str, str] | None:
    """Judge what was typed about one person; None where something is wrong with it."""
    name = _judge(form, "name", residents.read_name(form.values.get("name", "")))
    born_on = form.values.get("born_on")
    if born_on is not None:
        checked = residents.check_birth_date(born_on, today=now().date())
        if isinstance(checked, Refused):
            _judge(form, "born_on", checked)
    number = _read_number(form, born_on)
    group = form.values.get("group", "")
    known = eligibility.groups().find(group)
    if group and (group not in queries.quotas_told(draw.told) or known is None):
        form.fail("group", _("Choose one of the groups shown."))
    elif known and born_on and not limits.age_fits(known, born_on, day=draw.result_at.date()):
        form.fail("group", _("The birth date does not fit this group."))
    if not form.ok:
        form.errors = {one: form.errors[one] for one in form.raw if one in form.errors}
        return None
    return {
        "name": name,
        "born_on": form.values["born_on"].isoformat(),
        "id_kind": form.values["id_kind"],
        "id_number": number,
        "group": group,
    }


def _read_number(form: Form, born_on: date | None) -> str:
    """Return the number of the document; an empty text where there is none."""
    kind, typed = form.values.get("id_kind"), form.values.get("id_number", "")
    if kind in {None, IdKind.NONE}:
        return ""
    if not typed:
        missing = Refused(residents.Reason.NUMBER_MISSING, "document number")
        return _judge(form, "id_number", missing)
    if kind != IdKind.RESIDENT_ID:
        return _judge(form, "id_number", residents.read_document_number(typed))
    demo = bool(current_app.config["VAXSITE_DEMO"])
    read = residents.read_resident_id(typed, today=now().date(), allow_samples=demo)
    if isinstance(read, Refused):
        return _judge(form, "id_number", read)
    if born_on is not None and read.born_on != born_on:
        _judge(form, "id_number", Refused(residents.Reason.ID_OTHER_BIRTH_DATE, residents.RULE))
    return read.number


def _judge(form: Form, name: str, outcome: str | Refused) -> str:
    if isinstance(outcome, Refused):
        form.fail(name, explain(residents.SENTENCES[outcome.reason], outcome.detail))
        return ""
    return outcome


def _kinds() -> dict[IdKind, str]:
    return {kind: _(text) for kind, text in residents.ID_KINDS.items()}


def _size(draw: queries.DrawView, form: Form) -> Response:
    return page(
        "draws/size.html",
        title=_("How many people take part together?"),
        form=form,
        back=url_for("draws.draw", draw_id=draw.id),
        draw=draw,
        most=limits.HOUSEHOLD_MAX,
    )


def _person(draw: queries.DrawView, kept: Carried, form: Form) -> Response:
    number = len(kept.people) + 1
    alone = _("Who takes part?")
    title = alone if kept.size == 1 else _("Person %(n)s of %(all)s", n=number, all=kept.size)
    return page(
        "draws/person.html",
        title=title,
        form=form,
        back=url_for("draws.enter", draw_id=draw.id),
        draw=draw,
        kept=kept,
        kinds=_kinds(),
        groups=group_names(draw),
    )


def _contact(draw: queries.DrawView, kept: Carried, form: Form) -> Response:
    return page(
        "draws/contact.html",
        title=_("How do we reach you?"),
        form=form,
        back=url_for("draws.enter", draw_id=draw.id),
        draw=draw,
        kept=kept,
    )
