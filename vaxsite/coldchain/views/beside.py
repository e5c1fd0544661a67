"""What a probe tells beside the temperature, in words: a short sentence, and lines with times."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from vaxsite.coldchain.reported import Beside, Reported
from vaxsite.core.decisions import N_
from vaxsite.web import ui
from vaxsite.web.components.content import Row
from vaxsite.web.filters import celsius, duration, local_datetime
from vaxsite.web.language import current_language, gettext

LABELS: Mapping[Beside, str] = {
    Beside.DOOR: N_("Door"),
    Beside.POWER: N_("Mains power"),
    Beside.COMPRESSOR: N_("Compressor"),
    Beside.AMBIENT: N_("Around the unit"),
    Beside.BATTERY: N_("Battery of the probe"),
}
# For 0 and 1.
STATES: Mapping[Beside, tuple[str, str]] = {
    Beside.DOOR: (N_("shut"), N_("open")),
    Beside.POWER: (N_("off"), N_("on")),
    Beside.COMPRESSOR: (N_("at rest"), N_("running")),
}


def sentences(reported: Iterable[Reported]) -> str:
    """Return it all in one breath, without times, for the text beside a chart."""
    named = [
        gettext("%(what)s %(value)s", what=gettext(LABELS[one.what]), value=_value(one))
        for one in reported
    ]
    return ("，" if current_language() == "zh" else ", ").join(named)


def lines(reported: Iterable[Reported], timezone: str, now: datetime) -> list[Row]:
    """Return one line for each thing: what, since when, and how old the word is."""
    return [ui.row(gettext(LABELS[one.what]), _line(one, timezone, now)) for one in reported]


def _line(one: Reported, timezone: str, now: datetime) -> str:
    parts = [_value(one)]
    if one.since is not None:
        text = N_("since %(time)s") if one.seen_change else N_("at least since %(time)s")
        parts.append(gettext(text, time=local_datetime(one.since, timezone)))
    parts.append(gettext("told %(time)s ago", time=duration(max(0, _age_s(one, now)))))
    return " · ".join(parts)


def _age_s(one: Reported, now: datetime) -> float:
    return (now - one.told_at).total_seconds()


def _value(one: Reported) -> str:
    if one.what in STATES:
        return gettext(STATES[one.what][one.value])
    return celsius(one.value) if one.what is Beside.AMBIENT else f"{one.value} %"
