"""held_lots says the same as a slow recomputation, minute by minute, of random histories."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from tests.build import places, stock
from vaxsite.stock import queries
from vaxsite.stock.models import Disposition, LotPlacement

START = datetime(2026, 1, 12, tzinfo=UTC)
LENGTH = 40  # Minutes in a history; small, so that edges meet often.
NOW = START + timedelta(minutes=LENGTH)


def minute(place: int | None) -> datetime | None:
    """The instant of a minute of the history."""
    return None if place is None else START + timedelta(minutes=place)


def spans(rng: random.Random, count: int) -> list[tuple[int, int | None]]:
    """Half-open periods of which some have no end."""
    found: list[tuple[int, int | None]] = []
    for _ in range(count):
        begin = rng.randrange(LENGTH)
        found.append((begin, None if rng.random() < 0.3 else begin + rng.randrange(1, 15)))
    return found


def write_history(session: Session, rng: random.Random) -> None:
    """Three lots in two fridges, five excursions, some decisions."""
    site = places.a_site(session, code=f"site-{rng.random()}")
    fridges = [places.a_fridge(session, site=site, code=code) for code in ("F1", "F2")]
    probes = [
        places.a_probe(session, unit=unit, device=f"probe-{rng.random()}") for unit in fridges
    ]
    product = stock.a_vaccine(session, code=f"V{rng.random()}", gtin=None)
    lots = [
        stock.a_lot(session, product_id=product, unit=fridges[0], number=number, at=START)
        for number in ("A", "B", "C")
    ]
    for first in session.scalars(select(LotPlacement).where(LotPlacement.lot_id.in_(lots))):
        first.removed_at = START + timedelta(minutes=rng.randrange(1, LENGTH))
    for begin, end in spans(rng, 5):
        session.add(
            LotPlacement(
                lot_id=rng.choice(lots),
                unit_id=rng.choice(fridges).id,
                placed_at=minute(begin),
                removed_at=minute(end),
                vials=1,
            )
        )
    for serial, (begin, end) in enumerate(spans(rng, 5)):
        row = places.an_excursion(
            session,
            sensor=rng.choice(probes),
            began_at=START + timedelta(minutes=begin, seconds=serial),
            ended_at=None if end is None else START + timedelta(minutes=end, seconds=serial),
            withdrawn_at=NOW if rng.random() < 0.2 else None,
        )
        decide_some(session, rng, row, lots)
    session.flush()


def decide_some(session: Session, rng: random.Random, row: ExcursionRow, lots: list[int]) -> None:
    """Release or reject some of the lots, up to the end or a little before it."""
    for lot_id in lots:
        if rng.random() < 0.5:
            reach = (row.ended_at or NOW) - timedelta(minutes=rng.choice((0, 0, 1)))
            session.add(
                Disposition(
                    excursion_id=row.id,
                    lot_id=lot_id,
                    decision=rng.choice(("release", "release", "reject")),
                    note="x",
                    decided_by="p",
                    decided_at=NOW,
                    covers_from=row.began_at + timedelta(minutes=rng.choice((0, 0, 1))),
                    covers_until=reach,
                    covers_peak_centi=row.peak_centi + rng.choice((0, 0, 100, -100)),
                )
            )


def slowly_held(session: Session) -> set[tuple[int, int]]:
    """Walk every second of the history and note which lot was where when it was warm there."""
    placements = list(session.scalars(select(LotPlacement)))
    decisions = list(session.scalars(select(Disposition)))
    held: set[tuple[int, int]] = set()
    for excursion in session.scalars(select(ExcursionRow)):
        if excursion.withdrawn_at is not None:
            continue
        for placement in placements:
            if placement.unit_id == excursion.unit_id and met(excursion, placement):
                held.add((placement.lot_id, excursion.id))
        for decision in decisions:
            if decision.excursion_id == excursion.id and settles(decision, excursion):
                held.discard((decision.lot_id, excursion.id))
    return held


def met(excursion: ExcursionRow, placement: LotPlacement) -> bool:
    """Was there a second in which the lot stood there and the excursion lasted?"""
    instant = START
    while instant < NOW + timedelta(minutes=20):
        warm = excursion.began_at <= instant and (
            excursion.ended_at is None or instant < excursion.ended_at
        )
        there = placement.placed_at <= instant and (
            placement.removed_at is None or instant < placement.removed_at
        )
        if warm and there:
            return True
        instant += timedelta(seconds=1)
    return False


def settles(decision: Disposition, excursion: ExcursionRow) -> bool:
    """A rejection settles; a release does when it knew the beginning, the end and the worst."""
    if decision.decision == "reject":
        return True
    hot = excursion.direction == "hot"
    further = excursion.peak_centi - decision.covers_peak_centi
    return (
        excursion.ended_at is not None
        and decision.covers_from <= excursion.began_at
        and decision.covers_until >= excursion.ended_at
        and (further <= 0 if hot else further >= 0)
    )


@pytest.mark.parametrize("seed", range(6))
def test_held_lots_equals_the_slow_recomputation(session: Session, seed: int) -> None:
    """Placements, excursions and decisions in any relation give the same holds."""
    rng = random.Random(seed)
    for _ in range(3):
        write_history(session, rng)

    fast = {
        (lot_id, hold.excursion_id)
        for lot_id, holds in queries.held_lots(session, at=NOW).items()
        for hold in holds
    }

    assert fast == slowly_held(session)
    assert fast
