"""States that nothing gets stuck in, and words for every reason."""

import pytest

from sensors.domain.states import StateMachine
from vaxsite.booking import rules
from vaxsite.booking.rules import Reason


@pytest.mark.parametrize("machine", [rules.HOLDS, rules.APPOINTMENTS])
def test_every_state_has_labels_and_an_owner_or_is_final(machine: StateMachine) -> None:
    """Somebody can always act on what is not finished."""
    assert set(machine.labels) == set(machine.states)
    assert set(machine.owners) == set(machine.states) - machine.final


def test_every_reason_has_a_sentence() -> None:
    """No refusal is a bare code."""
    assert set(rules.SENTENCES) == set(Reason)
