"""When seats that were set aside for a group go on, and to whom. Pure: the steps are dated data."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from vaxsite.eligibility.rules import GroupSet, PhaseView


class To(StrEnum):
    """Who gets the seats."""

    NEXT = "next"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """At `hours_before` the start of a slot on the days [valid_from, valid_to) its seats go on."""

    name: str
    hours_before: int
    to: To
    valid_from: date
    valid_to: date | None = None
    source: str

    def due(self, starts_at: datetime, day: date, now: datetime) -> bool:
        """Tell whether the step has come for the slot that starts then, on the clinic's *day*."""
        holds = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return holds and starts_at - timedelta(hours=self.hours_before) <= now


def read_steps(text: str) -> tuple[Step, ...]:
    """Read `spill.toml`; raise `ValueError` or `TypeError` where it does not describe steps."""
    steps = [Step(**{**entry, "to": To(entry["to"])}) for entry in tomllib.loads(text)["step"]]
    if len({step.name for step in steps}) != len(steps):
        raise ValueError("two steps have one name")
    return tuple(sorted(steps, key=lambda step: -step.hours_before))


def due_step(
    steps: Iterable[Step], *, starts_at: datetime, day: date, now: datetime
) -> Step | None:
    """Return the last step that has come; those before it that nobody took are passed over."""
    found = [step for step in steps if step.due(starts_at, day, now)]
    return min(found, key=lambda step: step.hours_before, default=None)


def next_group(
    groups: GroupSet, phases: Sequence[PhaseView], *, current: str, day: date
) -> str | None:
    """Return the group after *current* that can come on *day*; None, everybody, after the last."""
    codes = [group.code for group in groups.groups]
    after = codes[codes.index(current) + 1 :] if current in codes else []
    for code in after:
        if any(phase.group_code == code and phase.open_on(day) for phase in phases):
            return code
    return None
