"""Whoever answered for the first unit of an outage is not called again for the second."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.build.messages import a_reading, take_in
from tests.sensors.services import test_calling as calls_of

clinic = calls_of.clinic


@pytest.mark.parametrize(
    ("dark", "calls"),
    [
        (3, [(0.5, "li@sms", "first")]),
        (2, [(0.5, "li@sms", "first"), (5, "wang@sms", "escalation")]),
    ],
    ids=["the whole site", "two of three"],
)
def test_quick_answer_at_the_first_dark_fridge_is_not_called_over_at_the_second(
    sessions: sessionmaker[Session],
    clinic: calls_of.Clinic,
    dark: int,
    calls: list[tuple[float, str, str]],
) -> None:
    """One power cut shows within minutes at one fridge after the other: Li has it in hand."""
    lit = [a_reading(minute=-1, device=f"probe-{number}", power=True) for number in range(3)]
    take_in(sessions, lit)
    for number in range(dark):
        cut = [a_reading(minute=number, device=f"probe-{number}", power=False)]
        take_in(sessions, cut)
        calls_of.open_one(sessions, clinic, number, kind="power", minute=number)
        calls_of.run_until(sessions, number + 1, since=number)
        if number == 0:
            calls_of.answer_all(sessions, 1)
    calls_of.run_until(sessions, 10, since=dark)

    assert calls_of.told(sessions) == calls
