"""Which readings may go: never one that is not certain to be over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.build import places
from tests.build import stock as build
from vaxsite.coldchain import retention
from vaxsite.coldchain.queries import retained
from vaxsite.coldchain.retention import KeptReason, Retention, Stay

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MARCH = datetime(2020, 3, 1, tzinfo=UTC)
MAY = datetime(2020, 5, 1, tzinfo=UTC)
TODAY = date(2030, 6, 1)
OVER = date(2025, 5, 31)  # Five years after it ended yesterday.
NOT_OVER = date(2025, 6, 1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([], Retention(FIRST, KeptReason.NO_LOT_KNOWN)),
        ([Stay("A", OVER, MARCH, MAY)], Retention(FIRST, KeptReason.NO_LOT_KNOWN)),
        ([Stay("A", OVER, FIRST, MARCH)], Retention(MARCH, KeptReason.NO_LOT_KNOWN)),
        (
            [Stay("A", NOT_OVER, FIRST, MARCH)],
            Retention(FIRST, KeptReason.LOT_NEEDS_THEM, "A", TODAY),
        ),
        (
            [Stay("A", OVER, FIRST, MAY), Stay("B", NOT_OVER, MARCH, None)],
            Retention(MARCH, KeptReason.LOT_NEEDS_THEM, "B", TODAY),
        ),
        (
            [Stay("A", OVER, FIRST, MARCH), Stay("B", OVER, MARCH + DAY, None)],
            Retention(MARCH, KeptReason.NO_LOT_KNOWN),
        ),
        (
            [Stay("A", OVER, FIRST, None), Stay("B", OVER, FIRST + 9 * 365 * DAY, None)],
            Retention(datetime(2025, 6, 1, tzinfo=UTC), KeptReason.TOO_YOUNG),
        ),
        (
            [Stay("A", OVER, FIRST, None)],
            Retention(datetime(2025, 6, 1, tzinfo=UTC), KeptReason.TOO_YOUNG),
        ),
    ],
)
def test_readings_stay_from_the_first_stretch_that_is_not_over(
    stays: list[Stay], expected: Retention
) -> None:
    """No lot, none yet, none any more, a term that ends today, one that ended, a gap, too young."""
    assert retention.judge(stays, first=FIRST, today=TODAY) == expected


def test_term_of_a_leap_day_ends_a_day_later() -> None:
    """29 February 2024 and five years is 1 March 2029: never a day too early."""
    assert retention.kept_until(date(2024, 2, 29)) == date(2029, 3, 1)


def test_lots_that_stood_where_the_probe_hung_decide(session: Session) -> None:
    """What is shown: whole days may go, but for those of the excursion and the newest."""
    site = places.a_site(session)
    fridge = places.a_fridge(session, site=site)
    sensor = places.a_probe(session, unit=fridge)
    product_id = build.a_vaccine(session)
    build.a_lot(session, product_id=product_id, unit=fridge, expires_on=OVER, at=FIRST)
    places.readings(session, sensor=sensor, first_at=FIRST, centis=[500] * 240, every_s=3600)
    places.an_excursion(session, sensor=sensor, began_at=FIRST + 5 * DAY, ended_at=FIRST + 5 * DAY)
    now = datetime(2030, 6, 1, 4, 0, tzinfo=UTC)

    (found,) = retained.read_retained(session, now=now)

    assert found.retention.reason is KeptReason.TOO_YOUNG
    assert found.may_go == (10 - 5 - 1) * 24


def test_probe_without_any_lot_keeps_everything(session: Session) -> None:
    """An unknown content is kept for ever rather than forgotten."""
    fridge = places.a_fridge(session, site=places.a_site(session))
    sensor = places.a_probe(session, unit=fridge)
    places.readings(session, sensor=sensor, first_at=FIRST, centis=[500] * 10)

    (found,) = retained.read_retained(session, now=datetime(2040, 1, 1, tzinfo=UTC))

    assert found.may_go == 0
    assert found.retention == Retention(FIRST, KeptReason.NO_LOT_KNOWN)
