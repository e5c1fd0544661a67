"""The hourly look at published plans: it warns once, before second seats run out."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build.booking import NOW
from tests.build.plans import Planned, a_delivery, an_open_plan, sessions_of
from vaxsite.accounts.services import add_staff
from vaxsite.core.actor import system
from vaxsite.core.permissions import Role
from vaxsite.plans import queries
from vaxsite.plans.services import publishing, watching
from vaxsite.slots.rules import Doses
from vaxsite.stock import deliveries
from vaxsite.stock.deliveries import DeliveryState

URL = "https://vaccination.example"


@pytest.fixture
def plan(sessions: sessionmaker[Session]) -> Planned:
    """A published plan with a manager who reads Chinese, and one delivery of 200 doses."""
    with sessions() as session, transaction(session):
        made = an_open_plan(session)
        add_staff(
            session,
            name="Mia Wang",
            email="mia@clinic.example",
            password="a long password of hers",
            posts=[(session.get_one(Site, made.site_ids[0]), Role.MANAGER)],
            language="zh",
            actor=system("test"),
            now=NOW,
        )
    return made


def watch(sessions: sessionmaker[Session]) -> int:
    return watching.watch_due(sessions, url=URL, now=NOW)


def shortage(sessions: sessionmaker[Session], plan: Planned) -> queries.ShortageView | None:
    with sessions() as session:
        return queries.get_plan(session, plan.plan_id).shortage


def letters(sessions: sessionmaker[Session]) -> list[OutboxMessage]:
    with sessions() as session:
        found = select(OutboxMessage).where(OutboxMessage.kind == watching.KIND)
        return list(session.scalars(found))


def test_a_covered_plan_is_left_alone(sessions: sessionmaker[Session], plan: Planned) -> None:
    """Nothing is written and nobody is told."""
    assert watch(sessions) == 0
    assert shortage(sessions, plan) is None
    assert letters(sessions) == []


def test_a_delivery_that_does_not_come_is_told_once(
    sessions: sessionmaker[Session], plan: Planned
) -> None:
    """The manager gets one message in their language, and the plan says it until it is mended."""
    with sessions() as session, transaction(session):
        (one,) = deliveries.expected(session, site_ids=plan.site_ids)
        deliveries.close(
            session,
            delivery_id=one.id,
            target=DeliveryState.CANCELLED,
            actor=plan.manager,
            now=NOW,
        )

    assert (watch(sessions), watch(sessions)) == (1, 0)
    found = shortage(sessions, plan)
    assert found is not None
    assert (found.seats, found.doses) == (0, 200)
    (letter,) = letters(sessions)
    assert letter.subject == "第二剂有缺口：Spring"
    assert f"{URL}/manage/plans/{plan.plan_id}" in letter.body

    with sessions() as session, transaction(session):
        a_delivery(session, site_id=plan.site_ids[0], product_id=plan.product_id, doses=200)
    assert watch(sessions) == 1
    assert shortage(sessions, plan) is None


def test_second_seats_that_are_withdrawn_are_missed(
    sessions: sessionmaker[Session], plan: Planned
) -> None:
    """Every second seat is called off: a hundred people would have none."""
    with sessions() as session, transaction(session):
        assert any(one.doses is Doses.LATER for one in sessions_of(session, plan))
        publishing.withdraw(
            session,
            plan_id=plan.plan_id,
            choice=lambda one: one.doses is Doses.LATER,
            actor=plan.manager,
            now=NOW,
        )

    assert watch(sessions) == 1
    found = shortage(sessions, plan)
    assert found is not None
    assert found.seats == 100
