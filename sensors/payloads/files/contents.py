"""What the file of a USB logger says: the device's own words, its own clock, and what to doubt.

Times are as the logger's clock showed them, without a zone. `offset` is what the file says of its
zone, or None where it says nothing. Placing them in time is the importer's work, because only a
person can say how the logger's clock was set.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sensors.domain.readings import Fault
from sensors.domain.rules import Direction, RuleKind


class Unreadable(StrEnum):
    """Why a file is refused as a whole."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    OTHER_FORMAT = "other_format"
    NO_SERIAL = "no_serial"
    NOTHING_IN_IT = "nothing_in_it"


class UnreadableFile(Exception):
    """The file cannot be read; `reason` says why."""

    def __init__(self, reason: Unreadable) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Doubt(StrEnum):
    """What is not as it should be in a file that can be read."""

    CUT_OFF = "cut_off"  # The end is missing: no signature where this make writes one.
    ROWS_UNREADABLE = "rows_unreadable"
    INSTANT_TWICE = "instant_twice"  # Two rows of one time with different temperatures.
    CLOCK_WENT_BACK = "clock_went_back"  # Times step back: the clock was set while it logged.
    HOLES = "holes"  # Steps of more than two intervals.
    ENCODING = "encoding"  # Neither UTF-8 nor UTF-16 nor GB 18030.
    DAY_ORDER = "day_order"  # 03/04 may be March or April; day first was assumed.
    DEVICE_ERRORS = "device_errors"  # The device lists errors of its own.
    # Found by who imports the file:
    SIGNATURE_WRONG = "signature_wrong"  # The file was changed after its device signed it.
    # Found when the file is placed in time and beside what is stored:
    CLOCK_CHANGE = "clock_change"  # Local times across a change of the zone's clock.
    ZONE_ASSUMED = "zone_assumed"  # The file names no zone; that of the site was taken.
    ZONE_OTHER = "zone_other"  # The file's zone is not that of the site.
    DIFFERS = "differs"  # Stored readings of the same instants have other temperatures.
    OTHER_UNIT = "other_unit"  # The logger hangs in another unit than the one chosen.
    MOVED = "moved"  # The logger hung in several units in its time.
    OTHER_PERIOD = "other_period"  # The file reaches outside the days chosen.


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt, and how many rows, holes or errors it is about."""

    doubt: Doubt
    count: int = 1


class DateOrder(StrEnum):
    """In which order a date of three numbers stands."""

    YEAR_FIRST = "ymd"
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


@dataclass(frozen=True, slots=True)
class LoggedReading:
    """One row: the logger's own time without a zone, and centi-degrees or a fault."""

    at: datetime
    centi: int | None
    fault: Fault | None = None
    humidity_pct: int | None = None


@dataclass(frozen=True, slots=True)
class DaySummary:
    """One day of the logger's own calendar as the device itself summed it up.

    Temperatures are centi-degrees, times beyond the device's alarm limits are minutes.
    """

    on: date
    low_centi: int
    high_centi: int
    mean_centi: int | None
    cold_minutes: int
    hot_minutes: int
    cold_alarm: bool
    hot_alarm: bool
    fault_minutes: int


@dataclass(frozen=True, slots=True)
class AlarmSetting:
    """An alarm that the device was set to; `kind` is None where the file does not say it."""

    direction: Direction
    threshold_centi: int
    minutes: int | None
    kind: RuleKind | None = None


@dataclass(frozen=True, slots=True)
class LoggerFile:
    """A file as it was understood. `resolution_s` is the step in which its times are written."""

    kind: str
    model: str
    serial: str
    offset: timedelta | None
    began: datetime
    ended: datetime
    interval_s: int | None
    resolution_s: int
    readings: tuple[LoggedReading, ...]
    days: tuple[DaySummary, ...]
    alarms: tuple[AlarmSetting, ...]
    signed: bool
    doubts: tuple[Doubted, ...]

    def doubted(self, doubt: Doubt) -> bool:
        """Tell whether *doubt* is among the doubts."""
        return any(one.doubt is doubt for one in self.doubts)
