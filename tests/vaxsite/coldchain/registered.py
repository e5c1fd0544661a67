"""A clinic with a probe in its first fridge, for the tests of the register's pages."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import ProbePlacement
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from vaxsite.core.audit import AuditEntry
from vaxsite.web.db import db

NOW = build.OPENED  # 09:00 in Shanghai.
MINUTE = timedelta(minutes=1)


@dataclass
class Register:
    """Two fridges of one clinic: a probe in the first, none in the second, and a spare one."""

    site_id: int
    first_id: int
    second_id: int
    probe_id: int
    spare_id: int


def a_register(app: Flask, clock: FrozenClock) -> Register:
    """Return them at nine in the morning; the probe has shown 7.8 °C for the last hour."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        second = places.a_fridge(store, site=clinic.site, code="F2")
        spare = places.a_probe(store, unit=second, device="spare-1")
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=NOW - 60 * MINUTE,
            centis=[780] * 12,
        )
        places.heard(store, sensor=clinic.probe, at=NOW - 5 * MINUTE, centi=780)
        hung = store.scalars(
            select(ProbePlacement).where(ProbePlacement.sensor_id == spare.id)
        ).one()
        spare.unit_id, hung.to_at = None, NOW - timedelta(days=2)
        store.commit()
        return Register(clinic.site.id, clinic.fridge.id, second.id, clinic.probe.id, spare.id)


def acts(app: Flask) -> list[str]:
    """Return what the audit says was done, in order."""
    with app.app_context():
        wanted = select(AuditEntry.action).where(AuditEntry.action.not_like("staff:%"))
        return list(db.session().scalars(wanted.order_by(AuditEntry.id)))
