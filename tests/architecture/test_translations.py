"""Every text that a person reads is there in both languages, and every translation is used."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import extract, pofile
from babel.messages.catalog import Catalog

from tests.architecture.tree import features
from vaxsite.web import catalogs

KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "translate": None,
    "ngettext": (1, 2),
}
PLACE = re.compile(r"%\((\w+)\)[sd]")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Texts that are the same in Chinese: names and codes.
SAME = re.compile(r"[A-Z0-9 °%()./:+–-]*|(%\(\w+\)[sd]|[\W\d_])*")

every_feature = pytest.mark.parametrize("feature", features(), ids=lambda path: path.name)


@cache
def wanted(feature: Path) -> frozenset[str]:
    """Return the English texts of the code and the templates of a feature."""
    return frozenset(texts(feature))


def texts(feature: Path) -> Iterator[str]:
    """Give the English texts of a feature, one by one."""
    for method, pattern in (("python", "*.py"), ("jinja2", "*.html")):
        for path in feature.rglob(pattern):
            with path.open("rb") as file:
                for _line, message, _comments, _context in extract.extract(
                    method, file, keywords=KEYWORDS, options={"silent": "false"}
                ):
                    yield message if isinstance(message, str) else message[0]


@cache
def chinese() -> Catalog:
    """Return all Chinese catalogues in one."""
    whole = Catalog(locale="zh")
    for path in catalogs.po_files("zh"):
        with path.open("rb") as file:
            for message in pofile.read_po(file, locale="zh"):
                whole[message.id] = message
    return whole


@every_feature
def test_every_text_is_translated(feature: Path) -> None:
    """No English text of a feature lacks its Chinese one."""
    known = chinese()
    missing = sorted(text for text in wanted(feature) if text and not is_translated(known, text))

    assert not missing, "\n".join(missing)


def is_translated(catalog: Catalog, text: str) -> bool:
    """Tell whether *text* has a Chinese form that nobody has marked as a guess."""
    message = catalog.get(text)
    if message is None or message.fuzzy or not message.string:
        return False
    return isinstance(message.string, str) or all(message.string)


@every_feature
def test_every_translation_is_used(feature: Path) -> None:
    """A catalogue holds no text that no page says any more."""
    path = feature / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return
    said = frozenset().union(*(wanted(other) for other in features()))
    with path.open("rb") as file:
        catalog = pofile.read_po(file, locale="zh")

    unused = [str(english(message.id)) for message in catalog if english(message.id) not in said]

    assert not [text for text in unused if text], "\n".join(unused)


def test_translations_keep_the_places() -> None:
    """A translation fills the same places as its English text, and is Chinese."""
    wrong = [
        f"{english(message.id)} -> {string}"
        for message in chinese()
        if message.id
        for string in strings(message.string)
        if set(PLACE.findall(string)) - set(PLACE.findall(english(message.id)))
        or not (CHINESE.search(string) or SAME.fullmatch(string))
    ]

    assert not wrong, "\n".join(wrong)


def english(message_id: str | list[str] | tuple[str, ...]) -> str:
    """Return the text by which a message is found, the singular of a plural."""
    return message_id if isinstance(message_id, str) else message_id[0]


def strings(string: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return all forms of a translation."""
    return (string,) if isinstance(string, str) else tuple(string)
