"""What stands in the log of a month: facts with codes and instants, no words and no names.

Each kind of fact has a key by which it is found again when the month is read another time. What
depends on when somebody looks must not stand here: a month that is over gives the same facts for
ever, unless somebody changes them. Temperatures are centi-degrees Celsius, instants are UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime

from vaxsite.logbook.months import Month


@dataclass(frozen=True)
class UnitFacts:
    """The unit of which the log tells, and the band in which it must stay."""

    site: str  # Code.
    code: str
    profile: str
    low_centi: int
    high_centi: int
    timezone: str

    @property
    def key(self) -> str:
        """There is one."""
        return self.code


@dataclass(frozen=True)
class Stay:
    """A probe in the unit during [from_at, to_at), cut to the month."""

    probe: str
    from_at: datetime
    to_at: datetime

    @property
    def key(self) -> str:
        """Which probe, since when."""
        return f"{self.probe} {self.from_at.isoformat()}"


@dataclass(frozen=True)
class ProbeDay:
    """What a probe in the unit read on one day, corrected; null where no temperature came."""

    day: date
    probe: str
    low_centi: int | None
    high_centi: int | None
    readings: int
    faults: int
    imported: int  # Of `readings`: those that came later, from a file.

    @property
    def key(self) -> str:
        """Which day of which probe."""
        return f"{self.day.isoformat()} {self.probe}"


@dataclass(frozen=True)
class CheckFact:
    """What a person read on the unit's own display, and the probe at that moment."""

    day: date
    part: str  # vaxsite.coldchain.daily_checks.PartOfDay
    at: datetime
    by: str
    shown_centi: int
    probe_centi: int | None
    note: str

    @property
    def key(self) -> str:
        """Which part of which day."""
        return f"{self.day.isoformat()} {self.part}"


@dataclass(frozen=True)
class ExcursionFact:
    """An excursion that touches the month, and how far people came with it."""

    excursion_id: int
    probe: str
    rule: str
    direction: str
    began_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    peak_centi: int
    follow_up: str  # vaxsite.coldchain.follow_up.FollowUpState
    cause: str | None
    action: str | None
    signed_by: str | None
    signed_at: datetime | None

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.excursion_id)


@dataclass(frozen=True)
class LotFact:
    """A lot that was in an excursion, and one decision about it; null while there is none."""

    excursion_id: int
    lot: str
    held: bool
    number: int  # Of the decision, from 1 on; 0 where there is none.
    decision: str | None
    by: str | None
    at: datetime | None
    note: str | None

    @property
    def key(self) -> str:
        """Which decision about which lot of which excursion."""
        return f"{self.excursion_id} {self.lot} {self.number}"


@dataclass(frozen=True)
class GapFact:
    """A time without a temperature that is longer than one reading may speak for."""

    probe: str
    from_at: datetime
    to_at: datetime

    @property
    def key(self) -> str:
        """Which probe, since when."""
        return f"{self.probe} {self.from_at.isoformat()}"


@dataclass(frozen=True)
class WorkFact:
    """Work on the unit during [from_at, to_at)."""

    window_id: int
    kind: str
    reason: str
    from_at: datetime
    to_at: datetime
    by: str

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.window_id)


@dataclass(frozen=True)
class NoteFact:
    """What somebody wrote about a day, after it."""

    note_id: int
    day: date
    at: datetime
    by: str
    note: str

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.note_id)


@dataclass(frozen=True)
class RulesFact:
    """By which set of rules the unit was judged from an instant on."""

    from_at: datetime
    rule_set: str

    @property
    def key(self) -> str:
        """Since when."""
        return self.from_at.isoformat()


@dataclass(frozen=True)
class CertificateFact:
    """A certificate by which readings of a probe were corrected in the month."""

    probe: str
    number: str
    laboratory: str
    calibrated_on: date
    expires_on: date
    offset_centi: int  # Of a certificate with points, that of the middle one.
    points: str  # `reading:reference` in centi-degrees, rising, with spaces between; or nothing.
    from_at: datetime

    @property
    def key(self) -> str:
        """Which certificate of which probe."""
        return f"{self.probe} {self.number} {self.from_at.isoformat()}"


@dataclass(frozen=True)
class MonthLog:
    """All that the log of one unit says of one month."""

    month: Month
    unit: UnitFacts
    probes: tuple[Stay, ...]
    certificates: tuple[CertificateFact, ...]
    rules: tuple[RulesFact, ...]
    checks: tuple[CheckFact, ...]
    temperatures: tuple[ProbeDay, ...]
    excursions: tuple[ExcursionFact, ...]
    lots: tuple[LotFact, ...]
    gaps: tuple[GapFact, ...]
    maintenance: tuple[WorkFact, ...]
    notes: tuple[NoteFact, ...]
