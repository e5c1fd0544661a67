"""Which days are offered: those of the next dose, and why there is none."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, an_earlier_dose, an_open_clinic, details_of
from vaxsite.booking import queries
from vaxsite.core.actor import RESIDENT
from vaxsite.core.decisions import Refused
from vaxsite.eligibility.rules import Attributes, Occupation
from vaxsite.record import queries as record
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents.services import find_or_add_person


@pytest.mark.parametrize(("ago", "free"), [(19, 0), (20, 10), (400, 10)])
def test_only_days_in_the_window_of_the_next_dose_are_offered(
    sessions: sessionmaker[Session], ago: int, free: int
) -> None:
    """Tomorrow is the 20th day after dose 1, or the 21st; the refusal names the first day."""
    with sessions() as session, transaction(session):
        open_clinic = an_open_clinic(session)
        who = details_of()
        person_id = find_or_add_person(session, details=who, actor=RESIDENT, now=NOW)
        today = date(2026, 1, 12)
        an_earlier_dose(
            session, person_id, today - timedelta(days=ago), site_id=open_clinic.site_id
        )
        (turn,) = queries.turns(
            session,
            who=Attributes(who.born_on, Occupation.OTHER, long_term_illness=False),
            now=NOW,
            product_id=open_clinic.product_id,
            history=record.history(session, person_id=person_id, at=NOW),
        )

    assert turn.free == free
    if not free:
        assert isinstance(turn.decision, Refused)
        assert turn.decision.reason is DoseReason.TOO_SOON
        assert turn.decision.detail["date"] == date(2026, 1, 14)


def test_somebody_too_young_for_the_vaccine_reads_it_before_a_seat_is_chosen(
    sessions: sessionmaker[Session],
) -> None:
    """The group may be open from another age; the schedule says from when this vaccine is given."""
    with sessions() as session, transaction(session):
        open_clinic = an_open_clinic(session)
        (turn,) = queries.turns(
            session,
            who=Attributes(date(2010, 1, 1), Occupation.HEALTH_CARE, long_term_illness=False),
            now=NOW,
            product_id=open_clinic.product_id,
        )

    assert isinstance(turn.decision, Refused)
    assert turn.days == ()
