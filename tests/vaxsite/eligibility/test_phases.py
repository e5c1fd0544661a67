"""A manager opens and closes phases, at their own site."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW
from tests.build.sites import a_site
from tests.build.stock import staff_of
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.eligibility import queries, services
from vaxsite.eligibility.rules import Reach, Reason


@pytest.fixture
def manager(session: Session) -> Actor:
    site = a_site(session)
    session.commit()
    return staff_of(site.id, Role.MANAGER, name="manager-wu")


def open_phase(
    sessions: sessionmaker[Session],
    actor: Actor,
    opens_on: date,
    closes_on: date | None = None,
    group: str = "from-60",
) -> int:
    with sessions() as session, transaction(session):
        return services.open_phase(
            session,
            reach=Reach(site_id=next(iter(actor.grants))),
            group_code=group,
            opens_on=opens_on,
            closes_on=closes_on,
            actor=actor,
            now=NOW,
        )


def test_a_phase_is_opened_and_audited(sessions: sessionmaker[Session], manager: Actor) -> None:
    """Who opened it for whom and when stands in the audit."""
    phase_id = open_phase(sessions, manager, date(2026, 1, 13))

    with sessions() as session:
        (phase,) = queries.phases(session)
        entry = session.scalars(select(AuditEntry)).one()
    assert (phase.id, phase.group_code, phase.closes_on) == (phase_id, "from-60", None)
    assert (entry.action, entry.actor_id) == ("phase:open", "manager-wu")


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "group", "reason"),
    [
        (date(2026, 1, 20), None, "from-60", Reason.PHASE_EXISTS),
        (date(2026, 1, 1), date(2026, 1, 14), "from-60", Reason.PHASE_EXISTS),
        (date(2026, 1, 20), date(2026, 1, 20), "adults-18-59", Reason.PHASE_ORDER),
        (date(2026, 1, 20), None, "astronauts", Reason.UNKNOWN_GROUP),
        (date(2021, 1, 20), None, "everyone-from-18", Reason.UNKNOWN_GROUP),
    ],
)
def test_a_phase_that_makes_no_sense_is_refused(
    sessions: sessionmaker[Session],
    manager: Actor,
    opens_on: date,
    closes_on: date | None,
    group: str,
    reason: Reason,
) -> None:
    """Overlaps, wrong order, unknown groups and groups of another time."""
    open_phase(sessions, manager, date(2026, 1, 13))

    with pytest.raises(RefusedAct) as refused:
        open_phase(sessions, manager, opens_on, closes_on, group)

    assert refused.value.decision.reason == reason


def test_phases_that_touch_do_not_overlap(sessions: sessionmaker[Session], manager: Actor) -> None:
    """One may end on the day on which the next begins."""
    open_phase(sessions, manager, date(2026, 1, 13), date(2026, 1, 20))

    open_phase(sessions, manager, date(2026, 1, 20))


def test_a_phase_is_closed_or_taken_back(sessions: sessionmaker[Session], manager: Actor) -> None:
    """One that has begun ends, one can disappear; the audit says how it was."""
    begun = open_phase(sessions, manager, date(2026, 1, 10))
    future = open_phase(sessions, manager, date(2026, 2, 1), group="adults-18-59")

    with sessions() as session, transaction(session):
        services.change_phase(
            session,
            phase_id=begun,
            opens_on=date(2026, 1, 10),
            closes_on=date(2026, 1, 13),
            actor=manager,
            now=NOW,
        )
        services.withdraw_phase(session, phase_id=future, actor=manager, now=NOW)

    with sessions() as session:
        (left,) = queries.phases(session)
        acts = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert (left.id, left.closes_on) == (begun, date(2026, 1, 13))
    assert [one.action for one in acts[2:]] == ["phase:change", "phase:withdraw"]
    assert acts[2].detail["was_until"] is None


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST])
def test_only_a_manager_of_the_site_opens_phases(
    sessions: sessionmaker[Session], manager: Actor, role: Role
) -> None:
    """Another role and another site's manager get the answer of something that is not there."""
    site_id = next(iter(manager.grants))

    with pytest.raises(NotFound):
        open_phase(sessions, staff_of(site_id, role), date(2026, 1, 13))
    with pytest.raises(NotFound):
        open_phase(sessions, staff_of(site_id + 1, Role.MANAGER), date(2026, 1, 13))
