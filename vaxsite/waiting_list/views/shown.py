"""Words that several pages of the waiting list show, and the address of its links."""

from collections.abc import Iterable

from flask import current_app

from vaxsite.core.decisions import N_
from vaxsite.core.weekdays import WEEKDAYS
from vaxsite.waiting_list.rules.fits import Part
from vaxsite.waiting_list.rules.states import WAITING_ENTRIES, EntryState
from vaxsite.web.components.content import Colour
from vaxsite.web.language import current_language, gettext

PARTS = {
    Part.MORNING: N_("In the morning, until 12:00"),
    Part.AFTERNOON: N_("In the afternoon, from 12:00 to 17:00"),
    Part.EVENING: N_("In the evening, from 17:00"),
}
NOTICES = {
    15: N_("Within 15 minutes"),
    30: N_("Within 30 minutes"),
    60: N_("Within an hour"),
    120: N_("Within 2 hours"),
    1_440: N_("On the next day or later"),
}
COLOURS: dict[EntryState, Colour] = {
    EntryState.WAITING: "blue",
    EntryState.OFFERED: "orange",
    EntryState.BOOKED: "green",
    EntryState.PAUSED: "grey",
    EntryState.LEFT: "grey",
}


def weekdays(chosen: Iterable[int] = range(7)) -> dict[int, str]:
    """Return the days of the week by number, 0 is Monday."""
    return {day: gettext(WEEKDAYS[day]) for day in sorted(chosen)}


def parts(chosen: Iterable[Part] = tuple(Part)) -> dict[Part, str]:
    """Return the parts of the day."""
    return {part: gettext(PARTS[part]) for part in Part if part in set(chosen)}


def notices() -> dict[int, str]:
    """Return how soon somebody can come, by minutes."""
    return {minutes: gettext(text) for minutes, text in NOTICES.items()}


def state_label(state: EntryState) -> str:
    """Return the name of a state of an entry."""
    return WAITING_ENTRIES.labels[state][current_language() == "zh"]


def link_url() -> str:
    """Return the address under which the secret of an entry's link follows."""
    return f"{current_app.config['PUBLIC_URL']}/waiting"
