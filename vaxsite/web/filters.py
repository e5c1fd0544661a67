"""What templates show of times, temperatures and references, in the language of the request."""

from datetime import date, datetime, timedelta

from flask import Flask

from vaxsite.core import source_titles
from vaxsite.core.ids import show_reference
from vaxsite.web import catalogs
from vaxsite.web.language import current_language, gettext

MINUS = "\N{MINUS SIGN}"


def local_date(value: date, timezone: str | None = None) -> str:
    """Return a day in words; an instant needs the *timezone* of its site."""
    return catalogs.show_date(value, current_language(), timezone)


def local_time(value: datetime, timezone: str) -> str:
    """Return the time of day on the clock of the site."""
    return catalogs.show_time(value, current_language(), timezone)


def local_datetime(value: datetime, timezone: str) -> str:
    """Return day and time on the clock of the site."""
    return f"{local_date(value, timezone)} {local_time(value, timezone)}"


def month_name(value: date) -> str:
    """Return the month of a day in words."""
    return catalogs.show_month(value, current_language())


def weekday_date(value: date, timezone: str | None = None) -> str:
    """Return a day with the day of the week."""
    return catalogs.show_weekday(value, current_language(), timezone)


def weekday_datetime(value: datetime, timezone: str) -> str:
    """Return day of the week, day and time on the clock of the site."""
    return f"{weekday_date(value, timezone)} {local_time(value, timezone)}"


def celsius(centi: int) -> str:
    """Return integer centi-degrees as degrees with one decimal, halves away from zero."""
    tenths = (abs(centi) + 5) // 10
    sign = MINUS if centi < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10} °C"


def signed(centi: int) -> str:
    """Return a difference in centi-degrees as degrees with its sign and one decimal."""
    shown = celsius(centi)
    return shown if centi < 0 or shown.startswith("0.0") else f"+{shown}"


def duration(value: float | timedelta) -> str:
    """Return a length of time (seconds or timedelta) as `1 h 20 min`; under a minute as seconds."""
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < 60:
        return gettext("%(count)s s", count=seconds)
    minutes = seconds // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = (
        (days, gettext("%(count)s d", count=days)),
        (hours, gettext("%(count)s h", count=hours)),
        (rest, gettext("%(count)s min", count=rest)),
    )
    return " ".join(text for amount, text in parts if amount)


def source_title(source: str) -> str:
    """Return what a rule is taken from, in the language of the request."""
    return source_titles.in_chinese(source) if current_language() == "zh" else source


def source_cited(source: str) -> str:
    """Return the same for who compares it with the official text: the original stands beside."""
    return source_titles.cited_in_chinese(source) if current_language() == "zh" else source


def init_app(app: Flask) -> None:
    """Give the templates of *app* these filters."""
    app.jinja_env.filters.update(
        local_date=local_date,
        local_time=local_time,
        local_datetime=local_datetime,
        month_name=month_name,
        weekday_date=weekday_date,
        weekday_datetime=weekday_datetime,
        celsius=celsius,
        signed=signed,
        duration=duration,
        reference=show_reference,
        source_title=source_title,
        source_cited=source_cited,
    )
