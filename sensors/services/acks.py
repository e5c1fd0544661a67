"""Up to which count each native device may empty its buffer.

A device numbers its readings within a boot. It is told the highest count below which nothing is
missing here, so what a broker lost is still in its buffer. A hole that stays open for a while is
a reading that the device no longer has: it is passed over, and stays visible as a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.readings import ReadingRow

PATIENCE_S = 600.0
_MOST_WAITING = 10_000
_MOST_BOOTS = 5_000


class Stored(NamedTuple):
    """A count of a boot of a native device that stands in the database."""

    device: str
    sensor_id: int
    boot: str
    seq: int


class Reply(NamedTuple):
    """Everything of *boot* up to the count *stored_to* is stored."""

    device: str
    boot: str
    stored_to: int


@dataclass(slots=True)
class _Progress:
    stored_to: int
    beyond: set[int] = field(default_factory=set)
    stuck_since: float | None = None

    def add(self, seqs: Iterable[int], moment: float) -> None:
        before = self.stored_to
        self.beyond.update(seqs)
        self._move_on()
        if self.stored_to != before or not self.beyond:
            self.stuck_since = None
        if self.beyond:
            self.stuck_since = self.stuck_since or moment
            if moment - self.stuck_since > PATIENCE_S or len(self.beyond) > _MOST_WAITING:
                self.stored_to = min(self.beyond)
                self._move_on()
                self.stuck_since = None

    def _move_on(self) -> None:
        while self.stored_to + 1 in self.beyond:
            self.stored_to += 1
        self.beyond = {seq for seq in self.beyond if seq > self.stored_to}


class Acks:
    """What to answer to which device; moments are monotonic seconds."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, str], _Progress] = {}
        self._noted: dict[tuple[str, int, str], list[int]] = {}

    @property
    def is_due(self) -> bool:
        """Tell whether a device is to be answered."""
        return bool(self._noted)

    def note(self, stored: Iterable[Stored]) -> None:
        """Take in what has been committed, duplicates too: the device still waits for them."""
        for device, sensor_id, boot, seq in stored:
            self._noted.setdefault((device, sensor_id, boot), []).append(seq)

    def take_due(self, session: Session, *, moment: float) -> list[Reply]:
        """Return the answers that are due; reads the database once for each boot of a device."""
        if len(self._progress) > _MOST_BOOTS:
            self._progress.clear()  # Read again when they are heard again.
        replies: list[Reply] = []
        for (device, sensor_id, boot), seqs in self._noted.items():
            progress = self._progress.get((device, boot))
            if progress is None:
                progress = _read_progress(session, sensor_id, boot)
                self._progress[device, boot] = progress
            progress.add(seqs, moment)
            replies.append(Reply(device, boot, progress.stored_to))
        self._noted.clear()  # Only now: while the database is away they stay due.
        return replies


def _read_progress(session: Session, sensor_id: int, boot: str) -> _Progress:
    """Find where the counts of *boot* are complete; holes far below the newest are old news."""
    mine = (ReadingRow.sensor_id == sensor_id, ReadingRow.boot == boot)
    newest = session.scalar(select(func.max(ReadingRow.seq)).where(*mine))
    assert newest is not None, "called after the commit of a reading of this boot"
    seqs = session.scalars(
        select(ReadingRow.seq)
        .where(*mine, ReadingRow.seq > newest - _MOST_WAITING)
        .order_by(ReadingRow.seq)
    ).all()
    counts = [seq for seq in seqs if seq is not None]
    return _Progress(counts[0], set(counts[1:]))
