"""Fridges of one journey alone, with lots in them, that were warm for a while."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.services import known
from sensors.services.ingest import ingest_batch
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow
from sensors.store.transaction import transaction
from tests.journeys.stack import Stack
from vaxsite.core import places
from vaxsite.core.actor import system
from vaxsite.stock import services as stock
from vaxsite.stock.models import Product

SITE = "xinwu"
OPERATOR = system("journey")
EVERY = timedelta(minutes=5)
WARM_AND_WELL_AGAIN = [4.5] * 3 + [9.4] * 10 + [4.8] * 5


@dataclass(frozen=True)
class WarmFridge:
    """What became of it: the alert, the excursion, and the lots that wait for a decision."""

    alert_id: int
    excursion_id: int
    good: str
    bad: str


def a_warm_fridge(stack: Stack, code: str) -> WarmFridge:
    """Add a fridge with two lots to the running demonstration and take in an excursion of it.

    Services and ingest are those of the processes that run beside; the broker is left out, because
    the subscriber learns of new probes only now and then.
    """
    now = datetime.now(UTC)
    device, good, bad = f"journey-{code}".lower(), f"{code}GOOD", f"{code}BAD"
    with stack.reading() as session, transaction(session):
        unit_id = _a_fridge(session, code, device, now)
        _lots(session, unit_id, (good, bad), now)
        message = _recording(device, now)
        ingested = ingest_batch(session, [message], known=known.load(session), now=now)
        assert ingested.set_aside == 0
        alert = session.scalars(select(AlertRow).where(AlertRow.unit_id == unit_id)).one()
        assert alert.excursion_id is not None
        return WarmFridge(alert.id, alert.excursion_id, good, bad)


def _a_fridge(session: Session, code: str, device: str, now: datetime) -> int:
    unit_id = places.add_unit(
        session,
        site=SITE,
        code=code,
        name_en=f"Fridge {code}",
        name_zh=f"冰箱{code}",
        profile=Profile.FRIDGE,
        rule_set="cn-clinic",
        actor=OPERATOR,
        now=now,
    )
    places.add_sensor(
        session,
        device=device,
        channel="",
        site=SITE,
        unit=code,
        expected_every_s=600,
        actor=OPERATOR,
        now=now,
    )
    return unit_id


def _lots(session: Session, unit_id: int, numbers: Sequence[str], now: datetime) -> None:
    product_id = session.scalars(select(Product.id).where(Product.code == "ppv23")).one()
    for number in numbers:
        stock.receive_lot(
            session,
            product_id=product_id,
            number=number,
            expires_on=now.date() + timedelta(days=200),
            unit_id=unit_id,
            vials=10,
            actor=OPERATOR,
            now=now - timedelta(days=1),
        )


def _recording(device: str, now: datetime) -> Message:
    """Return the readings of the last hour and a half as one message of a native device."""
    first_at = now - (len(WARM_AND_WELL_AGAIN) - 1) * EVERY
    readings = [
        {"at": (first_at + place * EVERY).isoformat(), "c": celsius}
        for place, celsius in enumerate(WARM_AND_WELL_AGAIN)
    ]
    return Message(f"vaxsite/{device}/reading", json.dumps(readings).encode(), now)
