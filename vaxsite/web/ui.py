"""The components of a page, as templates call them: `ui.radios(...)`, `ui.button(...)`.

Each is a function with named arguments that returns escaped markup, and raises where it is asked
for something that it does not know.
"""

from vaxsite.web.components.choices import checkboxes, option, radios, select
from vaxsite.web.components.content import (
    back_link,
    banner,
    button,
    callout,
    cell,
    details,
    error_summary,
    inset,
    panel,
    row,
    scroll_hint,
    summary_list,
    tag,
    telephone,
)
from vaxsite.web.components.fields import date_input, text_input, textarea
from vaxsite.web.components.icons import icon

__all__ = [
    "back_link",
    "banner",
    "button",
    "callout",
    "cell",
    "checkboxes",
    "date_input",
    "details",
    "error_summary",
    "icon",
    "inset",
    "option",
    "panel",
    "radios",
    "row",
    "scroll_hint",
    "select",
    "summary_list",
    "tag",
    "telephone",
    "text_input",
    "textarea",
]
