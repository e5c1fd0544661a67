"""Up to which count each native device may empty its buffer.

A device numbers its readings within a boot. It is told the highest count below which nothing is
missing here, so what a broker lost is still in its buffer. A hole that stays open for a while is
a reading that the device no longer has: it is passed over, and stays visible as a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.readings import ReadingRow

PATIENCE_S = 600.0
_MOST_WAITING = 10_000


@dataclass(slots=True)
class _Progress:
    stored_to: int
    beyond: set[int] = field(default_factory=set)
    stuck_since: float | None = None

    def add(self, seq: int, moment: float) -> None:
        if seq > self.stored_to:
            self.beyond.add(seq)
        while self.stored_to + 1 in self.beyond:
            self.stored_to += 1
            self.beyond.discard(self.stored_to)
            self.stuck_since = None
        if not self.beyond:
            self.stuck_since = None
        elif self.stuck_since is None:
            self.stuck_since = moment
        elif moment - self.stuck_since > PATIENCE_S or len(self.beyond) > _MOST_WAITING:
            self._pass_over_hole()

    def _pass_over_hole(self) -> None:
        self.stored_to = min(self.beyond)
        while self.stored_to in self.beyond:
            self.beyond.discard(self.stored_to)
            self.stored_to += 1
        self.stored_to -= 1
        self.stuck_since = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A count of a boot of a native device that stands in the database."""

    device: str
    sensor_id: int
    boot: str
    seq: int


class Acks:
    """What to answer to which device; `moment` is a monotonic time in seconds."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, str], _Progress] = {}
        self._due: dict[str, str] = {}

    def note(self, session: Session, stored: Iterable[Stored], *, moment: float) -> None:
        """Take in what has been committed; reads the database once for each boot of a device."""
        for item in stored:
            key = (item.device, item.boot)
            progress = self._progress.get(key)
            if progress is None:
                progress = _read_progress(session, item.sensor_id, item.boot)
                self._forget_older_boots(item.device)
                self._progress[key] = progress
            progress.add(item.seq, moment)
            self._due[item.device] = item.boot

    def take_due(self) -> list[tuple[str, str, int]]:
        """Return (device, boot, stored up to) of every device that is to be answered."""
        due, self._due = self._due, {}
        return [
            (device, boot, self._progress[device, boot].stored_to) for device, boot in due.items()
        ]

    def _forget_older_boots(self, device: str) -> None:
        for key in [key for key in self._progress if key[0] == device]:
            del self._progress[key]
            self._due.pop(device, None)


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
    progress = _Progress(counts[0])
    progress.beyond.update(counts[1:])
    return progress
