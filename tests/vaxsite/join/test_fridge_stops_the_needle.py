"""The join: a fridge leaves its range, and from that commit on its lots stop at the needle."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import clinic as build
from tests.build import places, stock
from tests.build.clinic import Clinic
from tests.vaxsite.join import fridge
from vaxsite.coldchain import services as coldchain
from vaxsite.coldchain.queries.excursions import get_excursion
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.doses import services as doses
from vaxsite.doses.rules import Stop
from vaxsite.stock import queries as stock_queries
from vaxsite.stock import services as stock_services
from vaxsite.stock.queries import FoundLot, get_lots
from vaxsite.stock.rules import Decision

MINUTE = timedelta(minutes=1)
OPENED = build.OPENED
# The band is 2 to 8 °C, the rule out of it for 30 minutes: the seventh warm reading confirms.
WARM_FOR_HALF_AN_HOUR = [4.6, 8.4, 9.1, 9.7, 10.2, 10.6, 10.9, 10.7]


@dataclass
class Morning:
    """A clinic on its day, with two lots in one fridge and Ana ready for her dose."""

    engine: Engine
    clinic: Clinic
    lot_a: int
    lot_b: int
    visit_id: UUID
    acts: sessionmaker[Session]

    def warms_up(self, at: datetime = OPENED) -> datetime:
        """Let the fridge warm up until it is confirmed; return the time of the last reading."""
        return fridge.reads(
            self.engine,
            device=self.clinic.probe.device,
            first_at=at,
            celsius=WARM_FOR_HALF_AN_HOUR,
        )

    def reads(self, at: datetime, *celsius: float, received_at: datetime | None = None) -> datetime:
        """Take in more readings of the fridge."""
        return fridge.reads(
            self.engine,
            device=self.clinic.probe.device,
            first_at=at,
            celsius=celsius,
            received_at=received_at,
        )

    def held(self, at: datetime) -> set[int]:
        """Return the lots that are held, as a reader who just connected sees it."""
        with Session(self.engine) as session:
            return set(stock_queries.held_lots(session, at=at))

    def stops(self, lot_id: int, at: datetime) -> list[str]:
        """Return why the needle stops when the nurse scans a lot for Ana."""
        with self.acts() as session, transaction(session):
            checks = doses.check(
                session,
                visit_id=self.visit_id,
                found=FoundLot(get_lots(session, lot_ids=[lot_id])[lot_id]),
                presented_id=None,
                actor=self.clinic.nurse,
                now=at,
                language="en",
            )
        found = [one.decision for one in checks]
        return [one.reason.value for one in found if isinstance(one, Refused)]

    def decides(self, lot_id: int, decision: Decision, at: datetime) -> None:
        """Let the pharmacist decide about a lot after the only excursion."""
        with self.acts() as session:
            excursion_id = fridge.the_excursion(session).id
            with transaction(session):
                stock_services.dispose(
                    session,
                    excursion_id=excursion_id,
                    lot_id=lot_id,
                    decision=decision,
                    note="Maker asked by telephone.",
                    actor=self.clinic.pharmacist,
                    now=at,
                )

    def audited(self, action: str) -> list[AuditEntry]:
        """Return what the audit holds about one kind of act."""
        with Session(self.engine) as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


@pytest.fixture
def morning(engine: Engine, sessions: sessionmaker[Session]) -> Morning:
    """Return the clinic at nine, Ana checked in and screened."""
    with Session(engine, expire_on_commit=False) as session:
        clinic = build.a_stocked_clinic(session)
        lot_b = stock.a_lot(
            session, product_id=clinic.product_id, unit=clinic.fridge, number="L2026B"
        )
        visit_id = build.screened(session, clinic, build.booked(session, clinic))
        session.commit()
    return Morning(engine, clinic, clinic.lot_id, lot_b, visit_id, sessions)


def test_lots_are_held_from_the_commit_of_the_excursion(morning: Morning) -> None:
    """Before the deciding reading nothing is held; the very next read after it sees both lots."""
    morning.reads(OPENED, *WARM_FOR_HALF_AN_HOUR[:6])
    assert morning.held(OPENED + 29 * MINUTE) == set()

    at = morning.reads(OPENED + 30 * MINUTE, *WARM_FOR_HALF_AN_HOUR[6:])

    assert morning.held(at) == {morning.lot_a, morning.lot_b}


def test_scan_of_a_held_lot_is_refused_with_its_reason(morning: Morning) -> None:
    """The nurse is stopped, reads why, and the dose is not recorded."""
    at = morning.warms_up() + MINUTE

    with pytest.raises(RefusedAct) as stopped, morning.acts() as session, transaction(session):
        doses.give(
            session,
            visit_id=morning.visit_id,
            needle=build.needle(session, morning.clinic, at=at),
            actor=morning.clinic.nurse,
            now=at,
            language="en",
        )

    assert stopped.value.decision.reason is Stop.HELD_STILL_LASTS
    assert stopped.value.detail["lot"] == "L2026A"
    assert morning.stops(morning.lot_a, at) == [Stop.HELD_STILL_LASTS]
    assert morning.audited("dose:stop")[0].detail["reasons"] == [Stop.HELD_STILL_LASTS]


def test_released_lot_can_be_given_and_rejected_lot_never(morning: Morning) -> None:
    """After the fridge is cold again the pharmacist releases one lot and rejects the other."""
    at = morning.reads(morning.warms_up() + 5 * MINUTE, 4.9) + MINUTE
    assert morning.stops(morning.lot_a, at) == [Stop.HELD]

    morning.decides(morning.lot_a, Decision.RELEASE, at)
    morning.decides(morning.lot_b, Decision.REJECT, at)

    assert morning.stops(morning.lot_a, at) == []
    assert morning.stops(morning.lot_b, at) == [Stop.REJECTED]
    assert [row.subject for row in morning.audited("lot:release")] == [f"lot:{morning.lot_a}"]
    assert [row.subject for row in morning.audited("lot:reject")] == [f"lot:{morning.lot_b}"]


def test_lot_cannot_be_released_while_the_excursion_lasts(morning: Morning) -> None:
    """Nobody can judge a temperature that is still rising."""
    at = morning.warms_up() + MINUTE

    with pytest.raises(RefusedAct):
        morning.decides(morning.lot_a, Decision.RELEASE, at)

    assert morning.stops(morning.lot_a, at) == [Stop.HELD_STILL_LASTS]


def test_excursion_that_went_on_after_a_release_holds_the_lot_again(morning: Morning) -> None:
    """Readings stop while it lasts; what the device kept tells later that it stayed warm."""
    confirmed_at = morning.warms_up()
    back_at = morning.reads(confirmed_at + 60 * MINUTE, 5.0)
    morning.decides(morning.lot_a, Decision.RELEASE, back_at)
    assert morning.stops(morning.lot_a, back_at) == []

    kept = [10.0] * 11
    morning.reads(confirmed_at + 5 * MINUTE, *kept, received_at=back_at + 10 * MINUTE)

    at = back_at + 11 * MINUTE
    assert morning.stops(morning.lot_a, at) == [Stop.HELD]


def test_new_excursion_holds_a_released_lot_again(morning: Morning) -> None:
    """A release covers what was judged and no more."""
    at = morning.reads(morning.warms_up() + 5 * MINUTE, 4.9)
    morning.decides(morning.lot_a, Decision.RELEASE, at)

    at = morning.warms_up(at + 5 * MINUTE)

    assert morning.stops(morning.lot_a, at) == [Stop.HELD_STILL_LASTS]


def test_lot_that_was_moved_away_before_is_not_held(morning: Morning) -> None:
    """Lot B went to another fridge an hour before this one warmed up."""
    with Session(morning.engine) as session, transaction(session):
        other = places.a_fridge(session, site=morning.clinic.site, code="F2")
        stock_services.place_lot(
            session,
            lot_id=morning.lot_b,
            unit_id=other.id,
            actor=stock.BUILDER,
            now=OPENED - 60 * MINUTE,
        )

    at = morning.warms_up()

    assert morning.held(at) == {morning.lot_a}
    assert morning.stops(morning.lot_b, at) == []


def test_every_step_from_fridge_to_decision_is_in_the_audit(morning: Morning) -> None:
    """Told, stopped, answered, decided: four acts, four entries, each with who and when."""
    at = morning.reads(morning.warms_up() + 5 * MINUTE, 4.9)
    with morning.acts() as session:
        excursion = get_excursion(
            session,
            actor=morning.clinic.pharmacist,
            excursion_id=fridge.the_excursion(session).id,
            now=at,
        )
        assert excursion.alert_id is not None
        with transaction(session):
            coldchain.read_events(session, now=at)
        with transaction(session):
            coldchain.acknowledge(
                session,
                alert_id=excursion.alert_id,
                note="Door had stood open.",
                actor=morning.clinic.pharmacist,
                now=at + MINUTE,
            )
    morning.stops(morning.lot_a, at + 2 * MINUTE)
    morning.decides(morning.lot_a, Decision.RELEASE, at + 3 * MINUTE)

    with Session(morning.engine) as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.actor_id)
            .where(AuditEntry.at >= at)
            .order_by(AuditEntry.id)
        ).all()
    pharmacist, nurse = morning.clinic.pharmacist.id, morning.clinic.nurse.id
    assert [tuple(row) for row in rows] == [
        ("excursion:tell", "event-reader"),
        ("excursion:tell", "event-reader"),
        ("alert:acknowledge", pharmacist),
        ("alert:resolve", pharmacist),
        ("dose:stop", nurse),
        ("lot:release", pharmacist),
    ]
