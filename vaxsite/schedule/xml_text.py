"""Reads XML texts of rules safely: entities refused, each fault with its file and element."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from xml.etree import ElementTree as ET
from xml.parsers import expat

from vaxsite.schedule import durations
from vaxsite.schedule.data import Unreadable, code_of
from vaxsite.schedule.durations import Duration

DAY_FORMS = {re.compile(r"\d{8}"): "%Y%m%d", re.compile(r"\d{1,2}/\d{1,2}/\d{4}"): "%m/%d/%Y"}
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Node:
    """One element, and where it stands."""

    file: str
    path: str
    element: ET.Element

    def fault(self, tag: str, fault: str) -> Unreadable:
        """Return what to raise about the child *tag*."""
        return Unreadable(self.file, f"{self.path}/{tag}", fault)

    def text(self, tag: str) -> str:
        """Return the stripped text of the first child *tag*; blank when none or `n/a`."""
        text = (self.element.findtext(tag) or "").strip()
        return "" if text.lower() == "n/a" else text

    def needed(self, tag: str) -> str:
        """Return the text of *tag*, which must not be blank."""
        if not (text := self.text(tag)):
            raise self.fault(tag, "missing or blank")
        return text

    def texts(self, tag: str) -> frozenset[str]:
        """Return the texts of all children *tag* that are not blank."""
        found = ((each.text or "").strip() for each in self.element.iterfind(tag))
        return frozenset(text for text in found if text.lower() not in {"", "n/a"})

    def rows(self, path: str) -> Iterator["Node"]:
        """Give the elements at *path* that hold any text; an empty element is no row (note N3)."""
        for number, each in enumerate(self.element.iterfind(path), 1):
            if any((part or "").strip() for part in each.itertext()):
                yield Node(self.file, f"{self.path}/{path}[{number}]", each)

    def duration(self, tag: str) -> Duration | None:
        """Return the duration in *tag*, None when blank."""
        try:
            return durations.parse(self.text(tag))
        except durations.NotADuration as err:
            raise self.fault(tag, f"not a duration: {self.text(tag)!r}") from err

    def day(self, tag: str, default: date) -> date:
        """Return the date in *tag*, *default* when blank."""
        text = self.text(tag)
        if not text:
            return default
        for form, pattern in DAY_FORMS.items():
            if form.fullmatch(text):
                try:
                    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
                except ValueError:
                    break
        raise self.fault(tag, f"not a date: {text!r}")

    def number(self, tag: str) -> int:
        """Return the whole number in *tag* (`Dose 2` is 2), 0 when blank."""
        text = self.text(tag)
        digits = re.fullmatch(r"(?:Dose\s+)?(\d+)", text, re.IGNORECASE)
        if text and not digits:
            raise self.fault(tag, f"not a number: {text!r}")
        return int(digits[1]) if digits else 0

    def yes(self, tag: str) -> bool:
        """Return whether *tag* says yes."""
        text = self.text(tag).lower()
        if text not in {"", "y", "yes", "n", "no"}:
            raise self.fault(tag, f"neither yes nor no: {text!r}")
        return text in {"y", "yes"}

    def one_of(self, tag: str, kinds: type[E], default: E) -> E:
        """Return the member of *kinds* that *tag* names in any letter case."""
        text = self.text(tag).lower()
        if not text:
            return default
        for kind in kinds:
            if kind.value.lower() == text:
                return kind
        raise self.fault(tag, f"unknown value: {text!r}")

    def codes(self, tag: str) -> frozenset[str]:
        """Return the codes of a list separated by semicolons."""
        return frozenset(code_of(code) for code in self.text(tag).split(";") if code.strip())


def parse(file: str, text: bytes) -> Node:
    """Return the root of *text*; raise `Unreadable` when it is broken or declares anything."""
    _refuse_declarations(file, text)
    root = ET.fromstring(text)  # noqa: S314 - declarations of entities were refused before.
    return Node(file, root.tag, root)


def _refuse_declarations(file: str, text: bytes) -> None:
    open_elements: list[str] = []

    def refuse(*_declared: object) -> None:
        raise Unreadable(file, "DOCTYPE", "document types and entities are refused")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, _attributes: open_elements.append(tag)
    parser.EndElementHandler = lambda _tag: open_elements.pop()
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as err:
        raise Unreadable(file, "/".join(open_elements) or "document", str(err)) from err


def strangers(node: Node, known: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Give the path of each element below *node* that is not *known*, counting none below it."""
    parents = [(node.element, node.element.tag, node.element.tag)]
    while parents:
        element, path, key = parents.pop()
        for child in element:
            if child.tag in known.get(key, frozenset()):
                special = f"{element.tag}/{child.tag}"
                parents.append(
                    (child, f"{path}/{child.tag}", special if special in known else child.tag)
                )
            else:
                yield f"{path}/{child.tag}"
