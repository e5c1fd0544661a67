"""Forms of pages, checked by the same marshmallow schemas that check the API.

A field left blank is a field not sent, so `required` and `load_default` mean the same on a page
and in JSON.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # Any: what was typed becomes whatever its field makes of it.

from flask import request
from marshmallow import Schema, ValidationError, fields
from marshmallow.fields import Field

from vaxsite.core.decisions import N_
from vaxsite.core.typed import seen
from vaxsite.web.language import current_language, gettext

DATE_PARTS = {"en": ("day", "month", "year"), "zh": ("year", "month", "day")}
FIRST_YEAR, LAST_YEAR = 1800, 2200  # Nobody who is treated was born, nothing is planned, outside.
# What marshmallow says by itself, in words for people. A schema can always say it better.
PLAIN = {
    "Missing data for required field.": N_("This must be filled in."),
    "Field may not be null.": N_("This must be filled in."),
    "Shorter than minimum length 1.": N_("This must be filled in."),
    "Not a valid integer.": N_("Enter a whole number."),
    "Not a valid number.": N_("Enter a number."),
    "Not a valid string.": N_("Enter text."),
    "Not a valid boolean.": N_("Choose yes or no."),
    "Not a valid date.": N_("Enter a real date."),
    "Not a valid time.": N_("Enter a time, such as 14:30."),
    "Not a valid UUID.": N_("Choose one of the answers shown."),
    "Not a valid email address.": N_("Enter an e-mail address, such as name@example.com."),
    "Invalid value.": N_("This cannot be used."),
    "Unknown field.": N_("Nothing of this name is asked for."),
    "Not a valid list.": N_("Give a list."),
    "Invalid input type.": N_("Give an object with names and values."),
    "Invalid type.": N_("Give an object with names and values."),
    "Number too large.": N_("Enter a whole number."),
}

LONGER = re.compile(r"Longer than maximum length (\d+)\.")
TOO_LONG = N_("This is too long. Type at most %(most)s characters.")


class DateParts(Field[date]):
    """A date typed into three boxes, `<name>-year`, `-month` and `-day`; ISO 8601 in JSON."""

    default_error_messages = {  # noqa: RUF012 - marshmallow reads it from the class
        "invalid": N_("Enter a real date, with day, month and year as numbers."),
        "incomplete": N_("The date must have a day, a month and a year."),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:  # noqa: ARG002 - marshmallow's signature; Any as there
        if isinstance(value, str):
            return self._read(value)
        parts = [value.get(part, "") for part in ("year", "month", "day")]
        if not all(parts):
            raise self.make_error("incomplete")
        try:
            return self._in_calendar(date(*(int(part) for part in parts)))
        except (ValueError, OverflowError) as err:
            raise self.make_error("invalid") from err

    def _in_calendar(self, read: date) -> date:
        """Keep away from both ends of the calendar, where no day before or after it exists."""
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise self.make_error("invalid")
        return read

    def _read(self, text: str) -> date:
        try:
            return self._in_calendar(date.fromisoformat(text))
        except ValueError as err:
            raise self.make_error("invalid") from err

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - the same
        return value.isoformat() if value else None


@dataclass
class Form:
    """A form as it was typed, what it means, and what is wrong with it.

    `raw` has every field of the schema: text, a list for several answers, or the three parts of
    a date. `values` is what the schema made of it and is complete only when `ok`.
    """

    raw: dict[str, Any]  # Any: text, list or date parts, by field.
    values: dict[str, Any] = field(default_factory=dict)  # Any: as the schema types them.
    errors: dict[str, str] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()
    sent: bool = False

    @property
    def ok(self) -> bool:
        """Tell whether the form was sent and nothing is wrong with it."""
        return self.sent and not self.errors

    def fail(self, name: str, sentence: str) -> None:
        """Add what is wrong with the field *name*, as the person will read it."""
        self.errors.setdefault(name, sentence)

    def error(self, name: str) -> str | None:
        """Return what is wrong with the field *name*, or None."""
        return self.errors.get(name)

    def anchors(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) for the error summary; a date leads to its first box."""
        first = DATE_PARTS[current_language()][0]
        return [
            (f"{name}-{first}" if name in self.dates else name, sentence)
            for name, sentence in self.errors.items()
        ]


def blank_form(schema: Schema, **initial: Any) -> Form:  # Any: as in `Form.raw`.
    """Return the form of *schema* before anybody typed, with *initial* in its fields."""
    raw = {_key(name, one): _blank(one) for name, one in schema.fields.items()}
    return Form(raw=raw | initial, dates=_dates(schema))


def date_parts(day: date | None) -> dict[str, str]:
    """Return *day* as the three boxes of a form hold it, empty where there is none."""
    return {name: f"{getattr(day, name)}" if day else "" for name in ("year", "month", "day")}


def read_form(schema: Schema) -> Form:
    """Check the form that was sent against *schema*."""
    raw = {_key(name, one): _typed(_key(name, one), one) for name, one in schema.fields.items()}
    form = Form(raw=raw, dates=_dates(schema), sent=True)
    try:
        form.values = schema.load({name: value for name, value in raw.items() if _filled(value)})
    except ValidationError as err:
        form.values = err.valid_data if isinstance(err.valid_data, dict) else {}
        found = err.messages if isinstance(err.messages, dict) else {}
        # In the order of the page; what concerns the whole form comes last.
        for name in [*(name for name in raw if name in found), *(found.keys() - raw.keys())]:
            form.fail(name, plain(first(found[name])))
    return form


def typed_fields(form: Form) -> dict[str, str]:
    """Return the fields as the form posts them, a date in its three parts, to carry them on."""
    typed: dict[str, str] = {}
    for name, value in form.raw.items():
        if isinstance(value, dict):
            typed |= {f"{name}-{part}": text for part, text in value.items()}
        else:
            typed[name] = str(value)
    return typed


def first(messages: Any) -> str:  # Any: marshmallow nests text, lists and dicts.
    """Return the first sentence among what marshmallow says about one field."""
    while not isinstance(messages, str):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return messages


def plain(message: str) -> str:
    """Return marshmallow's *message* as people read it, in the language of the request."""
    if longer := LONGER.fullmatch(message):
        return gettext(TOO_LONG, most=int(longer[1]))
    return gettext(PLAIN.get(message, message))


def _key(name: str, one: Field[Any]) -> str:
    return one.data_key or name


def _dates(schema: Schema) -> frozenset[str]:
    return frozenset(
        _key(name, one) for name, one in schema.fields.items() if isinstance(one, DateParts)
    )


def _blank(one: Field[Any]) -> Any:
    if isinstance(one, DateParts):
        return date_parts(None)
    return [] if isinstance(one, fields.List) else ""


def _typed(key: str, one: Field[Any]) -> Any:
    if isinstance(one, DateParts):
        return {
            part: seen(request.form.get(f"{key}-{part}", "")).strip()
            for part in ("year", "month", "day")
        }
    if isinstance(one, fields.List):
        return [value for value in request.form.getlist(key) if value]
    typed = request.form.get(key, "").replace("\0", "")  # Which PostgreSQL cannot store.
    # A password is taken as it was typed.
    return typed if one.metadata.get("verbatim") else seen(typed).strip()


def _filled(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else bool(value)
