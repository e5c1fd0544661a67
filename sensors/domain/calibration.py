"""What a probe's certificate corrects: raw readings stay as they came, corrected where read.

The correction is what a laboratory found: the reference's temperature less what the probe showed,
in centi-degrees. It applies from its instant on until the next certificate's, also after the
certificate has run out: the last thing that is known of a probe is better than nothing, and that
it is too old is said elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to a probe's readings from `from_at` on, in centi-degrees."""

    from_at: datetime
    offset_centi: int


def corrected(centi: int | None, at: datetime, corrections: Sequence[Correction]) -> int | None:
    """Return the temperature that a raw *centi* at *at* means; a fault stays a fault.

    *corrections* are in the order of time. Before the first nothing is known, nothing is added.
    """
    if centi is None:
        return None
    for correction in reversed(corrections):
        if correction.from_at <= at:
            return centi + correction.offset_centi
    return centi
