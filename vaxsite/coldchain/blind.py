"""What can be blind in the watch over the units, in words, with the next step."""

from collections.abc import Mapping
from enum import StrEnum

from sensors.domain.clocks import ClockFault
from vaxsite.core.decisions import N_


class BlindSpot(StrEnum):
    """What nobody watches, the worst first."""

    NO_PROBE = "no_probe"
    SILENT = "silent"
    FILE_OVERDUE = "file_overdue"
    NOBODY_TOLD = "nobody_told"
    UNPROVEN = "unproven"
    CERTIFICATE_EXPIRED = "certificate_expired"
    UNCALIBRATED = "uncalibrated"
    DOUBTFUL_CLOCK = "doubtful_clock"
    NO_LOTS = "no_lots"


class NextStep(StrEnum):
    """Where the next step is taken."""

    FILL_UNIT = "fill_unit"
    CERTIFY = "certify"


# Of the others the next step is no page: somebody goes and looks.
NEXT_STEPS: Mapping[BlindSpot, NextStep] = {
    BlindSpot.NO_PROBE: NextStep.FILL_UNIT,
    BlindSpot.CERTIFICATE_EXPIRED: NextStep.CERTIFY,
    BlindSpot.UNCALIBRATED: NextStep.CERTIFY,
}
# What is blind, and the next step.
BLIND_SPOTS: Mapping[BlindSpot, tuple[str, str]] = {
    BlindSpot.NO_PROBE: (
        N_("Units without a probe: nobody knows their temperature."),
        N_("Adopt a new device into the unit, or move a probe there."),
    ),
    BlindSpot.SILENT: (
        N_("Probes that are silent: nobody knows the temperature now."),
        N_("Read the thermometer of the unit. See whether the probe has power and network."),
    ),
    BlindSpot.FILE_OVERDUE: (
        N_("USB loggers whose file is overdue: nobody knows what happened since the last one."),
        N_("Read the logger out and import its file."),
    ),
    BlindSpot.NOBODY_TOLD: (
        N_("Sites where an alarm calls nobody."),
        N_("Ask the operator to enter who is told (vaxsite notice add)."),
    ),
    BlindSpot.UNPROVEN: (
        N_("Addresses that gave no receipt of the weekly test message: an alarm may not arrive."),
        N_("Ask the person whether it came. If not, correct the address or choose another way."),
    ),
    BlindSpot.CERTIFICATE_EXPIRED: (
        N_("Probes whose certificate of calibration has run out: their readings may be wrong."),
        N_("Have the probe calibrated and enter the new certificate."),
    ),
    BlindSpot.UNCALIBRATED: (
        N_("Probes without a certificate of calibration: nobody knows how far they are wrong."),
        N_("Enter the certificate that came with the probe, or have it calibrated."),
    ),
    BlindSpot.DOUBTFUL_CLOCK: (
        N_("Probes whose clock was wrong in the last 24 hours."),
        N_("Set the clock of the device. An impossible time is replaced by that of receipt."),
    ),
    BlindSpot.NO_LOTS: (
        N_("Units in which no lot is entered: an excursion there holds nothing."),
        N_("Enter which lots stand in the unit, if there are any."),
    ),
}

CLOCK_FAULTS: Mapping[ClockFault, str] = {
    ClockFault.SLOW: N_("clock is slow"),
    ClockFault.FAST: N_("clock is fast"),
    ClockFault.IMPOSSIBLE: N_("impossible times"),
}
