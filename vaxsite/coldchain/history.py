"""What a search of the past is asked for, and how a page of it goes on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sensors.domain.rules import Direction
from vaxsite.core.decisions import N_
from vaxsite.stock.rules import Decision


class Kind(StrEnum):
    """What can be found; in the order in which happenings of one instant are told."""

    EXCURSION = "excursion"
    ALERT = "alert"
    ANSWER = "answer"
    DISPOSITION = "disposition"
    FIRST_CHECKS = "first_checks"
    ACTION = "action"
    SIGNATURE = "signature"
    MAINTENANCE = "maintenance"
    CHECK = "check"
    NOTE = "note"


KIND_LABELS: Mapping[Kind, str] = {
    Kind.EXCURSION: N_("Excursion"),
    Kind.ALERT: N_("Alert"),
    Kind.ANSWER: N_("Answer to an alert"),
    Kind.DISPOSITION: N_("Decision about a lot"),
    Kind.FIRST_CHECKS: N_("First checks of an excursion"),
    Kind.ACTION: N_("Corrective action"),
    Kind.SIGNATURE: N_("Excursion signed off"),
    Kind.MAINTENANCE: N_("Maintenance"),
    Kind.CHECK: N_("Reading by a person"),
    Kind.NOTE: N_("Note"),
}
LARGEST = 2**63  # Keys of rows are smaller.
# What a row says of itself where its kind alone does not.
WORDS: Mapping[str, str] = {
    Direction.HOT: N_("Too warm"),
    Direction.COLD: N_("Too cold"),
    Decision.RELEASE: N_("Released"),
    Decision.REJECT: N_("Rejected"),
    "alert:acknowledge": N_("Acknowledged"),
    "alert:snooze": N_("Snoozed"),
    "alert:shelve": N_("Set aside"),
    "alert:return": N_("Open again"),
    "alert:resolve": N_("Resolved"),
    "alert:hand-over": N_("Handed over"),
}


@dataclass(frozen=True)
class Place:
    """Where a page of a search ended: what comes next is older, or later in order at `at`."""

    at: datetime
    kind: Kind
    key: int

    def __str__(self) -> str:
        """Return it as an address holds it."""
        return f"{round(self.at.timestamp() * 1_000_000)}-{self.kind}-{self.key}"


def read_place(text: str | None) -> Place | None:
    """Return the place that *text* of an address names; None where it names none."""
    parts = (text or "").split("-")
    try:
        micros, kind, key = parts
        at = datetime.fromtimestamp(int(micros) // 1_000_000, UTC)
        place = Place(at.replace(microsecond=int(micros) % 1_000_000), Kind(kind), int(key))
    except (ValueError, OverflowError, OSError):
        return None
    return place if 0 <= place.key < LARGEST else None


@dataclass(frozen=True)
class Search:
    """What is looked for; what is None is not asked."""

    since: datetime
    until: datetime
    unit_id: int | None = None
    kind: Kind | None = None
    lot: str | None = None
    by: str | None = None
