"""Lots are found, placed, held and decided about: on both databases."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import contents
from sensors.store.episodes import ExcursionRow
from sensors.store.places import Sensor, Site, StorageUnit
from tests.build import places, stock
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.stock import queries, rules, services
from vaxsite.stock.rules import Decision, StockReason

SIX, SEVEN, EIGHT, NINE = (datetime(2026, 1, 12, hour, tzinfo=UTC) for hour in (6, 7, 8, 9))
MINUTE = timedelta(minutes=1)


@dataclass
class Ward:
    """One site with a fridge and its probe, one lot inside, and a pharmacist."""

    site: Site
    fridge: StorageUnit
    probe: Sensor
    product_id: int
    lot_id: int
    pharmacist: Actor


@pytest.fixture
def ward(session: Session) -> Ward:
    """A fridge with one lot in it for three days."""
    site = places.a_site(session)
    fridge = places.a_fridge(session, site=site)
    product_id = stock.a_vaccine(session)
    lot_id = stock.a_lot(session, product_id=product_id, unit=fridge)
    probe = places.a_probe(session, unit=fridge)
    pharmacist = stock.staff_of(site.id, Role.PHARMACIST)
    return Ward(site, fridge, probe, product_id, lot_id, pharmacist)


def excursion(session: Session, ward: Ward, ended_at: datetime | None = EIGHT) -> ExcursionRow:
    """From seven to eight, unless it lasts."""
    return places.an_excursion(session, sensor=ward.probe, began_at=SEVEN, ended_at=ended_at)


def decide(
    session: Session, ward: Ward, row: ExcursionRow, decision: Decision, *, now: datetime = NINE
) -> None:
    """Let the ward's pharmacist decide."""
    services.dispose(
        session,
        excursion_id=row.id,
        lot_id=ward.lot_id,
        decision=decision,
        note="Maker's stability data read",
        actor=ward.pharmacist,
        now=now,
    )


def held(session: Session, ward: Ward, at: datetime = NINE) -> bool:
    """Tell whether the ward's lot is held."""
    return ward.lot_id in queries.held_lots(session, lot_ids=[ward.lot_id], at=at)


def test_lot_is_held_with_the_excursion_that_holds_it(session: Session, ward: Ward) -> None:
    """A hold names its excursion, unit, times and peak."""
    row = excursion(session, ward)

    (hold,) = queries.held_lots(session, at=NINE)[ward.lot_id]

    assert hold == queries.LotHold(row.id, ward.fridge.id, SEVEN, EIGHT, "cn-hot@1", "hot", 1090)


def test_lot_is_held_while_the_excursion_lasts(session: Session, ward: Ward) -> None:
    """An excursion without an end holds."""
    excursion(session, ward, ended_at=None)

    assert held(session, ward)


def test_withdrawn_excursion_holds_nothing(session: Session, ward: Ward) -> None:
    """What was never so is nobody's reason."""
    places.an_excursion(session, sensor=ward.probe, began_at=SEVEN, withdrawn_at=EIGHT)

    assert not held(session, ward)


@pytest.mark.parametrize(
    ("left_at", "expected"),
    [(SEVEN - MINUTE, False), (SEVEN, False), (SEVEN + MINUTE, True)],
    ids=["left a minute before", "left as it began", "left a minute after"],
)
def test_lot_that_left_is_held_only_if_it_met_the_excursion(
    session: Session, ward: Ward, left_at: datetime, expected: bool
) -> None:
    """Periods are half-open at both ends."""
    other = places.a_fridge(session, site=ward.site, code="F2")
    services.place_lot(
        session, lot_id=ward.lot_id, unit_id=other.id, actor=ward.pharmacist, now=left_at
    )
    excursion(session, ward)

    assert held(session, ward) is expected


@pytest.mark.parametrize(
    ("came_at", "expected"),
    [(EIGHT - MINUTE, True), (EIGHT, False), (EIGHT + MINUTE, False)],
    ids=["came a minute before the end", "came at the end", "came a minute after"],
)
def test_lot_that_came_is_held_only_if_it_met_the_excursion(
    session: Session, ward: Ward, came_at: datetime, expected: bool
) -> None:
    """A lot put into the fridge after the end was never warm there."""
    late = stock.a_lot(
        session, product_id=ward.product_id, unit=ward.fridge, number="L2026B", at=came_at
    )
    excursion(session, ward)

    assert (late in queries.held_lots(session, at=NINE)) is expected


def test_released_lot_is_free_until_the_excursion_reaches_further(
    session: Session, ward: Ward
) -> None:
    """Late readings that lengthen an excursion hold the lot again, and it is decided again."""
    row = excursion(session, ward)
    decide(session, ward, row, Decision.RELEASE)
    assert not held(session, ward)

    row.ended_at = EIGHT + MINUTE
    session.flush()

    assert held(session, ward)
    decide(session, ward, row, Decision.RELEASE, now=NINE + MINUTE)
    assert not held(session, ward)


def test_rejected_lot_stays_rejected_when_the_excursion_goes_on(
    session: Session, ward: Ward
) -> None:
    """Rejecting needs no end; nobody is asked a second time about a lot that is gone."""
    row = excursion(session, ward, ended_at=None)
    decide(session, ward, row, Decision.REJECT)
    row.ended_at = NINE + MINUTE
    session.flush()

    assert not held(session, ward)
    assert queries.rejected_lots(session)[ward.lot_id].note == "Maker's stability data read"
    with pytest.raises(RefusedAct) as refused:
        decide(session, ward, row, Decision.RELEASE, now=NINE + 2 * MINUTE)
    assert refused.value.decision.reason is StockReason.ALREADY_DECIDED


def test_lasting_excursion_cannot_be_released(session: Session, ward: Ward) -> None:
    """Nobody can judge a temperature that is still rising."""
    row = excursion(session, ward, ended_at=None)

    with pytest.raises(RefusedAct) as refused:
        decide(session, ward, row, Decision.RELEASE)

    assert refused.value.decision.reason is StockReason.STILL_LASTS
    assert refused.value.detail == {"lot": "L2026A"}
    assert held(session, ward)


def test_decision_is_audited_with_its_reach(session: Session, ward: Ward) -> None:
    """The audit names the act, the lot and the stretch, and not the note."""
    row = excursion(session, ward)

    decide(session, ward, row, Decision.RELEASE)

    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "lot:release")).one()
    assert entry.subject == f"lot:{ward.lot_id}"
    assert entry.detail == {"excursion": row.id, "covers_until": EIGHT.isoformat()}


def test_pharmacist_of_another_site_finds_no_excursion(session: Session, ward: Ward) -> None:
    """The answer is the same as for an excursion that does not exist."""
    row = excursion(session, ward)
    stranger = stock.staff_of(places.a_site(session, code="haidian").id, Role.PHARMACIST)

    with pytest.raises(NotFound):
        services.dispose(
            session,
            excursion_id=row.id,
            lot_id=ward.lot_id,
            decision=Decision.RELEASE,
            note="Not mine",
            actor=stranger,
            now=NINE,
        )


def test_nurse_decides_about_no_lot(session: Session, ward: Ward) -> None:
    """Only who may dispose of lots at the site does."""
    row = excursion(session, ward)
    ward.pharmacist = stock.staff_of(ward.site.id, Role.NURSE)

    with pytest.raises(NotFound):
        decide(session, ward, row, Decision.RELEASE)


def test_affected_lots_tell_what_was_decided(session: Session, ward: Ward) -> None:
    """One lot released, one still to be decided."""
    stock.a_lot(session, product_id=ward.product_id, unit=ward.fridge, number="L2026B")
    row = excursion(session, ward)
    decide(session, ward, row, Decision.RELEASE)

    first, second = queries.affected_lots(session, excursion_id=row.id, at=NINE)

    assert (first.lot.number, first.held, len(first.dispositions)) == ("L2026A", False, 1)
    assert (second.lot.number, second.held, second.dispositions) == ("L2026B", True, ())


def test_placing_a_lot_closes_the_former_placement(session: Session, ward: Ward) -> None:
    """A lot stands in one unit of a site at a time."""
    other = places.a_fridge(session, site=ward.site, code="F2")

    services.place_lot(
        session, lot_id=ward.lot_id, unit_id=other.id, actor=ward.pharmacist, now=SEVEN
    )

    assert queries.lots_in_unit(session, unit_id=ward.fridge.id, at=SEVEN) == []
    (placed,) = queries.lots_at_site(session, site_id=ward.site.id, at=SEVEN)
    assert (placed.unit_id, placed.placed_at, placed.vials) == (other.id, SEVEN, 50)


def test_alarms_are_told_which_lots_stand_in_a_unit(session: Session, ward: Ward) -> None:
    """A lot that was moved is named where it is, and no more where it was."""
    other = places.a_fridge(session, site=ward.site, code="F2")
    services.place_lot(
        session, lot_id=ward.lot_id, unit_id=other.id, actor=ward.pharmacist, now=NINE
    )
    lot = queries.get_lots(session, lot_ids=[ward.lot_id])[ward.lot_id]

    assert contents.inside(session, ward.fridge.id) == ()
    (line,) = contents.inside(session, other.id)
    assert line.endswith(f", {lot.number}")


def test_more_of_a_lot_must_agree_on_the_expiry(session: Session, ward: Ward) -> None:
    """Two expiry dates for one lot is a fault that a person must look at."""
    with pytest.raises(RefusedAct) as refused:
        stock.a_lot(
            session,
            product_id=ward.product_id,
            unit=ward.fridge,
            expires_on=date(2027, 1, 31),
            at=SEVEN,
        )

    assert refused.value.decision.reason is StockReason.EXPIRY_DIFFERS


def test_more_of_a_lot_is_counted_where_it_stands(session: Session, ward: Ward) -> None:
    """A second delivery adds vials to the lot in its unit."""
    stock.a_lot(session, product_id=ward.product_id, unit=ward.fridge, at=SEVEN)

    (placed,) = queries.lots_in_unit(session, unit_id=ward.fridge.id, at=SEVEN)
    assert placed.vials == 100


def found(session: Session, typed: str) -> queries.FoundLot | Refused:
    """What the stock says about a scan."""
    return queries.find_lot(session, scan=rules.parse_scan(typed))


@pytest.mark.parametrize(
    "typed",
    ["L2026A", f"(01){stock.GTIN}(17)261231(10)L2026A", "88888888888888888801"],
    ids=["lot number", "GS1", "traceability code"],
)
def test_lot_is_found_by_every_kind_of_code(session: Session, ward: Ward, typed: str) -> None:
    """A typed lot, a scanned package and a traceability code name the same lot."""
    code = "88888888888888888801"
    stock.a_lot(
        session, product_id=ward.product_id, unit=ward.fridge, trace_codes=(code,), at=SEVEN
    )

    lot = found(session, typed)

    assert isinstance(lot, queries.FoundLot)
    assert lot.lot.id == ward.lot_id
    assert (lot.vial_id is not None) is (typed == code)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("L2026Z", StockReason.UNKNOWN_LOT),
        ("L2026", StockReason.UNKNOWN_LOT),
        ("88888888888888888802", StockReason.UNKNOWN_CODE),
        ("(01)06970000000024(10)L2026A", StockReason.UNKNOWN_PRODUCT),
        (f"(01){stock.GTIN}(17)261130(10)L2026A", StockReason.EXPIRY_DIFFERS),
        (f"(01){stock.GTIN}", StockReason.UNREADABLE),
        ("??", StockReason.UNREADABLE),
    ],
)
def test_scan_that_names_no_lot_says_why(
    session: Session, ward: Ward, typed: str, reason: StockReason
) -> None:
    """The nearest lot is never taken instead."""
    answer = found(session, typed)

    assert isinstance(answer, Refused)
    assert answer.reason is reason


def test_lot_number_of_two_vaccines_asks_for_the_package(session: Session, ward: Ward) -> None:
    """A number alone that fits two products is not enough; with the product it is."""
    other = stock.a_vaccine(session, code="BIBP", gtin="06970000000024")
    stock.a_lot(session, product_id=other, unit=ward.fridge)

    answer = found(session, "L2026A")
    by_package = found(session, "(01)06970000000024(10)L2026A")

    assert isinstance(answer, Refused)
    assert answer.reason is StockReason.AMBIGUOUS_LOT
    assert isinstance(by_package, queries.FoundLot)
    assert by_package.lot.product.code == "BIBP"


@pytest.mark.parametrize("change", ["began earlier", "went further"])
def test_release_does_not_cover_what_late_readings_add(
    session: Session, ward: Ward, change: str
) -> None:
    """A logger empties its memory after the release: the excursion was worse than was judged."""
    row = excursion(session, ward)
    decide(session, ward, row, Decision.RELEASE)
    assert not held(session, ward)

    if change == "began earlier":
        row.began_at -= timedelta(hours=4)
    else:
        row.peak_centi += 600
    session.flush()

    assert held(session, ward)
    decide(session, ward, row, Decision.RELEASE)
    assert not held(session, ward)


def test_release_is_refused_where_the_worst_was_not_seen(session: Session, ward: Ward) -> None:
    """The page showed 9.1 degrees when it was opened; the excursion has gone further since."""
    row = excursion(session, ward)

    with pytest.raises(RefusedAct) as refused:
        services.dispose(
            session,
            excursion_id=row.id,
            lot_id=ward.lot_id,
            decision=Decision.RELEASE,
            note="Short and mild",
            seen_until=row.ended_at,
            seen_peak=row.peak_centi - 100,
            actor=ward.pharmacist,
            now=NINE,
        )

    assert refused.value.decision.reason is StockReason.MOVED_ON
