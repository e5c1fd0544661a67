"""From a held seat to an appointment: details, check, confirm, done.

What was typed is carried by the forms themselves, so that no number is stored before the person
confirms, and nothing is lost when a seat is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import queries, schemas
from vaxsite.booking.rules import HoldState, Reason
from vaxsite.booking.services import appointments, lookups
from vaxsite.booking.views import cookie, questions
from vaxsite.booking.views.blueprint import bp, my_booking_url
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind, Sex
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SeatReason
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

TIMES_OFFERED = 12
# Another time may help; what was typed goes along.
OTHER_TIME = frozenset(
    {
        SeatReason.FULL,
        SeatReason.PAST,
        SeatReason.NOT_OFFERED,
        Reason.HOLD_UNKNOWN,
        Reason.HOLD_REPLACED,
        Reason.HOLD_LOST,
        DoseReason.TOO_SOON,
        DoseReason.TOO_YOUNG,
        DoseReason.OTHER_VACCINE,
        DoseReason.SEASON,
        TurnReason.OPENS_LATER,
        TurnReason.CLOSED,
        TurnReason.NO_PHASE,
    }
)


@dataclass(frozen=True)
class HeldSeat:
    """The seat that this browser holds, or held until a moment ago."""

    hold: queries.HoldView
    slot: slots.SlotView
    clinic: slots.ClinicView

    @property
    def seconds_left(self) -> int:
        """Seconds until the seat goes back; 0 when it may be gone."""
        if self.hold.state is not HoldState.LIVE:
            return 0
        return max(0, int((self.hold.expires_at - now()).total_seconds()))


@bp.get("/book/details")
@public
def details() -> Response:
    """Ask who the person is, while the clock of the seat is shown."""
    held = _held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    return _details(blank_form(schemas.DetailsForm(), hold=str(held.hold.id)), held)


@bp.post("/book/details")
@public
def edit_details() -> Response:
    """Show what was typed again, to change it."""
    held = _held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    typed = read_form(schemas.DetailsForm())
    return _details(blank_form(schemas.DetailsForm(), **typed.raw), held)


@bp.get("/book/other-time")
@public
def other_time_again() -> Response:
    """Lead back to the times: this page exists only with what was typed."""
    return redirect(url_for("booking.time"))


@bp.post("/book/other-time")
@public
def other_time() -> Response:
    """Offer other times without losing what was typed; the seat stays held meanwhile."""
    if cookie.answers().who is None:
        return redirect(url_for("booking.birth"))
    return _another_time(read_form(schemas.DetailsForm()))


@bp.get("/book/check")
@public
def check_again() -> Response:
    """Lead back to the details: this page exists only as the answer to them."""
    return redirect(url_for("booking.details"))


@bp.post("/book/check")
@public
def check() -> Response:
    """Show everything once more before it is booked."""
    held = _held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    form = read_form(schemas.DetailsForm())
    person = _read_person(form)
    if person is None:
        return _details(form, held)
    return page(
        "booking/check.html",
        title=gettext("Check your answers"),
        held=held,
        person=person,
        phone=residents.show_phone(person.phone),
        typed=_typed(form),
        id_kind=gettext(residents.ID_KINDS[person.id_kind]),
        back=url_for("booking.details"),
    )


@bp.post("/book/confirm")
@public
def confirm() -> Response:
    """Book. Sent twice, it shows the same appointment."""
    form = read_form(schemas.DetailsForm())
    person = _read_person(form) if cookie.answers().who else None
    if person is None:
        held = _held_seat()
        return _details(form, held) if held else redirect(url_for("booking.time"))
    if "pick" in request.form and not request.form.get("slot"):
        return _another_time(form, sentence=gettext("Choose a time."))
    try:
        hold_id = _hold_to_confirm(form)
        done = _confirm(hold_id, person)
    except RefusedAct as refused:
        return _refused(refused, form)
    cookie.open_booking(done.appointment_id)
    return redirect(url_for("booking.done", late="1" if done.reclaimed else None))


def _confirm(hold_id: UUID, person: PersonDetails) -> appointments.Confirmed:
    holder, actor, instant = cookie.holder(), current_actor(), now()
    with transaction(db.session()) as session:
        lookups.check_network(session, network=request.remote_addr or "", now=instant)
        return appointments.confirm(
            session,
            hold_id=hold_id,
            holder=holder,
            people=[person],
            my_booking_url=my_booking_url(),
            actor=actor,
            now=instant,
        )


def _hold_to_confirm(form: Form) -> UUID:
    """Return the hold of the form; a time chosen instead of a lost one is held first."""
    chosen = request.form.get("slot", type=int)
    if chosen is None:
        shown: UUID | None = form.values.get("hold")
        return shown or UUID(int=0)
    try:
        questions.hold(chosen)
    except NotFound:
        return UUID(int=0)
    held = queries.find_hold(db.session(), holder=cookie.holder())
    return held.id if held else UUID(int=0)


def _refused(refused: RefusedAct, form: Form) -> Response:
    """Show the reason with the next step: another time, other details, or the appointment."""
    decision = refused.decision
    if decision.reason in lookups.TELLING:
        instant = now()
        with transaction(db.session()) as session:
            lookups.count_telling(session, network=request.remote_addr or "", now=instant)
    sentence = explain(refused.sentence, refuse_detail(refused))
    if decision.reason == residents.Reason.KNOWN_OTHERWISE:
        form.fail("id_number", sentence)
        held = _held_seat()
        return _details(form, held) if held else redirect(url_for("booking.time"))
    if decision.reason in OTHER_TIME:
        return _another_time(form, sentence=sentence, from_day=_first_day(decision))
    return page(
        "booking/refused.html",
        title=gettext("This cannot be booked"),
        status=409,
        sentence=sentence,
        has_booking=decision.reason == Reason.ALREADY_BOOKED,
    )


def _first_day(decision: Refused) -> date | None:
    """Return the day from which the refusal would not be repeated, where it names one."""
    first = decision.detail.get("date")
    return first if isinstance(first, date) and decision.reason != TurnReason.CLOSED else None


def _another_time(form: Form, *, sentence: str = "", from_day: date | None = None) -> Response:
    return page(
        "booking/another_time.html",
        title=gettext("Choose another time"),
        status=409 if sentence else 200,
        sentence=sentence,
        typed=_typed(form),
        times=_next_times(from_day),
        clinic=_chosen_clinic(),
    )


def _chosen_clinic() -> slots.ClinicView | None:
    site_id = cookie.answers().site
    return slots.get_clinic(db.session(), site_id) if site_id is not None else None


def _next_times(from_day: date | None) -> list[slots.SlotView]:
    """Return the next free times at the chosen clinic on days that are theirs."""
    kept, found = cookie.answers(), list[slots.SlotView]()
    if kept.who is None or kept.site is None:
        return found
    turns = queries.turns(db.session(), who=kept.who, now=now(), product_id=kept.product)
    days = next((one.days for one in turns if one.clinic.site_id == kept.site), ())
    for seats in days:
        if from_day is not None and seats.day < from_day:
            continue
        of_day = slots.slots_of_day(
            db.session(),
            site_id=kept.site,
            day=seats.day,
            now=now(),
            product_id=kept.product,
        )
        found += [slot for slot in of_day if slot.free > 0]
        if len(found) >= TIMES_OFFERED:
            break
    return found[:TIMES_OFFERED]


def _held_seat() -> HeldSeat | None:
    found = queries.find_hold(db.session(), holder=cookie.holder())
    if found is None or found.state not in {HoldState.LIVE, HoldState.EXPIRED}:
        return None
    slot = slots.get_slot(db.session(), found.slot_id)
    return HeldSeat(found, slot, slots.get_clinic(db.session(), slot.site_id))


def _details(form: Form, held: HeldSeat) -> Response:
    kinds = {kind: gettext(text) for kind, text in residents.ID_KINDS.items()}
    return page(
        "booking/details.html",
        title=gettext("Who will be vaccinated?"),
        form=form,
        back=url_for("booking.time"),
        held=held,
        kinds=kinds,
    )


def _typed(form: Form) -> Mapping[str, str]:
    return {name: str(value) for name, value in form.raw.items()}


def _read_person(form: Form) -> PersonDetails | None:
    """Judge what was typed about the person; None where something is wrong with it."""
    kept = cookie.answers()
    assert kept.who is not None, "asked only when the questions are answered"
    name = _judge(form, "name", residents.read_name(form.values.get("name", "")))
    phone = _judge(form, "phone", residents.read_phone(form.values.get("phone", "")))
    number, sex = _read_document(form, kept.who.born_on)
    if not form.ok:
        # The summary lists faults in the order of the fields, whoever found them.
        form.errors = {field: form.errors[field] for field in form.raw if field in form.errors}
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


def _read_document(form: Form, born_on: date) -> tuple[str | None, Sex]:
    kind, typed = form.values.get("id_kind"), form.values.get("id_number", "")
    if kind in {None, IdKind.NONE}:
        return None, Sex.UNKNOWN
    if not typed:
        _judge(form, "id_number", Refused(residents.Reason.NUMBER_MISSING, "document number"))
        return None, Sex.UNKNOWN
    if kind != IdKind.RESIDENT_ID:
        return _judge(form, "id_number", residents.read_document_number(typed)), Sex.UNKNOWN
    demo = bool(current_app.config["VAXSITE_DEMO"])
    read = residents.read_resident_id(typed, today=questions.latest_day(), allow_samples=demo)
    if isinstance(read, Refused):
        _judge(form, "id_number", read)
        return None, Sex.UNKNOWN
    if read.born_on != born_on:
        _judge(form, "id_number", Refused(residents.Reason.ID_OTHER_BIRTH_DATE, residents.RULE))
    return read.number, read.sex


def _judge(form: Form, field: str, outcome: str | Refused) -> str:
    """Return what was read, or put the reason beside the field."""
    if isinstance(outcome, Refused):
        form.fail(field, explain(residents.SENTENCES[outcome.reason], outcome.detail))
        return ""
    return outcome
