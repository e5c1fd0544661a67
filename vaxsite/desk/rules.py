"""What the booking desk may ask about people, and how often. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from vaxsite.core.decisions import N_

RULE = "booking desk"
# A call takes some minutes; who looks up more people than this is not answering calls.
SEARCHES_OF_STAFF = 60  # In 15 minutes.


def is_identity_number(typed: str) -> bool:
    """Tell whether *typed* is meant as an identity card number: no passport has so many digits."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()
    return re.fullmatch(r"[0-9]{14,19}X?", plain) is not None


class Reason(StrEnum):
    """Why a search finds nothing."""

    NOTHING_TYPED = "nothing_typed"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NOTHING_TYPED: N_(
        "Type the reference, or the number of the document, or name and birth date together."
    ),
    Reason.TOO_MANY: N_(
        "You looked up very many people in a short time. Wait 15 minutes. New bookings go on."
    ),
    Reason.UNKNOWN: N_(
        "We find nobody like this with an appointment at your clinics. "
        "With reference and birth date the person can open any appointment."
    ),
}
