"""The one door to nhsuk-frontend-jinja: its own Jinja environment, apart from the application's.

Its templates need lenient undefined values, so a misspelt parameter would silently vanish from
the page. Here an unknown parameter raises, and everything is escaped.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any  # Any: a component takes text, lists and mappings of both.

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

_environment = Environment(
    loader=PackageLoader("nhsuk_frontend_jinja"),
    undefined=ChainableUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PARAMETER = re.compile(r"params\.(?:get\([\"'])?([A-Za-z]+)")
Params = Mapping[str, Any]  # Any: text, lists and nested mappings, as the component takes them.


@cache
def _macro(folder: str, name: str) -> Callable[[Params], object]:
    module: Any = _environment.get_template(f"nhsuk/components/{folder}/macro.jinja").module
    macro: Callable[[Params], object] = getattr(module, name)
    return macro


@cache
def _known(folder: str) -> frozenset[str]:
    loader = _environment.loader
    assert loader is not None
    source, _, _ = loader.get_source(_environment, f"nhsuk/components/{folder}/template.jinja")
    return frozenset(_PARAMETER.findall(source))


def render(folder: str, name: str, /, **params: Any) -> Markup:  # Any: see `Params`.
    """Return the component *name* of *folder*; raise `TypeError` for a parameter unknown to it.

    A parameter that is None is not passed on.
    """
    given = {key: value for key, value in params.items() if value is not None}
    unknown = given.keys() - _known(folder)
    if unknown:
        raise TypeError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    return Markup(_macro(folder, name)(given))  # noqa: S704 - made by a template that escapes


def words(text: object) -> dict[str, object]:
    """Return *text* as components take it: markup of ours as `html`, anything else as `text`."""
    return {"html": text} if isinstance(text, Markup) else {"text": str(text)}


def fault(sentence: str | None, hidden: str) -> dict[str, str] | None:
    """Return an error message whose hidden prefix is in the language of the page."""
    return {"text": sentence, "visuallyHiddenText": hidden} if sentence else None


def without_none(values: Params) -> dict[str, Any]:
    """Return *values* without what is None."""
    return {key: value for key, value in values.items() if value is not None}
