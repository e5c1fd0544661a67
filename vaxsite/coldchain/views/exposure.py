"""Time out of range and mean kinetic temperature in the words of a page."""

from sensors.domain.exposure import DELTA_H_KJ, Exposure
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
