"""What is due for me and my family, and when: by reference, or worked out without keeping anything.

Who knows reference and birth date sees that person's doses, as on the page of the appointment. The
calculator stores nothing: what was typed travels in the form and nowhere else.
"""

from dataclasses import dataclass
from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from vaxsite.booking import queries, schemas
from vaxsite.booking.views import cookie
from vaxsite.booking.views.blueprint import bp
from vaxsite.booking.views.lookup import lookup
from vaxsite.core.errors import NotFound
from vaxsite.record import outlook as record_outlook
from vaxsite.record import queries as record
from vaxsite.record.outlook import GroupLine, Outlook, in_language
from vaxsite.record.rules import History
from vaxsite.residents import queries as residents
from vaxsite.residents import rules as resident_rules
from vaxsite.schedule.history import Dose, Person
from vaxsite.slots import queries as slots
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.components.choices import option
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

MOST_DOSES = 40  # A child who had everything of the programme has had about 22.


@bp.app_context_processor
def _words() -> dict[str, object]:
    return {
        "stage_words": record_outlook.STAGE_LABELS,
        "stage_tags": STAGE_COLOURS,
        "say": lambda words: explain(words.sentence, words.detail),
        "in_language": in_language,
        "names_of": _names_of,
    }


def _names_of(lines: list[GroupLine]) -> str:
    """Return the diseases of *lines* in one row, as the language writes one."""
    language = current_language()
    return gettext(", ").join(line.title(language) for line in lines)


STAGE_COLOURS = {
    "overdue": "red",
    "due": "green",
    "later": "blue",
    "forbidden": "orange",
    "complete": "grey",
    "closed": "grey",
}


@dataclass(frozen=True)
class Relative:
    """One person of the family, told apart without a name."""

    reference: str
    born_on: date
    outlook: Outlook


@bp.get("/due")
@public
def due() -> Response:
    """Show what is due for everybody whom this browser has looked up, and how to look up one."""
    return _due(blank_form(schemas.LookUpForm()))


@bp.post("/due")
@public
def find_due() -> Response:
    """Look one more person up; wrong, foreign and unknown references have one answer."""
    form = read_form(schemas.LookUpForm())
    if not form.ok:
        return _due(form)
    found, status = lookup(form)
    if found is None:
        return _due(form, status)
    cookie.add_relative(found)
    return redirect(url_for("booking.due"))


def _due(form: Form, status: int | None = None) -> Response:
    return page(
        "booking/due.html",
        title=gettext("What is due, and when"),
        back=url_for("booking.start"),
        form=form,
        status=status,
        family=_family(),
    )


def _family() -> list[Relative]:
    session, instant, found = db.session(), now(), dict[object, Relative]()
    for appointment_id in cookie.relatives():
        try:
            view = queries.get_appointment(session, appointment_id)
        except NotFound:
            continue
        person = residents.get_person(session, view.person_id)
        history = record.history(session, person_id=person.id, at=instant)
        day = view.clinic.local_day(instant)
        said = record_outlook.outlook(history, on=day)
        found.setdefault(person.id, Relative(view.reference, person.born_on, said))
    return list(found.values())


@bp.get("/due/calculator")
@public
def calculator() -> Response:
    """Ask for birth date, sex and earlier doses of anybody."""
    return _calculator(blank_form(schemas.CalculatorForm(), sex="unknown"), [])


@bp.post("/due/calculator")
@public
def calculate() -> Response:
    """Add or take out a dose, and say what is due. Nothing of it is stored."""
    form = read_form(schemas.CalculatorForm())
    doses = _typed_doses(form)
    taken_out = request.form.get("take_out", type=int)
    if taken_out is not None and 0 <= taken_out < len(doses):
        del doses[taken_out]
    if form.ok:
        _judge_birth(form)
    return _calculator(form, doses)


def _judge_birth(form: Form) -> None:
    checked = resident_rules.check_birth_date(form.values["born_on"], today=_today())
    if not isinstance(checked, date):
        form.fail("born_on", explain(resident_rules.SENTENCES[checked.reason], checked.detail))


def _typed_doses(form: Form) -> list[Dose]:
    """Return the doses of the form, with the one in its fields where that is whole."""
    kept = [one for text in request.form.getlist("dose") if (one := _read_dose(text))]
    code, given_on = form.values.get("code"), form.values.get("given_on")
    if code and given_on:
        kept.append(Dose(given_on, code))
        form.raw |= {"code": "", "given_on": dict.fromkeys(("year", "month", "day"), "")}
    elif code and not form.error("given_on"):
        form.fail("given_on", gettext("Type the day of this dose."))
    elif given_on:
        form.fail("code", gettext("Choose the vaccine of this dose."))
    return kept[:MOST_DOSES]


def _read_dose(text: str) -> Dose | None:
    day, _, code = text.partition(" ")
    try:
        return Dose(date.fromisoformat(day), code[:20]) if code else None
    except ValueError:
        return None


def _calculator(form: Form, doses: list[Dose]) -> Response:
    release = record.release(db.session())
    said = None
    if form.ok:
        person = Person(form.values["born_on"], form.values["sex"])
        numbered = tuple(
            Dose(dose.given_on, dose.code, id=f"{number:02}") for number, dose in enumerate(doses)
        )
        said = record_outlook.outlook(History(person, release, numbered), on=_today())
    language = current_language()
    return page(
        "booking/calculator.html",
        title=gettext("Work out what is due"),
        back=url_for("booking.due"),
        form=form,
        doses=[
            (f"{dose.given_on} {dose.code}", dose.given_on, release.names.get(dose.code, dose.code))
            for dose in doses
        ],
        options=[option(code, in_language(name, language)) for code, name in release.names.items()],
        outlook=said,
    )


def _today() -> date:
    """Return the day of the clinics; of several zones the latest."""
    instant = now()
    days = [clinic.local_day(instant) for clinic in slots.clinics(db.session())]
    return max(days, default=instant.date())
