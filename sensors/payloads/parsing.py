"""What every decoder needs: refuse what is not readable, never let a sentinel become a temperature.

Anything may arrive on a topic. Nothing here raises anything but `UndecodablePayload`.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI, UNREADABLE_TIME, Fault

NAME_AT_MOST = 128  # Characters of a device, a channel or a boot.
SEQ_BELOW = 2**63  # What a 64-bit column holds.
DS18B20_POWER_ON_CENTI = 8_500
_LARGEST = 10**300  # Beyond it a whole number is no float any more.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UndecodablePayload(Exception):
    """The payload cannot be read; `reason` says why, in words for the person who looks at it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def json_of(payload: bytes, max_bytes: int) -> Any:  # Any: JSON as it came.
    """Parse *payload* as JSON of at most *max_bytes* bytes of UTF-8."""
    if len(payload) > max_bytes:
        raise UndecodablePayload(f"{len(payload)} bytes are more than the {max_bytes} allowed")
    try:
        return json.loads(payload.decode())
    except UnicodeDecodeError as err:
        raise UndecodablePayload("not UTF-8 text") from err
    except RecursionError as err:
        raise UndecodablePayload("nested too deeply") from err
    except ValueError as err:  # Also a number of more digits than Python reads.
        raise UndecodablePayload(f"not JSON: {str(err)[:100]}") from err


def object_of(value: object, what: str) -> dict[str, Any]:  # Any: JSON as it came.
    """Return *value* where it is a JSON object; *what* names it in the refusal."""
    if isinstance(value, dict):
        return value
    raise UndecodablePayload(f"{what} is not an object")


def list_of(value: object, what: str) -> list[Any]:  # Any: JSON as it came.
    """Return *value* where it is a JSON list with something in it."""
    if isinstance(value, list) and value:
        return value
    raise UndecodablePayload(f"{what} is not a list with something in it")


def name_of(value: object, what: str) -> str:
    """Return *value* where it can name a device: printable text of a sane length."""
    if isinstance(value, str) and 0 < len(value) <= NAME_AT_MOST and value.isprintable():
        return value
    raise UndecodablePayload(f"{what} is not a name of 1 to {NAME_AT_MOST} printable characters")


def name_or_none(value: object) -> str | None:
    """Return *value* where it can be a name, else None: for what a reading can do without."""
    if isinstance(value, str) and 0 < len(value) <= NAME_AT_MOST and value.isprintable():
        return value
    return None


def centi_of(
    value: object,
    what: str,
    lowest: int = LOWEST_CENTI,
    highest: int = HIGHEST_CENTI,
) -> tuple[int | None, Fault | None]:
    """Return degrees Celsius as (centi-degrees, None), or (None, the fault of the probe).

    Null, NaN and whatever lies outside *lowest* to *highest* centi-degrees are faults; what is
    not a number at all is refused. Halves are rounded to even, at a hundredth of a degree.
    """
    if type(value) is float or type(value) is int:
        if lowest <= value * 100 <= highest:
            return round(value * 100), None
        # NaN alone differs from itself; math.isnan would raise on an integer of 400 digits.
        return None, Fault.NOT_A_NUMBER if value != value else Fault.OUT_OF_RANGE
    if value is None:
        return None, Fault.MISSING
    raise UndecodablePayload(f"{what} is neither a number nor null")


def ds18b20(centi: int | None, fault: Fault | None) -> tuple[int | None, Fault | None]:
    """Make a fault of the +85 degrees that a DS18B20 holds before its first measurement.

    Source: Maxim DS18B20 data sheet, table 1, "power-on reset value". No fridge is at exactly 85.
    """
    return (None, Fault.OUT_OF_RANGE) if centi == DS18B20_POWER_ON_CENTI else (centi, fault)


def celsius_of(value: object) -> object:
    """Return degrees Fahrenheit as degrees Celsius; what is no number is left as it is."""
    if type(value) is float or (type(value) is int and abs(value) < _LARGEST):
        return (value - 32) / 1.8
    return value


def centi_or_none(value: object) -> int | None:
    """Return degrees Celsius as centi-degrees where they are plausible, else None."""
    if (type(value) is float or type(value) is int) and (
        LOWEST_CENTI <= value * 100 <= HIGHEST_CENTI
    ):
        return round(value * 100)
    return None


def percent_or_none(value: object) -> int | None:
    """Return *value* rounded to whole per cent where it lies within 0 to 100, else None."""
    if (type(value) is float or type(value) is int) and 0 <= value <= 100:
        return round(value)
    return None


def flag_or_none(value: object) -> bool | None:
    """Return *value* where it is true or false, else None."""
    return value if isinstance(value, bool) else None


def seq_or_none(value: object) -> int | None:
    """Return *value* where it can be a count of readings, else None."""
    return value if type(value) is int and 0 <= value < SEQ_BELOW else None


def iso_instant(value: object) -> datetime | None:
    """Read an ISO 8601 time with its offset; null is None, what is not readable is doubtful.

    A time without an offset is doubtful too: nobody knows which instant it means.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return UNREADABLE_TIME
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
        return UNREADABLE_TIME if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return UNREADABLE_TIME


def epoch_instant(seconds: float) -> datetime:
    """Read seconds since 1970; what no calendar can hold is doubtful."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return UNREADABLE_TIME
