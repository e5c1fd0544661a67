"""Time out of range and mean kinetic temperature in the words of a page."""

from collections.abc import Iterable

from sensors.domain.exposure import DELTA_H_KJ, GAS_CONSTANT_KJ, Exposure
from vaxsite.coldchain.queries.exposures import OVER_LABELS, Over, ProbeExposures
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.web import ui
from vaxsite.web.components.content import Row
from vaxsite.web.filters import celsius, duration, local_datetime
from vaxsite.web.language import gettext


def exposure_rows(exposure: Exposure, unit: UnitName) -> list[Row]:
    """Say how long the unit was outside during the window, and how warm it was on the whole.

    The heat of activation stands beside every mean kinetic temperature: it changes the number.
    """
    window = gettext(
        "%(since)s to %(until)s",
        since=local_datetime(exposure.since, unit.timezone),
        until=local_datetime(exposure.until, unit.timezone),
    )
    outside = gettext(
        "above %(high)s: %(above)s; below %(low)s: %(below)s; unknown: %(unknown)s",
        high=celsius(unit.band.high_centi),
        low=celsius(unit.band.low_centi),
        above=duration(exposure.above),
        below=duration(exposure.below),
        unknown=duration(exposure.unknown),
    )
    return [
        ui.row(gettext("Time looked at"), window),
        ui.row(gettext("Out of range in it"), outside),
        ui.row(gettext("Mean kinetic temperature"), _kinetic(exposure)),
    ]


def _kinetic(exposure: Exposure) -> str:
    if exposure.mean_kinetic is None:
        return gettext("Unknown: there are no readings.")
    said = gettext(
        "%(degrees)s °C (heat of activation %(delta)s kJ/mol), of known time only.",
        degrees=f"{exposure.mean_kinetic:.2f}",
        delta=DELTA_H_KJ,
    )
    if exposure.below:
        return " ".join((said, gettext("It hides the cold and excuses no freezing.")))
    return said


def exposure_table(
    probes: Iterable[ProbeExposures], unit: UnitName
) -> list[tuple[str, str, list[list[str]]]]:
    """Return for each probe its name, a sentence about the last 24 hours, and a row a window."""
    return [(_name(probe), _said(probe), _table(probe, unit)) for probe in probes]


def _name(probe: ProbeExposures) -> str:
    return f"{probe.device} / {probe.channel}" if probe.channel else probe.device


def _said(probe: ProbeExposures) -> str:
    day = probe.over[Over.HOURS_24]
    if day.mean_kinetic is None:
        return gettext("Nothing is known of the last 24 hours.")
    outside = duration(day.outside) if day.outside else gettext("at no time")
    return gettext(
        "In the last 24 hours: mean kinetic temperature %(degrees)s °C, out of range %(outside)s.",
        degrees=f"{day.mean_kinetic:.2f}",
        outside=outside,
    )


def _table(probe: ProbeExposures, unit: UnitName) -> list[list[str]]:
    return [
        [
            gettext(OVER_LABELS[over]),
            local_datetime(one.since, unit.timezone),
            "–" if one.mean_kinetic is None else f"{one.mean_kinetic:.2f} °C",
            *(duration(span) if span else "–" for span in (one.above, one.below, one.unknown)),
        ]
        for over, one in probe.over.items()
    ]


def kinetic_source() -> str:
    """Say by which numbers the mean kinetic temperature is worked out, and whose they are."""
    return gettext(
        "Worked out with a heat of activation of %(delta)s kJ/mol and a gas constant of %(gas)s"
        " J/(mol K) (USP <1160>), of known time only. USP <1079.2> asks for 24 hours of"
        " refrigerated goods. To be checked by a qualified person against the official text. It"
        " hides the cold and excuses no freezing.",
        delta=DELTA_H_KJ,
        gas=f"{GAS_CONSTANT_KJ * 1000:.4f}",
    )
