"""What every page must be: a parser, and the faults that it finds.

A page must parse, have one first heading that begins its title, unique ids, a label for every
field, an address and a token in every form, the nonce on every script, nothing inline; a Chinese
page must not hold an English text of ours.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from tests.tools.texts import features, texts
from vaxsite.web import catalogs

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
LABELLED = frozenset({"input", "select", "textarea"})
UNLABELLED_TYPES = frozenset({"hidden", "submit", "button", "image", "reset"})
PLACE = re.compile(r"%\((\w+)\)[sd]")


@dataclass
class Element:
    """An element of a page, with its text and where it stands."""

    tag: str
    attributes: dict[str, str]
    parents: tuple["Element", ...] = ()
    text: str = ""


@dataclass
class Page:
    """A parsed page: its elements in order, and its visible texts with the language they are in."""

    elements: list[Element] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)  # language, text
    faults: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return every element *tag*."""
        return [element for element in self.elements if element.tag == tag]

    def within(self, tag: str, parent: Element) -> list[Element]:
        """Return every element *tag* inside *parent*."""
        return [one for one in self.all(tag) if any(up is parent for up in one.parents)]

    @property
    def text(self) -> str:
        """Return what can be read on the page, in one line."""
        return " ".join(text for _, text in self.texts)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.page.faults.append(f"<{tag}> has an attribute twice: {names}")
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            inside = self.open[-1].tag if self.open else "nothing"
            self.page.faults.append(f"</{tag}> closes <{inside}>")
            return
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data
        hidden = any(element.tag in {"script", "style"} for element in self.open)
        if data.strip() and not hidden:
            tongue = next(
                (e.attributes["lang"] for e in reversed(self.open) if "lang" in e.attributes), ""
            )
            self.page.texts.append((tongue, " ".join(data.split())))


def parse(html: str) -> Page:
    """Return *html* parsed; what is malformed stands in its faults."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    parser.page.faults += [f"<{element.tag}> is never closed" for element in parser.open]
    return parser.page


def faults(page: Page, *, nonce: str | None, fragment: bool = False) -> list[str]:
    """Return all that is wrong with *page*, as sentences."""
    found = [*page.faults, *_id_faults(page), *_field_faults(page), *_form_faults(page)]
    found += _inline_faults(page, nonce)
    found += untranslated(page)
    return found if fragment else found + _head_faults(page)


def _head_faults(page: Page) -> list[str]:
    headings, titles = page.all("h1"), [one for one in page.all("title") if len(one.parents) == 2]
    if len(headings) != 1 or len(titles) != 1:
        return [f"{len(headings)} <h1> and {len(titles)} <title>, not one of each"]
    heading, title = " ".join(headings[0].text.split()), titles[0].text.strip()
    if not re.match(rf"((Error: |错误：)?){re.escape(heading)}", title):
        return [f"title {title!r} does not begin with the heading {heading!r}"]
    return [] if page.all("html")[0].attributes.get("lang") else ["<html> has no lang"]


def _id_faults(page: Page) -> list[str]:
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    found = [f"id {one!r} is not unique" for one in sorted(set(ids)) if ids.count(one) > 1]
    for element in page.elements:
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            targets = element.attributes.get(name, "").split()
            found += [
                f"<{element.tag} {name}> points to {target!r}, which is not there"
                for target in targets
                if target not in ids
            ]
    return found


def _field_faults(page: Page) -> list[str]:
    labels = {one.attributes.get("for"): one for one in page.all("label") if one.text.strip()}
    found = []
    for element in page.elements:
        kind = element.attributes.get("type", "text")
        if element.tag not in LABELLED or kind in UNLABELLED_TYPES:
            continue
        named = {"aria-label", "aria-labelledby"} & element.attributes.keys()
        wrapped = any(up.tag == "label" for up in element.parents)
        if not (named or wrapped or element.attributes.get("id") in labels):
            found.append(f"field {element.attributes.get('name')!r} has no label")
    return found


def _form_faults(page: Page) -> list[str]:
    found = []
    for form in page.all("form"):
        method = form.attributes.get("method", "").lower()
        if not form.attributes.get("action") or method not in {"get", "post"}:
            found.append(f"form without action or method: {form.attributes}")
        names = {one.attributes.get("name") for one in page.within("input", form)}
        if method == "post" and "csrf_token" not in names:
            found.append(f"form {form.attributes.get('action')!r} has no csrf() field")
    return found


def _inline_faults(page: Page, nonce: str | None) -> list[str]:
    found = []
    for element in page.elements:
        handlers = [name for name in element.attributes if name.startswith("on") or name == "style"]
        if handlers:
            found.append(f"<{element.tag}> has {', '.join(handlers)}")
    found += ["<style> on the page" for _ in page.all("style")]
    for script in page.all("script"):
        data = script.attributes.get("type") == "application/json"
        if not data and script.attributes.get("nonce") != nonce:
            found.append(f"script without this page's nonce: {script.attributes.get('src')}")
    return found


def untranslated(page: Page) -> list[str]:
    """Return the English texts of ours that stand on a Chinese page."""
    if not any(one.attributes.get("lang", "").startswith("zh") for one in page.all("html")):
        return []
    shown = [text for tongue, text in page.texts if not tongue.startswith("en")]
    return [f"not in Chinese: {text!r}" for text in shown if _english().match(text)]


@cache
def _english() -> re.Pattern[str]:
    """Return what fits each English text whose Chinese form is another one."""
    chinese = catalogs.translations("zh")
    ours = {text for feature in features() for text in texts(feature)}
    parts = [
        ".+?".join(re.escape(piece) for piece in PLACE.split(" ".join(text.split()))[::2])
        for text in sorted(ours)
        if chinese.gettext(text) != text or re.search(r"[a-z]{2,} [a-z]{2,}", text)
    ]
    # A text that is all places would fit everything.
    kept = [part for part in parts if re.search(r"[A-Za-z]{3}", part)]
    return re.compile(rf"(?:{'|'.join(kept)})$")
