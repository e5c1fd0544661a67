"""Seats kept by a program for its people: the limits, rules and services of the pages.

The secret of a hold is told once and proves it afterwards; no cookie takes part.
"""

import secrets
from collections import Counter
from datetime import date
from functools import partial
from typing import Any, Protocol  # Any: JSON, as its schema has read it.
from uuid import UUID

from flask import Response, current_app, url_for
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from vaxsite.api import rules
from vaxsite.api.answer_schemas import HoldSchema
from vaxsite.api.rules import Reason
from vaxsite.api.schemas import HoldHeaders, HoldRequest, SecretHeaders
from vaxsite.api.services.answers import Answer
from vaxsite.api.services.seeking import Seeking
from vaxsite.api.views import questions
from vaxsite.api.views.blueprint import bp
from vaxsite.api.views.once import once
from vaxsite.api.views.queue import check_turn
from vaxsite.api.views.requests import read_body, read_headers
from vaxsite.booking import hold_queries
from vaxsite.booking.doors import CameBy, Origin
from vaxsite.booking.rules import HoldState, Place, holder_hash
from vaxsite.booking.services import holds, limits
from vaxsite.booking.views.cookie import SECRET_BYTES
from vaxsite.booking.views.limits import network
from vaxsite.core.actor import RESIDENT
from vaxsite.core.decisions import Allowed
from vaxsite.core.errors import NotFound
from vaxsite.draws.services import entering, grants
from vaxsite.invitations import queries as invitations
from vaxsite.invitations.rules.states import judge
from vaxsite.invitations.services import using
from vaxsite.web import csrf
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.openapi import Described, describe

ORIGIN = Origin(CameBy.API)
SEEKING = "vaxsite.api.seeking"


class LookUp(Protocol):
    """A search that counts wrong tries."""

    def __call__(
        self, session: Session, *, typed: str, born_on: date, network: str, now: Any
    ) -> UUID | None:
        """Return what was found."""


@bp.post("/holds")
@public
@csrf.exempt
@describe(
    Described(
        summary="Keep seats for ten minutes, for one to six people and one or both doses",
        headers=HoldHeaders,
        body=HoldRequest,
        answers={201: HoldSchema},
        problems=(400, 403, 404, 409, 413, 415, 422, 429, 503),
    )
)
def take() -> Response:
    """Keep the seats; say how they are proved."""
    asked = read_body(HoldRequest())
    places = _places(asked)
    groups = {*asked["groups"]}

    def before() -> None:
        invitation_id = opened(using.look_up, asked["invitation"], Reason.NO_INVITATION)
        groups.update(_invited(invitation_id))
        wanted = Counter(place.slot_id for place in places)
        seeking: Seeking = current_app.extensions[SEEKING]
        seeking.look(db.session(), take=wanted, groups=groups)
        check_turn()
        _count(asked["answer"])
        entry_id = opened(entering.look_up, asked["draw_entry"], Reason.NO_ENTRY)
        for slot_id in wanted:
            grants.check_slot(db.session(), slot_id=slot_id, entry_id=entry_id, now=now())

    return once(partial(_hold, places, groups), before=before)


@bp.delete("/holds/<uuid:hold_id>")
@public
@csrf.exempt
@describe(
    Described(
        summary="Give the seats of a hold back",
        headers=SecretHeaders,
        answers={204: None},
        problems=(404, 409, 422, 503),
    )
)
def release(hold_id: UUID) -> Response:
    """Give the seats back; done twice it changes nothing."""
    holder, instant = holder_hash(read_headers(SecretHeaders())["secret"]), now()
    with transaction(db.session()) as session:
        held = hold_queries.find_own(session, hold_id=hold_id, holder=holder)
        if held is None:
            raise NotFound
        if held.state is HoldState.USED:
            raise rules.refused(Reason.HOLD_BOOKED)
        holds.release(session, holder=holder, now=instant)
    return Response(status=204)


def opened(search: LookUp, code: dict[str, Any] | None, nobody: Reason) -> UUID | None:
    """Return what a code and a birth date open; raise `RefusedAct` where they open nothing."""
    if code is None:
        return None
    place, instant = network(), now()
    with transaction(db.session()) as store:
        found = search(
            store, typed=code["code"], born_on=code["born_on"], network=place, now=instant
        )
    if found is None:
        raise rules.refused(nobody)
    return found


def _places(asked: dict[str, Any]) -> list[Place]:
    times = [one for one in (asked["slot"], asked["second_slot"]) if one is not None]
    return [
        Place(slot_id, member, part)
        for member in range(1, asked["people"] + 1)
        for part, slot_id in enumerate(times, start=1)
    ]


def _invited(invitation_id: UUID | None) -> set[str]:
    """Return the group as which an invitation that can be used lets its person in."""
    found = invitations.find_invitation(db.session(), invitation_id)
    if found is None or not isinstance(judge(found.terms, now=now()), Allowed):
        return set()
    return {found.terms.scope.group_code}


def _count(answer: dict[str, str] | None) -> None:
    """Count that seats are asked for, as on the pages; raise `RefusedAct` where too often."""
    place, instant = network(), now()
    with transaction(db.session()) as store:
        count = limits.count_hold(store, network=place, origin=ORIGIN, actor=RESIDENT, now=instant)
        answered = questions.answered(store, answer)
    asking = bool(current_app.config["BOOKING_QUESTION"])
    limits.judge_hold(count, origin=ORIGIN, answered=answered, asking=asking)


def _hold(places: list[Place], groups: set[str], session: Session) -> Answer:
    secret = secrets.token_urlsafe(SECRET_BYTES)
    held = holds.hold_places(
        session,
        places=places,
        holder=holder_hash(secret),
        groups=groups,
        now=now(),
        new_holder=True,
    )
    return Answer(
        201,
        {
            "id": str(held.id),
            "secret": secret,
            "expires_at": held.expires_at.isoformat(),
            "people": max(place.member for place in places),
            "slot": places[0].slot_id,
            "second_slot": next((one.slot_id for one in places if one.part == 2), None),
            "href": url_for("api.release", hold_id=held.id),
        },
    )
