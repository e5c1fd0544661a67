"""Identifiers: time-ordered UUIDs for rows, short references for people."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

from vaxsite.core.typed import half_width

ROW_MAX = 2**31 - 1  # What a column of numbers holds on both databases.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No I, L, O, U or Z: a reference is read over the phone. Their number, 31, is prime for the check.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
REFERENCE_DATA = 9  # 44 random bits before the check character.
LOOK_ALIKES = str.maketrans(
    {"O": "0", "I": "1", "L": "1", "U": "V", "Z": "2", "-": None, " ": None}
)


def new_id(now: datetime) -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits."""
    milliseconds = int(now.timestamp() * 1000) & (1 << 48) - 1
    random_bits = int.from_bytes(secrets.token_bytes(10), "big")
    value = (milliseconds << 80) | random_bits
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return uuid.UUID(int=value)


def made_at(row_id: uuid.UUID) -> datetime:
    """Return the instant that `new_id` put into an id, to the millisecond, in UTC."""
    return EPOCH + timedelta(milliseconds=row_id.int >> 80)


def row_number(text: str) -> int:
    """Return the number of a row in *text*; raise `ValueError` for what no row has."""
    number = int(text)
    if not 0 < number <= ROW_MAX:
        raise ValueError(text)
    return number


def new_reference() -> str:
    """Return a fresh booking reference, stored form: nine random characters and a check one."""
    data = "".join(secrets.choice(ALPHABET) for _ in range(REFERENCE_DATA))
    return data + _check(data)


def parse_reference(typed: str) -> str | None:
    """Return the stored form of what a person typed, or None where the check does not fit."""
    reference = half_width(typed).strip().upper().translate(LOOK_ALIKES)
    if len(reference) != REFERENCE_DATA + 1 or set(reference) - set(ALPHABET):
        return None
    data, check = reference[:-1], reference[-1]
    return reference if _check(data) == check else None


def show_reference(reference: str) -> str:
    """Return the form that people read: three groups, as in 7K3-9QF2-M4T."""
    return f"{reference[:3]}-{reference[3:7]}-{reference[7:]}"


def _check(data: str) -> str:
    """Weighted sum modulo a prime: catches a wrong character and two swapped ones."""
    total = sum(place * ALPHABET.index(char) for place, char in enumerate(data, start=1))
    return ALPHABET[total % len(ALPHABET)]
