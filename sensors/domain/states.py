"""State machines as data: who owns a state, which moves exist, what each is called in the audit.

A machine is a table, never a chain of ifs; the store carries a move out in one guarded statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AlreadyMoved(Exception):
    """Somebody else was first: the record is no longer in the state you saw."""


@dataclass(frozen=True)
class Move:
    """One permitted change of state."""

    source: StrEnum
    target: StrEnum
    audit: str  # The name of the act in the audit, `resource:action`.


@dataclass(frozen=True)
class StateMachine:
    """The states of one kind of record, for the code, the diagram and the labels.

    `owners` names who must act next while a record is in a state; a final state has none.
    `labels` gives each state its name as (English, Chinese).
    """

    name: str
    initial: StrEnum
    owners: Mapping[StrEnum, str]
    moves: tuple[Move, ...]
    labels: Mapping[StrEnum, tuple[str, str]]

    @property
    def states(self) -> tuple[StrEnum, ...]:
        """Every state, in the order in which its enum lists them."""
        return tuple(type(self.initial))

    @property
    def final(self) -> frozenset[StrEnum]:
        """The states that no move leaves."""
        return frozenset(self.states) - {move.source for move in self.moves}

    def move(self, source: StrEnum, target: StrEnum) -> Move:
        """Return the move from *source* to *target*; raise `AlreadyMoved` where there is none."""
        for move in self.moves:
            if move.source == source and move.target == target:
                return move
        raise AlreadyMoved(f"{self.name}: no move from {source} to {target}")
