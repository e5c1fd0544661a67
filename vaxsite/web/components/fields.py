"""Fields into which people type."""

from collections.abc import Mapping

from markupsafe import Markup

from vaxsite.web.components.engine import fault, render, without_none, words
from vaxsite.web.forms import DATE_PARTS
from vaxsite.web.language import current_language, gettext


def text_input(
    name: str,
    label: str,
    value: object = "",
    *,
    hint: str | None = None,
    error: str | None = None,
    type: str = "text",  # noqa: A002 - the name that HTML gives it
    autocomplete: str | None = None,
    inputmode: str | None = None,
    width: int | None = None,
    autofocus: bool = False,
) -> Markup:
    """Return a one-line field; *width* is in characters (2, 3, 4, 5, 10, 20 or 30)."""
    return render(
        "input",
        "input",
        id=name,
        name=name,
        label=words(label) | {"size": "s"},
        value=str(value) if value not in {None, ""} else None,
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
        type=type,
        autocomplete=autocomplete,
        inputmode=inputmode,
        width=width,
        spellcheck=False if type == "text" and autocomplete else None,
        attributes={"autofocus": True} if autofocus else None,
    )


def textarea(
    name: str,
    label: str,
    value: str = "",
    *,
    hint: str | None = None,
    error: str | None = None,
    rows: int = 4,
) -> Markup:
    """Return a field for several lines."""
    return render(
        "textarea",
        "textarea",
        id=name,
        name=name,
        label=words(label) | {"size": "s"},
        value=value or None,
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
        rows=rows,
    )


def date_input(
    name: str,
    legend: str,
    value: Mapping[str, str] | None = None,
    *,
    hint: str | None = None,
    error: str | None = None,
    autocomplete: str | None = None,
) -> Markup:
    """Return three boxes posting `<name>-year`, `-month`, `-day`, in the order of the language.

    *value* is the raw value of a `DateParts` field. *autocomplete* `bday` marks a birthday.
    """
    labels = {"day": gettext("Day"), "month": gettext("Month"), "year": gettext("Year")}
    typed = value or {}
    items = [
        without_none(
            {
                "name": f"{name}-{part}",
                "id": f"{name}-{part}",
                "label": {"text": labels[part]},
                "value": typed.get(part, "") or None,
                "width": 4 if part == "year" else 2,
                "autocomplete": f"{autocomplete}-{part}" if autocomplete else None,
            }
        )
        for part in DATE_PARTS[current_language()]
    ]
    return render(
        "date-input",
        "dateInput",
        id=name,
        fieldset={"legend": {"text": legend, "size": "s"}},
        items=items,
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
    )
