"""Invitations and entries of draws open to a program what they open on the pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.build import draws, invitations
from tests.build.booking import OpenClinic, a_published_session, an_open_clinic, details_of
from tests.build.draws import RESULT_AT
from tests.build.programs import BORN, Program, a_person, a_resident
from tests.conftest import FrozenClock
from vaxsite.invitations import queries
from vaxsite.invitations.rules.states import InvitationState
from vaxsite.residents.rules import IdKind
from vaxsite.slots import queries as slots

PASSPORT = {"id_kind": IdKind.PASSPORT, "id_number": "E00000001"}


@pytest.fixture
def closed(session: Session) -> OpenClinic:
    """Return a clinic where it is the turn of people from 60 only."""
    clinic = an_open_clinic(session, code="hillside", group="from-60")
    session.commit()
    return clinic


def test_an_invitation_lets_its_person_in(app: Flask, session: Session, closed: OpenClinic) -> None:
    """Where no phase is open for them, its code and birth date do; then it is used up."""
    invited = invitations.an_invitation(session, closed, replace(details_of(), **PASSPORT))
    session.commit()
    program, code = Program(app), {"code": invited.code, "born_on": BORN}

    refused = program.book(program.hold(closed.slot_ids[0]).json, a_person(1))
    held = program.hold(closed.slot_ids[0], invitation=code)
    done = program.book(held.json, a_person(1), invitation=code)

    assert refused.status_code == 409
    assert done.status_code == 201, done.json
    session.rollback()
    terms = queries.get_invitation(session, invited.id).terms
    assert terms.state is InvitationState.USED


def test_seats_of_a_draw_are_for_those_drawn(
    app: Flask, session: Session, clock: FrozenClock
) -> None:
    """Without the entry nobody holds one; with it the person who was drawn books."""
    clinic = an_open_clinic(session)
    day = (RESULT_AT + timedelta(days=4)).date()
    kept = a_published_session(
        session, site_id=clinic.site_id, product_id=clinic.product_id, day=day
    )
    draw_id = draws.an_announced_draw(session, clinic, places=1, session_ids=(kept,))
    slot_id = slots.slots_of_session(session, kept)[0].id
    entry_id = draws.an_entry(session, draw_id, [1])
    draws.published(session, clinic, draw_id)
    number = draws.number_of(session, entry_id)
    session.commit()
    app.config["VAXSITE_DEMO"] = True  # The people of draws in tests have made-up numbers.
    clock.now = RESULT_AT + timedelta(hours=1)
    program = Program(app)

    stranger = program.hold(slot_id)
    held = program.hold(slot_id, draw_entry={"code": number, "born_on": BORN})
    done = program.book(held.json, {**a_resident(1), "name": "陈1"})

    assert (stranger.status_code, stranger.json["reason"]) == (409, "only_drawn")
    assert done.status_code == 201, done.json
