"""How far a probe's certificate of calibration can be relied upon today. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from vaxsite.core.decisions import N_


class Validity(StrEnum):
    """Where a probe stands with its newest certificate, the worst first."""

    NONE = "none"
    EXPIRED = "expired"
    RUNS_OUT = "runs_out"
    GOOD = "good"


VALIDITIES: Mapping[Validity, str] = {
    Validity.NONE: N_("No certificate"),
    Validity.EXPIRED: N_("Certificate has run out"),
    Validity.RUNS_OUT: N_("Certificate runs out soon"),
    Validity.GOOD: N_("Calibrated"),
}


def validity(expires_on: date | None, today: date, *, soon: timedelta) -> Validity:
    """Return how good a certificate is that runs out on *expires_on*: not any more on that day.

    It runs out *soon* while that is still before it.
    """
    if expires_on is None:
        return Validity.NONE
    if expires_on <= today:
        return Validity.EXPIRED
    return Validity.RUNS_OUT if expires_on <= today + soon else Validity.GOOD
