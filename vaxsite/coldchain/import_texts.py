"""The words about files of USB loggers: why one is refused, and what there is to doubt."""

from collections.abc import Mapping
from enum import StrEnum

from sensors.payloads.files.contents import DateOrder, Doubt, Unreadable
from sensors.services.importing_plan import Refusal
from vaxsite.core.decisions import N_

REFUSALS: Mapping[StrEnum, str] = {
    Unreadable.EMPTY: N_("The file is empty."),
    Unreadable.TOO_LARGE: N_("The file is larger than 1.5 MB: no logger writes so much."),
    Unreadable.NOT_TEXT: N_("This is not a text file. Choose the .txt or .csv of the logger."),
    Unreadable.OTHER_FORMAT: N_(
        "This is not a file of a logger that can be read: Berlinger, LogTag or Elitech."
    ),
    Unreadable.NO_SERIAL: N_("The file names no serial number, so nobody knows whose it is."),
    Unreadable.NOTHING_IN_IT: N_("The file holds neither readings nor days."),
    Refusal.UNKNOWN_DEVICE: N_(
        "No probe has the serial number %(serial)s. It is offered under New devices now: choose "
        "its unit there, and say whether it was there in the time of the file. Then import again."
    ),
    Refusal.SEVERAL_PROBES: N_("The device %(serial)s has several probes; the file names none."),
    Refusal.NO_UNIT: N_("The logger %(serial)s hung in no unit in the time of this file."),
    Refusal.UNKNOWN_ZONE: N_("This is not the name of a time zone."),
    Refusal.FUTURE: N_(
        "The file ends at %(ended)s, which has not come yet. Choose the time zone to which the "
        "logger's clock was set; if it was set wrongly, its times cannot be used."
    ),
    Refusal.TOO_OLD: N_(
        "The file begins at %(began)s: the logger's clock had lost its time, so its times cannot "
        "be used."
    ),
    Refusal.DOUBTFUL: N_("Accept each doubt by name, or do not import the file: %(doubts)s."),
}
DOUBTS: Mapping[Doubt, str] = {
    Doubt.CUT_OFF: N_("The end of the file is missing."),
    Doubt.SIGNATURE_WRONG: N_("The file was changed after the logger signed it."),
    Doubt.ROWS_UNREADABLE: N_("Some rows cannot be read and are left out."),
    Doubt.INSTANT_TWICE: N_("Some times stand twice with other temperatures; the first counts."),
    Doubt.CLOCK_WENT_BACK: N_("The logger's clock was set back while it was logging."),
    Doubt.HOLES: N_("Readings are missing in between."),
    Doubt.ENCODING: N_("Some letters could not be read; numbers are not affected."),
    Doubt.DAY_ORDER: N_("Day and month could be the other way round; day first was taken."),
    Doubt.DEVICE_ERRORS: N_("The logger lists errors of its own."),
    Doubt.CLOCK_CHANGE: N_(
        "The clocks changed in this time; the file does not say whether its own did."
    ),
    Doubt.ZONE_ASSUMED: N_("The file names no time zone; that of the site was taken."),
    Doubt.ZONE_OTHER: N_(
        "The logger believes in another time zone than that of the site. Many are set to local "
        "time and do not know it."
    ),
    Doubt.DIFFERS: N_("We have other temperatures for some of these times; ours stay."),
    Doubt.OTHER_UNIT: N_("The logger hung in another unit than the one you expected."),
    Doubt.MOVED: N_("The logger was moved in this time; each reading counts where it hung."),
    Doubt.OTHER_PERIOD: N_("The file reaches outside the days that you expected."),
}
DATE_ORDERS: Mapping[DateOrder, str] = {
    DateOrder.DAY_FIRST: N_("Day first: 31/12/2026"),
    DateOrder.MONTH_FIRST: N_("Month first: 12/31/2026"),
    DateOrder.YEAR_FIRST: N_("Year first: 2026-12-31"),
}
