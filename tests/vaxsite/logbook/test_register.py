"""The register of calibration: every probe of a site, where it hung, what was certified of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from sensors.services import calibrating, placing
from sensors.services.calibrating import Certificate
from sensors.store.places import Site
from tests.build import places
from vaxsite.core import sites
from vaxsite.core.sites import SiteName
from vaxsite.logbook.queries import register
from vaxsite.logbook.queries.register import Standing

NOW = datetime(2026, 2, 1, 17, 0, tzinfo=UTC)  # One in the morning of 2 February in Shanghai.
TODAY = date(2026, 2, 2)


def certify(session: Session, sensor_id: int, expires_on: date, *, number: str = "C-1") -> int:
    return calibrating.add(
        session,
        sensor_id=sensor_id,
        certificate=Certificate(number, "计量院", date(2025, 1, 1), expires_on, -20),
        from_at=NOW - timedelta(days=100),
        actor_id="li",
        now=NOW - timedelta(days=99),
    )


def named(session: Session, site: Site) -> SiteName:
    session.flush()
    return sites.named(site)


@pytest.mark.parametrize(
    ("expires_on", "standing"),
    [
        (None, Standing.NONE),
        (TODAY - timedelta(days=1), Standing.EXPIRED),
        (TODAY, Standing.EXPIRED),
        (TODAY + timedelta(days=1), Standing.SOON),
        (TODAY + timedelta(days=30), Standing.SOON),
        (TODAY + timedelta(days=31), Standing.GOOD),
    ],
)
def test_standing_is_that_of_the_day_at_the_site(
    session: Session, expires_on: date | None, standing: Standing
) -> None:
    """A certificate is good until the day that it names, and people are reminded 30 days before."""
    site = places.a_site(session)
    probe = places.a_probe(session, unit=places.a_fridge(session, site=site))
    if expires_on:
        certify(session, probe.id, expires_on)

    (entry,) = register.read_register(session, site=named(session, site), now=NOW)

    assert entry.standing is standing


def test_register_tells_stays_and_withdrawn_certificates(session: Session) -> None:
    """A wrong certificate stays readable and counts for nothing."""
    site = places.a_site(session)
    first, second = (places.a_fridge(session, site=site, code=code) for code in ("F1", "F2"))
    probe = places.a_probe(session, unit=first)
    moved_at = NOW - timedelta(days=9)
    placing.place(session, sensor_id=probe.id, unit_id=second.id, at=moved_at, now=NOW)
    wrong = certify(session, probe.id, date(2030, 1, 1), number="WRONG")
    calibrating.withdraw(
        session, certificate_id=wrong, actor_id="li", reason="Another probe's", now=NOW
    )

    (entry,) = register.read_register(session, site=named(session, site), now=NOW)

    assert [(one.code, one.from_at, one.to_at) for one in entry.stays] == [
        ("F1", None, moved_at),
        ("F2", moved_at, None),
    ]
    assert [(one.number, one.withdrawn_because) for one in entry.certificates] == [
        ("WRONG", "Another probe's")
    ]
    assert (entry.standing, entry.here) == (Standing.NONE, True)


def test_register_has_probes_that_left_and_none_of_another_site(session: Session) -> None:
    """What hung here once is in the register for ever."""
    here, there = places.a_site(session), places.a_site(session, code="haidian")
    gone = places.a_probe(session, unit=places.a_fridge(session, site=here), device="gone")
    places.a_probe(session, unit=places.a_fridge(session, site=there), device="theirs")
    placing.place(session, sensor_id=gone.id, unit_id=None, at=NOW - timedelta(days=1), now=NOW)

    found = register.read_register(session, site=named(session, here), now=NOW)

    assert [(one.probe, one.here) for one in found] == [("gone", False)]
