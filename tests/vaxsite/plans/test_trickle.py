"""First seats of a plan come out in portions: unannounced, at the minutes of the rule, logged."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW
from tests.build.pages import answer, send
from tests.build.plans import FIRST, FIRST_ON, LATER, Planned, a_plan, open_to_adults, sessions_of
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.plans.services import publishing
from vaxsite.slots import queries, releasing
from vaxsite.slots.models import Trickle
from vaxsite.slots.rules import Doses
from vaxsite.slots.trickling import Portion, read_terms, schedule

HOURS = 48
END = NOW + timedelta(hours=HOURS)
Sessions = sessionmaker[Session]


@pytest.fixture
def plan(sessions: Sessions) -> Planned:
    """A plan of ten days with ten first seats each, second ones enough, that every adult awaits."""
    with sessions() as session, transaction(session):
        made = a_plan(session, FIRST, LATER, doses=200)
        open_to_adults(session, made)
        return made


def firsts(session: Session, plan: Planned) -> list[int]:
    return [one.id for one in sessions_of(session, plan) if one.doses is Doses.FIRST]


def told(session: Session, session_ids: list[int]) -> Iterator[Portion]:
    """What follows from the texts that were committed to."""
    rows = session.scalars(select(Trickle).where(Trickle.session_id.in_(session_ids))).all()
    assert len(rows) == len(session_ids)
    for row in rows:
        terms = read_terms(row.text)
        assert terms.digest == row.digest
        yield from schedule(terms)


def out(session: Session) -> Counter[datetime]:
    """First seats that the public may take, by the beginning of their slot."""
    found = queries.free_slots(session, now=NOW)
    return Counter({one.starts_at: one.free for one in found if one.doses is not Doses.LATER})


def days(app: Flask, plan: Planned, language: str) -> dict[str, int]:
    """The days with free seats that a resident is shown, none where the clinic has none."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    answer(client, language)
    client.get("/book/vaccine", language=language)
    client.submit("/book/clinic", language=language, site=str(plan.site_ids[0]))
    client.get("/book/day", language=language, follow_redirects=True)
    hints = {one.attributes.get("id"): one.text for one in client.page.elements}
    found = {}
    for one in client.page.all("input"):
        if one.attributes.get("name") == "day":
            hint = hints[one.attributes["aria-describedby"]]
            number = re.search(r"\d+", hint)  # The first: how many; then for which doses.
            assert number is not None, hint
            found[one.attributes["value"]] = int(number[0])
    return found


def entries(session: Session, action: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)
    return list(session.scalars(query))


def test_first_seats_come_out_at_the_minutes_of_the_rule_and_are_logged(
    sessions: Sessions, plan: Planned
) -> None:
    """Second seats at once; of the first ones at each minute what is due, and nobody is told."""
    with sessions() as session, transaction(session):
        publishing.publish(session, plan_id=plan.plan_id, hours=HOURS, actor=plan.manager, now=NOW)
    with sessions() as session:
        mine = firsts(session, plan)
        portions = sorted(told(session, mine), key=lambda one: one.due_at)
        assert sum(one.seats for one in portions) == 100
        assert len(entries(session, "session:trickle")) == len(mine) == 10
        assert sum(one.free for one in queries.free_days(session, now=NOW, number=2)) == 390
        begun = sum(one.seats for one in portions if one.due_at <= NOW)
        assert out(session).total() == begun

    expected = Counter[datetime]()
    for one in portions:
        expected[one.starts_at] += one.seats
        if one.due_at > NOW:
            before = one.due_at - timedelta(minutes=1)
            assert releasing.release_due(sessions, now=before) == 0
        releasing.release_due(sessions, now=one.due_at)
        due = Counter[datetime]()
        for other in portions:
            due[other.starts_at] += other.seats if other.due_at <= one.due_at else 0
        with sessions() as session:
            assert out(session) == +due

    assert expected.total() == 100
    with sessions() as session:
        logged = entries(session, "session:release")
        assert {one.at for one in logged} == {one.due_at for one in portions if one.due_at > NOW}
        seats = sum(sum(one.detail["slots"].values()) for one in logged)
        assert seats == 100 - begun
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_manager_publishes_a_plan_in_portions_and_residents_see_what_is_out(
    app: Flask,
    client: PageClient,
    sessions: Sessions,
    plan: Planned,
    clock: FrozenClock,
    language: str,
) -> None:
    """The page of the days shows no seat before its minute, nor when it will come; then it does."""
    client.sign_in(Role.MANAGER, site=plan.site_ids[0])
    address = f"/manage/plans/{plan.plan_id}"
    client.get(address, language=language)
    wrong = send(client, f"{address}/publish", language, part="all", hours="5")
    assert wrong.status_code == 404
    client.get(address, language=language)
    sent = send(client, f"{address}/publish", language, part="all", hours=str(HOURS))
    assert sent.status_code == 302
    with sessions() as session:
        mine = firsts(session, plan)
        monday = [one for one in told(session, mine) if one.starts_at.date() == FIRST_ON]
    first = min(one.due_at for one in monday)
    seconds = days(app, plan, language)  # All out from the beginning, ten a day.
    assert seconds[FIRST_ON.isoformat()] == 10

    clock.now = first
    releasing.release_due(sessions, now=clock.now)
    due = sum(one.seats for one in monday if one.due_at <= first)
    assert days(app, plan, language)[FIRST_ON.isoformat()] == 10 + due
    client.get(f"/released/{mine[0]}", language=language)
    assert "vaxsite-trickle-1" not in client.page.text

    clock.now = END + timedelta(minutes=1)
    releasing.release_due(sessions, now=clock.now)
    assert days(app, plan, language)[FIRST_ON.isoformat()] == 10 + 10
    client.get(f"/released/{mine[0]}", language=language)
    assert "vaxsite-trickle-1" in client.page.text
