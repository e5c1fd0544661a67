"""From a held seat to an appointment: details, check, confirm, done.

What was typed is carried by the forms themselves, so that no number is stored before the person
confirms, and nothing is lost when a seat is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.booking import hold_queries, queries, schemas
from vaxsite.booking.doors import REACHES, Reach
from vaxsite.booking.rules import HOUSEHOLD_MOST, HoldState, Reason
from vaxsite.booking.services import confirmations, lookups
from vaxsite.booking.views import cookie, doors, limits, people, questions
from vaxsite.booking.views.blueprint import bp, my_booking_url
from vaxsite.booking.views.invited import groups_here, invited
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.ids import row_number
from vaxsite.deferrals.rules.reasons import Reason as DeferralReason
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.invitations.rules.states import Reason as InvitationReason
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents import rules as residents
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SeatReason
from vaxsite.web.access import current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page

NO_HOLD = UUID(int=0)  # Nobody has it, so nothing is kept.
TIMES_OFFERED = 12
# Another time may help; what was typed goes along.
OTHER_TIME = frozenset(
    {
        SeatReason.FULL,
        SeatReason.PAST,
        SeatReason.NOT_OFFERED,
        SeatReason.SET_ASIDE,
        Reason.HOLD_UNKNOWN,
        Reason.HOLD_REPLACED,
        Reason.HOLD_LOST,
        Reason.PAIR_TOO_FAR,
        InvitationReason.OTHER_SESSION,
        Reason.QUESTION,
        DoseReason.TOO_SOON,
        DoseReason.TOO_YOUNG,
        DoseReason.OTHER_VACCINE,
        DoseReason.SEASON,
        TurnReason.OPENS_LATER,
        TurnReason.CLOSED,
        TurnReason.NO_PHASE,
        DeferralReason.PUT_OFF,
        *Why,
    }
)
# What was typed beside one of the fields is the matter.
FIELDS = {
    residents.Reason.KNOWN_OTHERWISE: "id_number",
    residents.Reason.NEITHER: "phone",
    Reason.CONTACT_FULL: "phone",
}


@dataclass(frozen=True)
class HeldSeat:
    """The seat that this browser holds, or held until a moment ago."""

    hold: hold_queries.HoldView
    slot: slots.SlotView
    clinic: slots.ClinicView
    second: slots.SlotView | None  # Where both doses are booked together.

    @property
    def people(self) -> int:
        """For how many people seats are kept."""
        return max(place.member for place in self.hold.places)

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
    held = held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    return _details(blank_form(schemas.DetailsForm(), hold=str(held.hold.id)), held)


@bp.post("/book/details")
@public
def edit_details() -> Response:
    """Show what was typed again, to change it."""
    held = held_seat()
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
    form = read_form(schemas.DetailsForm())
    questions.renew()
    held = held_seat()
    if cookie.answers().who is None or held is None:
        return redirect(url_for("booking.time"))
    person = people.read_first(form)
    if person is None:
        return _details(form, held)
    return check_page(form, _for_those_named(form, held), person)


def _for_those_named(form: Form, held: HeldSeat) -> HeldSeat:
    """Let go of seats of people whom the form no longer names: somebody went back."""
    named = 1 + people.count_others(form)
    if held.people <= named or not held.seconds_left:
        return held
    questions.hold_places([one for one in held.hold.places if one.member <= named])
    fewer = held_seat()
    assert fewer is not None, "the seats were held a moment ago"
    form.raw["hold"] = str(fewer.hold.id)
    return fewer


def check_page(form: Form, held: HeldSeat, person: PersonDetails) -> Response:
    """Show everything that would be booked."""
    others = people.read_others(form, person)
    return page(
        "booking/check.html",
        title=gettext("Check your answers"),
        held=held,
        person=person,
        others=others,
        room=len(others) + 1 < HOUSEHOLD_MOST,
        phone=residents.show_phone(person.phone) if person.phone else "",
        reach=gettext(REACHES[Reach(form.values["reach"])]) if form.values["reach"] else "",
        typed=typed_again(form),
        id_kind=gettext(residents.ID_KINDS[person.id_kind]),
        back=url_for("booking.details"),
    )


@bp.post("/book/confirm")
@public
def confirm() -> Response:
    """Book. Sent twice, it shows the same appointment."""
    form = read_form(schemas.DetailsForm())
    person = people.read_first(form) if cookie.answers().who else None
    if person is None:
        held = held_seat()
        return _details(form, held) if held else redirect(url_for("booking.time"))
    if "pick" in request.form and not request.form.get("slot"):
        return _another_time(form, sentence=gettext("Choose a time."))
    try:
        hold_id = _hold_to_confirm(form)
        done = _confirm(hold_id, form, person)
    except RefusedAct as refused:
        return _refused(refused, form)
    cookie.open_booking(done.appointment_id)
    return redirect(url_for("booking.done", late="1" if done.reclaimed else None))


def _confirm(hold_id: UUID, form: Form, person: PersonDetails) -> confirmations.Confirmed:
    holder, actor, instant = cookie.holder(), current_actor(), now()
    origin = replace(
        doors.origin(), reach=Reach(form.values["reach"]) if form.values["reach"] else None
    )
    with transaction(db.session()) as session:
        if not origin.by_staff:
            lookups.check_network(session, network=limits.network(), now=instant)
        return confirmations.confirm(
            session,
            hold_id=hold_id,
            holder=holder,
            people=[person, *people.read_others(form, person)],
            my_booking_url=my_booking_url(),
            invitation_id=cookie.opened_invitation(),
            actor=actor,
            now=instant,
            origin=origin,
        )


def _hold_to_confirm(form: Form) -> UUID:
    """Return the hold of the form; a time chosen instead of a lost one is held first."""
    if not request.form.get("slot"):
        return _read_hold(form.values["hold"])
    try:
        chosen = row_number(request.form["slot"])
        questions.hold(chosen, people=1 + people.count_others(form), keep_second=True)
    except (ValueError, NotFound):
        return NO_HOLD
    held = hold_queries.find_hold(db.session(), holder=cookie.holder())
    return held.id if held else NO_HOLD


def _read_hold(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return NO_HOLD


def _refused(refused: RefusedAct, form: Form) -> Response:
    """Show the reason with the next step: another time, other details, or the appointment."""
    decision = refused.decision
    if decision.reason in lookups.TELLING and not doors.origin().by_staff:
        instant = now()
        with transaction(db.session()) as session:
            lookups.count_telling(session, network=limits.network(), now=instant)
    sentence = explain(refused.sentence, refuse_detail(refused))
    if decision.reason in FIELDS:
        form.fail(FIELDS[decision.reason], sentence)
        held = held_seat()
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
        typed=typed_again(form),
        times=_next_times(from_day),
        question=limits.question(),
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
    turns = queries.turns(
        db.session(), who=kept.who, now=now(), product_id=kept.product, invited=invited()
    )
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
            groups=groups_here(),
        )
        found += [slot for slot in of_day if slot.free > 0]
        if len(found) >= TIMES_OFFERED:
            break
    return found[:TIMES_OFFERED]


def held_seat() -> HeldSeat | None:
    """Return what this browser holds, or held until a moment ago."""
    found = hold_queries.find_hold(db.session(), holder=cookie.holder())
    if found is None or found.state not in {HoldState.LIVE, HoldState.EXPIRED}:
        return None
    times = slots.get_slots(db.session(), found.seats.keys())
    slot = times[found.slot_id]
    later = (times[place.slot_id] for place in found.places if place.part > 1)
    clinic = slots.get_clinic(db.session(), slot.site_id)
    return HeldSeat(found, slot, clinic, next(later, None))


def _details(form: Form, held: HeldSeat) -> Response:
    kinds = {kind: gettext(text) for kind, text in residents.ID_KINDS.items()}
    return page(
        "booking/details.html",
        title=gettext("Who will be vaccinated?"),
        form=form,
        back=url_for("booking.time"),
        held=held,
        kinds=kinds,
        origin=doors.origin(),
        reaches={one: gettext(text) for one, text in REACHES.items()},
    )


def typed_again(form: Form) -> Mapping[str, str]:
    """Return what was typed, for the next form to carry along."""
    return {name: str(value) for name, value in form.raw.items()}
