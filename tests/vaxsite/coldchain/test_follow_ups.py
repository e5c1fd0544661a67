"""The follow-up of an excursion: owed once confirmed, taken in steps, signed when all is done."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from tests.build import clinic as build
from tests.build import places, stock
from tests.build.clinic import OPENED, Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain import follow_up, following_up
from vaxsite.coldchain.follow_up import (
    Action,
    Cause,
    Check,
    Finding,
    FollowUpReason,
    FollowUpState,
    Standing,
)
from vaxsite.coldchain.queries.excursions import get_excursion
from vaxsite.coldchain.queries.follow_ups import list_tasks
from vaxsite.coldchain.story import Step
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.stock import services as stock_services
from vaxsite.stock.rules import Decision
from vaxsite.web.db import db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
FOUND = dict.fromkeys(Check, Finding.YES) | {Check.DOOR: Finding.NO}


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """Return a clinic at nine with a lot in its fridge."""
    return build.a_stocked_clinic(session)


def over(session: Session, clinic: Clinic) -> int:
    """Return an excursion of the clinic's fridge from eight to nine."""
    return places.an_excursion(
        session, sensor=clinic.probe, began_at=OPENED - HOUR, ended_at=OPENED
    ).id


def checked(session: Session, clinic: Clinic, excursion_id: int) -> None:
    following_up.check(
        session,
        excursion_id=excursion_id,
        checks=FOUND,
        note="Ajar",
        actor=clinic.pharmacist,
        now=OPENED + MINUTE,
    )


def acted(session: Session, clinic: Clinic, excursion_id: int) -> None:
    following_up.act(
        session,
        excursion_id=excursion_id,
        action=Action.DOOR_OR_SEAL,
        action_note="Seal changed",
        cause=Cause.DOOR,
        cause_note="Seen",
        actor=clinic.pharmacist,
        now=OPENED + 2 * MINUTE,
    )


def decided(session: Session, clinic: Clinic, excursion_id: int) -> None:
    stock_services.dispose(
        session,
        excursion_id=excursion_id,
        lot_id=clinic.lot_id,
        decision=Decision.RELEASE,
        note="Maker asked.",
        actor=clinic.pharmacist,
        now=OPENED + 3 * MINUTE,
    )


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(withdrawn=False, ended=True, undecided=0), None),
        (Standing(withdrawn=False, ended=True, undecided=1), FollowUpReason.LOTS_UNDECIDED),
        (Standing(withdrawn=False, ended=False, undecided=0), FollowUpReason.LASTS),
        (Standing(withdrawn=True, ended=True, undecided=0), FollowUpReason.WITHDRAWN),
    ],
)
def test_signature_is_refused_with_its_reason(
    standing: Standing, reason: FollowUpReason | None
) -> None:
    """Nobody signs what lasts, what was withdrawn, or what leaves a lot undecided."""
    verdict = follow_up.may_sign(standing)

    assert (verdict.reason if isinstance(verdict, Refused) else None) == reason


def test_task_stands_from_the_confirmation_and_is_late_after_an_hour(
    session: Session, clinic: Clinic
) -> None:
    """It was found at half past eight: no job has to make the task."""
    excursion_id = over(session, clinic)

    def late_at(after: timedelta) -> bool:
        (task,) = list_tasks(session, actor=clinic.pharmacist, now=OPENED + after)
        assert task.facts.excursion_id == excursion_id
        assert task.follow_up.state is FollowUpState.OPEN
        return task.follow_up.late

    assert not late_at(30 * MINUTE)
    assert late_at(31 * MINUTE)


def test_excursion_whose_end_is_unknown_owes_a_task_and_a_withdrawn_one_none(
    session: Session, clinic: Clinic
) -> None:
    """A probe that was lost leaves work; an excursion that never was leaves none."""
    lost = places.an_excursion(
        session, sensor=clinic.probe, began_at=OPENED - HOUR, ended_at=OPENED
    )
    lost.end_reason = "unknown"
    places.an_excursion(
        session,
        sensor=clinic.probe,
        began_at=OPENED - 3 * HOUR,
        ended_at=OPENED - 2 * HOUR,
        withdrawn_at=OPENED,
    )

    found = list_tasks(session, actor=clinic.pharmacist, now=OPENED)

    assert [task.facts.excursion_id for task in found] == [lost.id]


def test_steps_are_taken_in_order_and_stand_in_the_timeline_and_the_audit(
    session: Session, clinic: Clinic
) -> None:
    """Checks, cause and action, the lot decided, the signature; then nothing is owed."""
    excursion_id = over(session, clinic)
    checked(session, clinic, excursion_id)
    acted(session, clinic, excursion_id)
    decided(session, clinic, excursion_id)

    following_up.sign(
        session, excursion_id=excursion_id, actor=clinic.pharmacist, now=OPENED + 4 * MINUTE
    )

    later = OPENED + HOUR
    found = get_excursion(session, actor=clinic.pharmacist, excursion_id=excursion_id, now=later)
    assert found.follow_up.signed_by == clinic.pharmacist.id
    assert [one.step for one in found.timeline][-4:] == [
        Step.CHECKED,
        Step.ACTED,
        Step.RELEASED,
        Step.SIGNED,
    ]
    assert list_tasks(session, actor=clinic.pharmacist, now=later) == []
    acts = session.scalars(
        select(AuditEntry.action)
        .where(AuditEntry.subject == f"excursion:{excursion_id}")
        .order_by(AuditEntry.id)
    ).all()
    assert [
        one for one in acts if one in {"excursion:check", "excursion:act", "excursion:sign"}
    ] == [
        "excursion:check",
        "excursion:act",
        "excursion:sign",
    ]


def test_undecided_lot_stops_the_signature(session: Session, clinic: Clinic) -> None:
    """The refusal counts the lots that wait."""
    excursion_id = over(session, clinic)
    checked(session, clinic, excursion_id)
    acted(session, clinic, excursion_id)

    with pytest.raises(RefusedAct) as refused:
        following_up.sign(
            session, excursion_id=excursion_id, actor=clinic.pharmacist, now=OPENED + HOUR
        )

    assert refused.value.decision.reason is FollowUpReason.LOTS_UNDECIDED
    assert refused.value.detail == {"count": 1}


def test_second_pharmacist_does_not_overwrite_the_first(session: Session, clinic: Clinic) -> None:
    """Who sends the same step again is told that somebody was first."""
    excursion_id = over(session, clinic)
    checked(session, clinic, excursion_id)

    with pytest.raises(AlreadyMoved):
        checked(session, clinic, excursion_id)


def test_no_step_is_skipped(session: Session, clinic: Clinic) -> None:
    """Without first checks there is no action."""
    excursion_id = over(session, clinic)

    with pytest.raises(AlreadyMoved):
        acted(session, clinic, excursion_id)


@pytest.mark.parametrize("role", [Role.NURSE, Role.MANAGER])
def test_only_a_pharmacist_of_the_site_takes_a_step(
    session: Session, clinic: Clinic, role: Role
) -> None:
    """A nurse reads the task; the steps are the pharmacist's."""
    excursion_id = over(session, clinic)

    with pytest.raises(NotFound):
        following_up.check(
            session,
            excursion_id=excursion_id,
            checks=FOUND,
            note="",
            actor=stock.staff_of(clinic.site.id, role),
            now=OPENED,
        )


def test_timeline_tells_of_the_door_and_the_power(session: Session, clinic: Clinic) -> None:
    """The door stood open for half an hour before the confirmation."""
    began = OPENED - 2 * HOUR
    places.readings(session, sensor=clinic.probe, first_at=began, centis=[500] * 6)
    places.readings(
        session,
        sensor=clinic.probe,
        first_at=began + 30 * MINUTE,
        centis=[900] * 6,
        door_open=True,
    )
    places.readings(session, sensor=clinic.probe, first_at=OPENED - HOUR, centis=[500] * 6)
    excursion_id = places.an_excursion(
        session, sensor=clinic.probe, began_at=began + 30 * MINUTE, ended_at=OPENED
    ).id

    found = get_excursion(
        session, actor=clinic.pharmacist, excursion_id=excursion_id, now=OPENED + HOUR
    )

    doors = [one for one in found.timeline if one.step is Step.DOOR]
    assert [one.at for one in doors] == [began + 30 * MINUTE]
    assert 25 * 60 <= (doors[0].lasted_s or 0) <= 30 * 60
    assert Step.POWER not in {one.step for one in found.timeline}


@pytest.fixture
def excursion(app: Flask, clock: FrozenClock) -> int:
    """Return an excursion from eight to nine of a clinic of the web application."""
    clock.now = OPENED
    with app.app_context(), Session(db.engine) as store:
        excursion_id = over(store, build.a_stocked_clinic(store))
        store.commit()
        return excursion_id


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("First checks due", "Signature due")), ("zh", ("待初步检查", "待签字"))],
)
def test_pharmacist_follows_an_excursion_up_on_the_pages(
    client: PageClient, excursion: int, language: str, words: tuple[str, str]
) -> None:
    """From the list of tasks to the reason why it cannot be signed yet."""
    client.sign_in(Role.PHARMACIST)
    client.get("/coldchain/tasks", language=language)
    assert words[0] in client.page.text
    address = f"/coldchain/excursions/{excursion}/follow-up"

    answers = {check.value: "yes" for check in Check}
    client.submit(address, language=language, **answers, note="")
    client.submit(
        address,
        language=language,
        cause="door",
        cause_note="",
        action="instructed",
        action_note="Told the team",
    )

    client.get(address, language=language)
    assert words[1] in client.page.text
    assert "Told the team" in client.page.text
    answer = client.post(
        f"/coldchain/excursions/{excursion}/signature",
        data={"csrf_token": client.token()},
        language=language,
    )
    assert answer.status_code == 409
    assert ("1" if language == "en" else "1 个") in client.page.text


def test_unanswered_check_is_asked_again(client: PageClient, excursion: int) -> None:
    """Each of the five questions needs an answer, and none is guessed."""
    client.sign_in(Role.PHARMACIST)

    answer = client.submit(
        f"/coldchain/excursions/{excursion}/follow-up", door="yes", power="yes", note="Ajar"
    )

    assert answer.status_code == 422
    assert "Answer each question." in client.page.text
