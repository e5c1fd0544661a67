"""Appointments for programs: confirm a hold, look up, change, cancel, by the rules of the pages."""

from collections.abc import Sequence
from functools import partial
from typing import Any  # Any: JSON, as its schema has read it.
from uuid import UUID

from flask import Response, current_app, jsonify, url_for
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from vaxsite.api.answer_schemas import AppointmentsSchema
from vaxsite.api.people import Reading, read_people
from vaxsite.api.rules import Reason
from vaxsite.api.schemas import (
    AppointmentRequest,
    BornHeaders,
    CancelQuery,
    ChangeRequest,
    ConfirmHeaders,
    SecretHeaders,
)
from vaxsite.api.services.answers import Answer
from vaxsite.api.views.blueprint import bp
from vaxsite.api.views.holds import opened
from vaxsite.api.views.once import once
from vaxsite.api.views.requests import read_birth_date, read_body, read_headers, read_query
from vaxsite.booking import queries
from vaxsite.booking.doors import CameBy, Origin, Reach, Relation
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.rules import AppointmentState, holder_hash
from vaxsite.booking.services import appointments, confirmations, lookups
from vaxsite.booking.views.blueprint import my_booking_url
from vaxsite.booking.views.limits import network
from vaxsite.booking.views.questions import latest_day
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.core.ids import show_reference
from vaxsite.invitations.services import using
from vaxsite.residents.services import PersonDetails
from vaxsite.web import csrf
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language
from vaxsite.web.openapi import Described, describe


@bp.post("/appointments")
@public
@csrf.exempt
@describe(
    Described(
        summary="Turn a hold into appointments, all or none",
        headers=ConfirmHeaders,
        body=AppointmentRequest,
        answers={201: AppointmentsSchema, 200: AppointmentsSchema},
        problems=(400, 404, 409, 413, 415, 422, 429, 503),
    )
)
def book() -> Response:
    """Book. A hold that was confirmed before answers 200 with the same appointments."""
    asked = read_body(AppointmentRequest())
    holder = holder_hash(read_headers(SecretHeaders())["secret"])
    demo = bool(current_app.config["VAXSITE_DEMO"])
    people = read_people(asked, Reading(latest_day(), current_language(), demo))
    kept: dict[str, UUID | None] = {}

    def before() -> None:
        kept["invitation"] = opened(using.look_up, asked["invitation"], Reason.NO_INVITATION)

    try:
        return once(lambda session: _book(session, asked, holder, people, kept), before=before)
    except RefusedAct as refused:
        _count_telling(refused)
        raise


@bp.get("/appointments/<reference>")
@public
@describe(
    Described(
        summary="Look an appointment up, with everything that was booked together with it",
        headers=BornHeaders,
        answers={200: AppointmentsSchema},
        problems=(404, 422, 429, 503),
    )
)
def look_up(reference: str) -> Response:
    """Show the appointments."""
    appointment_id = _find(reference)
    return jsonify(_told(queries.booked_together(db.session(), appointment_id)))


@bp.patch("/appointments/<reference>")
@public
@csrf.exempt
@describe(
    Described(
        summary="Move an appointment to another time",
        headers=BornHeaders,
        body=ChangeRequest,
        answers={200: AppointmentsSchema},
        problems=(400, 404, 409, 413, 415, 422, 429, 503),
    )
)
def change(reference: str) -> Response:
    """Move it; answer with what was moved."""
    asked, appointment_id, instant = read_body(ChangeRequest()), _find(reference), now()
    with transaction(db.session()) as session:
        moved = appointments.change(
            session,
            appointment_id=appointment_id,
            sequence=asked["sequence"],
            slot_id=asked["slot"],
            everyone=asked["everyone"],
            my_booking_url=my_booking_url(),
            actor=RESIDENT,
            now=instant,
        )
    return jsonify(_told(queries.get_appointments(db.session(), moved)))


@bp.delete("/appointments/<reference>")
@public
@csrf.exempt
@describe(
    Described(
        summary="Cancel what the person, or everyone, still has of a booking",
        headers=BornHeaders,
        query=CancelQuery,
        answers={200: AppointmentsSchema},
        problems=(404, 409, 422, 429, 503),
    )
)
def cancel(reference: str) -> Response:
    """Cancel; asked twice, it stays cancelled."""
    everyone, appointment_id, instant = (
        read_query(CancelQuery())["everyone"],
        _find(reference),
        now(),
    )
    view = queries.get_appointment(db.session(), appointment_id)
    gone = [appointment_id]
    if view.state is not AppointmentState.CANCELLED:
        with transaction(db.session()) as session:
            gone = appointments.cancel(
                session,
                appointment_id=appointment_id,
                everyone=everyone,
                my_booking_url=my_booking_url(),
                actor=RESIDENT,
                now=instant,
            )
    return jsonify(_told(queries.get_appointments(db.session(), gone)))


def _book(
    session: Session,
    asked: dict[str, Any],
    holder: bytes,
    people: Sequence[PersonDetails],
    kept: dict[str, UUID | None],
) -> Answer:
    instant = now()
    lookups.check_network(session, network=network(), now=instant)
    done = confirmations.confirm(
        session,
        hold_id=asked["hold"],
        holder=holder,
        people=people,
        my_booking_url=my_booking_url(),
        invitation_id=kept["invitation"],
        actor=RESIDENT,
        now=instant,
        origin=_origin(asked),
    )
    views = queries.get_appointments(session, done.appointment_ids)
    return Answer(200 if done.again else 201, {**_told(views), "late": done.reclaimed})


def _origin(asked: dict[str, Any]) -> Origin:
    behalf, reach = asked["on_behalf"], asked["contact"]["reach"]
    relation = Relation(behalf["relation"]) if behalf else Relation.SELF
    return Origin(CameBy.API, relation, Reach(reach) if reach else None)


def _count_telling(refused: RefusedAct) -> None:
    """Count an answer that tells something about a person: too many end the answers."""
    if refused.decision.reason in lookups.TELLING:
        place, instant = network(), now()
        with transaction(db.session()) as session:
            lookups.count_telling(session, network=place, now=instant)


def _find(reference: str) -> UUID:
    """Return the appointment; wrong, foreign and unknown references have one answer."""
    search = partial(opened, lookups.look_up, nobody=Reason.NO_APPOINTMENT)
    found = search({"code": reference, "born_on": read_birth_date()})
    assert found is not None, "what opens nothing is refused"
    return found


def _told(views: Sequence[AppointmentView]) -> dict[str, Any]:
    return {"appointments": [_one(view) for view in views]}


def _one(view: AppointmentView) -> dict[str, Any]:
    clinic, product, reference = view.clinic, view.slot.product, show_reference(view.reference)
    return {
        "reference": reference,
        "href": url_for("api.look_up", reference=reference),
        "state": view.state.value,
        "sequence": view.sequence,
        "member": view.member,
        "dose_number": view.dose_number,
        "slot": view.slot.id,
        "starts_at": view.slot.starts_at.isoformat(),
        "site": {
            "code": clinic.code,
            "name": {"en": clinic.name_en, "zh": clinic.name_zh},
            "timezone": clinic.timezone,
        },
        "address": {"en": clinic.address_en, "zh": clinic.address_zh},
        "phone": clinic.phone,
        "product": {"code": product.code, "name": {"en": product.name_en, "zh": product.name_zh}},
        "changeable": view.changeable(now()),
    }
