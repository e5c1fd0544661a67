"""What a page shows: buttons, lists, tags, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from vaxsite.web.components.engine import render, words
from vaxsite.web.forms import Form
from vaxsite.web.language import gettext

Colour = Literal[
    "white", "grey", "green", "aqua-green", "blue", "purple", "pink", "red", "orange", "yellow"
]
COLOURS: frozenset[str] = frozenset(Colour.__args__)  # type: ignore[attr-defined]  # Of a Literal.
KINDS = {"primary": None, "secondary": "secondary", "warning": "warning"}


@dataclass(frozen=True)
class Row:
    """A line of a summary list; *href* and *action* make the link that changes it."""

    key: str
    value: object
    href: str | None = None
    action: str | None = None


def row(key: str, value: object, *, href: str | None = None, action: str | None = None) -> Row:
    """Return a line of a summary list."""
    return Row(key, value, href, action)


def button(
    text: str,
    *,
    href: str | None = None,
    kind: Literal["primary", "secondary", "warning"] = "primary",
    name: str | None = None,
    value: object = None,
) -> Markup:
    """Return a button that sends its form, or with *href* a link that looks like one."""
    return render(
        "button",
        "button",
        **words(text),
        href=href,
        variant=KINDS[kind],
        name=name,
        value=None if value is None else str(value),
        preventDoubleClick=None if href else True,
    )


def summary_list(rows: Sequence[Row]) -> Markup:
    """Return names and values, each with an optional link to change it."""
    return render("summary-list", "summaryList", rows=[_row(one) for one in rows])


def _row(one: Row) -> dict[str, object]:
    params: dict[str, object] = {"key": {"text": one.key}, "value": words(one.value)}
    if one.href:
        action = {
            "href": one.href,
            "text": one.action or gettext("Change"),
            "visuallyHiddenText": one.key,
        }
        params["actions"] = {"items": [action]}
    return params


def tag(text: str, colour: Colour = "grey") -> Markup:
    """Return a state in a word. The colour only helps: the word must say it all."""
    if colour not in COLOURS:
        raise TypeError(f"no tag is {colour}; there are {', '.join(sorted(COLOURS))}")
    return render("tag", "tag", **words(text), colour=colour)


def inset(text: object) -> Markup:
    """Return text set apart from the rest."""
    return render("inset-text", "insetText", **words(text), visuallyHiddenText=gettext("Note"))


def callout(heading: str, text: object) -> Markup:
    """Return a warning that must not be overlooked."""
    return render(
        "warning-callout",
        "warningCallout",
        heading={"text": heading, "level": 2, "visuallyHiddenText": gettext("Important")},
        **_paragraph(text),
    )


def details(summary: str, body: object) -> Markup:
    """Return text that opens on demand."""
    return render("details", "details", summary={"text": summary}, **_paragraph(body))


def panel(title: str, body: object = "") -> Markup:
    """Return the panel of a finished act. Its title is no heading of the page: `page` has that."""
    return render("panel", "panel", heading={"text": title, "level": 2}, **words(body))


def banner(title: str, text: object, *, success: bool = False) -> Markup:
    """Return news about the page; *success* is read out at once."""
    return render(
        "notification-banner",
        "notificationBanner",
        title={"text": title},
        variant="success" if success else None,
        **words(text),
    )


def error_summary(form: Form) -> Markup:
    """Return the list of what is wrong with *form*, each leading to its field."""
    return render(
        "error-summary",
        "errorSummary",
        heading={"text": gettext("There is a problem")},
        errorList=[{"text": text, "href": f"#{field}"} for field, text in form.anchors()],
    )


def telephone(number: str) -> Markup:
    """Return a telephone number that a phone dials when it is pressed."""
    return Markup('<a class="nhsuk-link" href="tel:{}">{}</a>').format(
        number.replace(" ", ""), number
    )


def cell(name: str, value: object, kind: str = "") -> Markup:
    """Return a cell of a table that stacks on a phone, where the name stands beside the value."""
    return Markup(
        '<td role="cell" class="nhsuk-table__cell{}"><span class="nhsuk-table-responsive__heading"'
        ' aria-hidden="true">{} </span><span>{}</span></td>'
    ).format(f" {kind}" if kind else "", name, value)


def scroll_hint() -> Markup:
    """Return the line above a table that may be wider than a phone; a script hides it if not."""
    text = gettext("The table is wide: swipe sideways to see all of it.")
    return Markup('<p class="nhsuk-hint site-scroll__hint">{}</p>').format(text)


def back_link(href: str) -> Markup:
    """Return the link to the page before."""
    return render("back-link", "backLink", text=gettext("Back"), href=href)


def _paragraph(text: object) -> dict[str, object]:
    return {"html": text if isinstance(text, Markup) else Markup("<p>{}</p>").format(text)}
