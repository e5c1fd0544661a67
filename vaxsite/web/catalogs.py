"""Translations, read at start straight from the `.po` files beside each feature; no Flask here.

Pages get them through `vaxsite.web.language`; messages and commands, which have no request, name
the language themselves.
"""

from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.support import NullTranslations, Translations

from vaxsite.core.decisions import Detail

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LOCALES: dict[Language, str] = {"en": "en_GB", "zh": "zh_Hans_CN"}
ROOT = Path(__file__).parent.parent


def po_files(language: str, root: Path = ROOT) -> list[Path]:
    """Return the catalogue of every feature in *language*, in a fixed order."""
    return sorted(root.glob(f"*/translations/{language}/LC_MESSAGES/messages.po"))


def read(path: Path) -> Catalog:
    """Read one catalogue."""
    with path.open("rb") as file:
        return pofile.read_po(file, locale="zh")


def merge(paths: list[Path]) -> Translations:
    """Join the catalogues at *paths*; of a text that stands in several the first counts.

    A test finds texts that two features translate differently.
    """
    whole = Catalog(locale="zh")
    for message in (message for path in paths for message in read(path)):
        if message.id and whole.get(message.id) is None:
            whole[message.id] = message
    compiled = BytesIO()
    mofile.write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


@cache
def translations(language: Language) -> NullTranslations:
    """Return what translates the English texts of the code into *language*."""
    return NullTranslations() if language == "en" else merge(po_files(language))


def translate(text: str, language: Language, **values: object) -> str:
    """Return *text* in *language*, its places filled with *values*."""
    sentence = translations(language).gettext(text)
    return sentence % values if values else sentence


def explain(sentence: str, detail: Detail, language: Language, timezone: str | None = None) -> str:
    """Return the *sentence* of a refusal in *language*, its places filled from *detail*.

    Instants are shown in *timezone*, else in the zone that *detail* names as `timezone`.
    """
    zone = timezone or str(detail.get("timezone", "UTC"))
    shown = {name: _show(value, language, zone) for name, value in detail.items()}
    text = translations(language).gettext(sentence)
    return text % shown if shown else text


def _show(value: str | int | date | datetime, language: Language, zone: str) -> str:
    if isinstance(value, datetime):
        return f"{show_date(value, language, zone)} {show_time(value, language, zone)}"
    if isinstance(value, date):
        return show_date(value, language)
    return translations(language).gettext(value) if isinstance(value, str) and value else str(value)


def show_date(value: date, language: Language, timezone: str | None = None) -> str:
    """Return a day as people write it; an instant needs the *timezone* of its place."""
    if isinstance(value, datetime):
        value = local(value, timezone).date()
    return dates.format_date(value, "long", locale=LOCALES[language])


def show_weekday(value: date, language: Language, timezone: str | None = None) -> str:
    """Return a day with the day of the week, as people name an appointment."""
    if isinstance(value, datetime):
        value = local(value, timezone).date()
    return dates.format_date(value, "full", locale=LOCALES[language])


def show_month(value: date, language: Language) -> str:
    """Return the month of a day as people write it: October 2026."""
    return dates.format_skeleton("yMMMM", value, locale=LOCALES[language])


def show_time(value: datetime, language: Language, timezone: str | None) -> str:
    """Return the time of day at a place, on the 24-hour clock."""
    return dates.format_time(local(value, timezone), "HH:mm", locale=LOCALES[language])


def local(value: datetime, timezone: str | None) -> datetime:
    """Return the instant on the clock of a place; raise `ValueError` without a *timezone*."""
    if timezone is None:
        raise ValueError("an instant is shown in the zone of its site: name the zone")
    return value.astimezone(ZoneInfo(timezone))
