"""One's own entry: found by its number and a birth date, and by nothing less."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import an_open_clinic
from tests.build.draws import DURING
from vaxsite.core.errors import RefusedAct
from vaxsite.draws.rules.states import Reason
from vaxsite.draws.services import entering


@pytest.fixture
def draw_id(sessions: sessionmaker[Session]) -> int:
    with sessions() as session, transaction(session):
        return build.an_announced_draw(session, an_open_clinic(session))


def test_an_entry_is_found_by_number_and_a_birth_date_of_it(
    sessions: sessionmaker[Session], draw_id: int
) -> None:
    """The number alone tells nothing, and guessing birth dates ends after five tries."""
    with sessions() as session, transaction(session):
        entry_id = build.an_entry(session, draw_id, [1])
        number = build.number_of(session, entry_id)
    born = build.a_member(1).born_on

    def look_up(day: date) -> UUID | None:
        with sessions() as session, transaction(session):
            return entering.look_up(
                session,
                typed=number,
                born_on=day,
                network="192.0.2.1",
                now=DURING,
            )

    assert look_up(born) == entry_id
    assert [look_up(born + timedelta(days=n)) for n in range(1, 6)] == [None] * 5
    with pytest.raises(RefusedAct) as caught:
        look_up(born)
    assert caught.value.decision.reason is Reason.TOO_MANY_TRIES
