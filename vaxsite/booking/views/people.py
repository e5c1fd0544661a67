"""Reads what was typed about people into what the services take.

The first person gives the contact for all. The others travel from page to page inside the form as
one sealed field: signed, so that nobody changes what was checked, and stored nowhere.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from vaxsite.booking.doors import NEEDS, Reach
from vaxsite.booking.rules import HOUSEHOLD_MOST
from vaxsite.booking.views import cookie, questions
from vaxsite.core.decisions import Refused
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind, Sex
from vaxsite.residents.services import PersonDetails
from vaxsite.web.forms import Form
from vaxsite.web.language import current_language, explain, gettext

OTHER = "other_"  # Before the names of the fields about another person.


def read_first(form: Form) -> PersonDetails | None:
    """Judge what was typed about the person; None where something is wrong with it."""
    kept = cookie.answers()
    assert kept.who is not None, "asked only when the questions are answered"
    name = _judge(form, "name", residents.read_name(form.values.get("name", "")))
    phone = read_phone(form)
    number, sex = _read_document(form, kept.who.born_on)
    _check_reach(form, phone, number)
    if not form.ok:
        _order(form)
        return None
    return PersonDetails(
        name=name,
        born_on=kept.who.born_on,
        sex=sex,
        id_kind=IdKind(form.values["id_kind"]),
        id_number=number,
        phone=phone,
        email=form.values["email"],
        address=form.values["address"],
        language=current_language(),
        occupation=kept.who.occupation.value,
        conditions=kept.who.long_term_illness,
        remind=form.values["remind"] == "yes",
    )


def read_other(form: Form, first: PersonDetails) -> PersonDetails | None:
    """Judge what was typed about one more person, who is reached as the first one is."""
    if form.ok:
        checked = residents.check_birth_date(
            form.values["other_born_on"], today=questions.latest_day()
        )
        if isinstance(checked, Refused):
            _judge(form, "other_born_on", checked)
    name = _judge(form, "other_name", residents.read_name(form.values.get("other_name", "")))
    born_on = form.values.get("other_born_on")
    number, sex = _read_document(form, born_on, prefix=OTHER) if born_on else (None, Sex.UNKNOWN)
    if form.ok and not first.phone and not number:
        _judge(form, "other_id_number", Refused(residents.Reason.NEITHER, "identity"))
    if not form.ok:
        _order(form)
        return None
    return replace(
        first,
        name=name,
        born_on=form.values["other_born_on"],
        sex=sex,
        id_kind=IdKind(form.values["other_id_kind"]),
        id_number=number,
        occupation=form.values["other_occupation"],
        conditions=form.values["other_ill"] == "yes",
        remind=False,
    )


def seal_others(others: list[PersonDetails]) -> str:
    """Return the other people as one field of a form."""
    rows = [
        (
            one.name,
            one.born_on.isoformat(),
            one.sex.value,
            one.id_kind.value,
            one.id_number,
            one.occupation,
            one.conditions,
        )
        for one in others
    ]
    return str(_sealer().dumps(rows))


def read_others(form: Form, first: PersonDetails) -> list[PersonDetails]:
    """Return the other people that the form carries, with the contact of the first."""
    return [
        replace(
            first,
            name=name,
            born_on=date.fromisoformat(born_on),
            sex=Sex(sex),
            id_kind=IdKind(kind),
            id_number=number,
            occupation=occupation,
            conditions=conditions,
            remind=False,
        )
        for name, born_on, sex, kind, number, occupation, conditions in _carried(form)
    ]


def count_others(form: Form) -> int:
    """Return how many other people the form carries."""
    return len(_carried(form))


def _carried(form: Form) -> list[Any]:  # Any: the columns of `seal_others`, of many types.
    try:
        rows: list[Any] = _sealer().loads(str(form.raw.get("others") or ""))
    except BadData:
        return []
    return rows[: HOUSEHOLD_MOST - 1]


def _sealer() -> URLSafeSerializer:
    key = current_app.secret_key
    assert key is not None, "the root sets it"
    return URLSafeSerializer(key, salt="other people of a booking")


def read_phone(form: Form) -> str | None:
    """Judge the phone, where one was typed."""
    typed = form.values.get("phone", "")
    return _judge(form, "phone", residents.read_phone(typed)) if typed else None


def _check_reach(form: Form, phone: str | None, number: str | None) -> None:
    """Ask for what is needed to reach the person as they wish, and to tell them from others."""
    if form.ok and not phone and not number:
        _judge(form, "phone", Refused(residents.Reason.NEITHER, "identity"))
    wanted = form.values.get("reach")
    if wanted and wanted in NEEDS:
        field, sentence = NEEDS[Reach(wanted)]
        if not form.raw[field]:
            form.fail(field, gettext(sentence))


def _order(form: Form) -> None:
    """List faults in the order of the fields, whoever found them."""
    form.errors = {field: form.errors[field] for field in form.raw if field in form.errors}


def _read_document(form: Form, born_on: date, prefix: str = "") -> tuple[str | None, Sex]:
    kind, field = form.values.get(f"{prefix}id_kind"), f"{prefix}id_number"
    if kind is None:
        return None, Sex.UNKNOWN
    read = residents.read_document(
        IdKind(kind),
        form.values.get(field, ""),
        born_on=born_on,
        today=questions.latest_day(),
        allow_samples=bool(current_app.config["VAXSITE_DEMO"]),
    )
    if read.fault is not None:
        _judge(form, field, read.fault)
    return read.number, read.sex


def _judge(form: Form, field: str, outcome: str | Refused) -> str:
    """Return what was read, or put the reason beside the field."""
    if isinstance(outcome, Refused):
        form.fail(field, explain(residents.SENTENCES[outcome.reason], outcome.detail))
        return ""
    return outcome
