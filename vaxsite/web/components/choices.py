"""Fields in which people choose."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vaxsite.web.components.engine import fault, render, without_none, words
from vaxsite.web.language import gettext


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    value: str
    label: str
    hint: str | None = None


def option(value: object, label: str, *, hint: str | None = None) -> Option:
    """Return an answer that posts *value* and reads *label*."""
    return Option(str(value), label, hint)


def select(
    name: str,
    label: str,
    options: Sequence[Option],
    value: object = None,
    *,
    hint: str | None = None,
    error: str | None = None,
) -> Markup:
    """Return a list to choose one of many from."""
    return render(
        "select",
        "select",
        id=name,
        name=name,
        label=words(label) | {"size": "s"},
        items=[
            {"value": one.value, "text": one.label, "selected": one.value == str(value)}
            for one in options
        ],
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
    )


def radios(
    name: str,
    legend: str,
    options: Sequence[Option],
    value: object = None,
    *,
    hint: str | None = None,
    error: str | None = None,
    inline: bool = False,
) -> Markup:
    """Return answers of which one can be chosen."""
    return render(
        "radios",
        "radios",
        idPrefix=name,
        name=name,
        fieldset={"legend": {"text": legend, "size": "s"}},
        items=_items(options, {str(value)}),
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
        inline=inline or None,
    )


def checkboxes(
    name: str,
    legend: str,
    options: Sequence[Option],
    values: Collection[object] = (),
    *,
    hint: str | None = None,
    error: str | None = None,
) -> Markup:
    """Return answers of which any number can be chosen."""
    return render(
        "checkboxes",
        "checkboxes",
        idPrefix=name,
        name=name,
        fieldset={"legend": {"text": legend, "size": "s"}},
        items=_items(options, {str(value) for value in values}),
        hint=words(hint) if hint else None,
        errorMessage=fault(error, gettext("Error")),
    )


def _items(options: Sequence[Option], chosen: set[str]) -> list[dict[str, object]]:
    return [
        without_none(
            {
                "value": one.value,
                "label": {"text": one.label},
                "hint": {"text": one.hint} if one.hint else None,
                "checked": one.value in chosen,
            }
        )
        for one in options
    ]
