"""When somebody who was not reached is tried again, and when it ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.booking import NOW
from vaxsite.calls.rules import NEXT_TRY, CallResult, CallState, after, show_phone


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (CallResult.REACHED, CallState.REACHED),
        (CallResult.WRONG_NUMBER, CallState.NOT_REACHED),
        (CallResult.ASKS_TO_CANCEL, CallState.WANTS_TO_CANCEL),
    ],
)
def test_a_call_that_came_to_something_is_not_tried_again(
    result: CallResult, state: CallState
) -> None:
    """Whoever was reached, or cannot be at that number, is not rung up again."""
    assert after(result, tries=1, now=NOW) == (state, None)


@given(st.integers(1, 20))
def test_no_answer_comes_back_a_bounded_number_of_times(tries: int) -> None:
    """Without an answer the next try lies in the future, and after the fifth there is none."""
    state, again_at = after(CallResult.NO_ANSWER, tries=tries, now=NOW)

    assert (state is CallState.OPEN) == (tries <= len(NEXT_TRY))
    assert (again_at is None) == (state is not CallState.OPEN)
    assert again_at is None or again_at >= NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [("+8613912345678", "+86 139 1234 5678"), ("+8651082700000", "+8651082700000"), ("", "")],
)
def test_a_mobile_number_is_read_in_groups(stored: str, shown: str) -> None:
    """As it is dialled from paper; what is not a Chinese mobile stays as it is."""
    assert show_phone(stored) == shown
