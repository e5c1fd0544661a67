"""Every state machine is complete, and the page about them is the one that they give."""

import re
from enum import StrEnum

import pytest

from sensors.domain.states import StateMachine
from tests.architecture import states

ACT = re.compile(r"[a-z]+(?:[:_-][a-z]+)*:[a-z]+(?:[_-][a-z]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

every_machine = pytest.mark.parametrize(
    "machine", states.machines(), ids=lambda machine: machine.name
)


def test_there_are_machines() -> None:
    """The tests below look at something."""
    assert len(states.machines()) >= 5


@every_machine
def test_every_state_has_an_owner_or_is_final(machine: StateMachine) -> None:
    """No record waits for nobody, and nobody is waited for at the end."""
    assert {state for state in machine.states if state in machine.owners} == {
        state for state in machine.states if state not in machine.final
    }


@every_machine
def test_every_state_is_named_in_both_languages(machine: StateMachine) -> None:
    """Every state has an English and a Chinese name."""
    unnamed = [
        state
        for state in machine.states
        if not all(machine.labels.get(state, ("", "")))
        or not CHINESE.search(machine.labels[state][1])
    ]

    assert unnamed == []


@every_machine
def test_every_move_is_an_act_of_the_audit(machine: StateMachine) -> None:
    """The name of a move is `resource:action`."""
    assert [move.audit for move in machine.moves if not ACT.fullmatch(move.audit)] == []


@every_machine
def test_every_state_can_be_reached(machine: StateMachine) -> None:
    """From the first state every other one can be reached."""
    reached: set[StrEnum] = {machine.initial}
    while further := {m.target for m in machine.moves if m.source in reached} - reached:
        reached |= further

    assert reached == set(machine.states)


def test_the_page_is_the_one_that_the_code_gives() -> None:
    """docs/states.md is up to date: run `python -m tests.architecture.states`."""
    assert states.PAGE.read_text(encoding="utf-8") == states.page()
