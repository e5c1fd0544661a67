"""Reads the people of a request into what the services take, with every fault at its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # Any: JSON, as the schemas have read it.

from vaxsite.booking.doors import NEEDS, Reach
from vaxsite.core.decisions import Detail, Refused
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind
from vaxsite.residents.services import PersonDetails


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at *pointer*: the sentence and what fills its places."""

    pointer: str
    sentence: str
    detail: Detail = field(default_factory=dict)


class Faulty(Exception):
    """Parts of a request cannot be taken as they are."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Reading:
    """How people are read: on which day, in which language, and whether made-up ones may be."""

    today: date
    language: str
    allow_samples: bool


def read_people(asked: Mapping[str, Any], how: Reading) -> list[PersonDetails]:
    """Return everybody, each with the contact of all; raise `Faulty` with all faults."""
    faults: list[Fault] = []
    contact = asked["contact"]
    phone = _read_contact(contact, faults)
    found = [
        _person(one, number, {**contact, "phone": phone}, how, faults)
        for number, one in enumerate(asked["people"])
    ]
    if faults:
        raise Faulty(faults)
    return found


def _read_contact(contact: Mapping[str, Any], faults: list[Fault]) -> str | None:
    """Return the phone, once what is needed to reach them as they wish is there."""
    if contact["reach"] in NEEDS:
        name, sentence = NEEDS[Reach(contact["reach"])]
        if not contact[name]:
            faults.append(Fault(f"/contact/{name}", sentence))
    if not contact["phone"]:
        return None
    return _judged(residents.read_phone(contact["phone"]), "/contact/phone", faults)


def _person(
    one: Mapping[str, Any],
    number: int,
    contact: Mapping[str, Any],
    how: Reading,
    faults: list[Fault],
) -> PersonDetails:
    place, born_on, kind = f"/people/{number}", one["born_on"], IdKind(one["id_kind"])
    checked = residents.check_birth_date(born_on, today=how.today)
    if isinstance(checked, Refused):
        _note(checked, f"{place}/born_on", faults)
    document = residents.read_document(
        kind, one["id_number"], born_on=born_on, today=how.today, allow_samples=how.allow_samples
    )
    if document.fault is not None:
        _note(document.fault, f"{place}/id_number", faults)
    elif document.number is None and not contact["phone"]:
        _note(Refused(residents.Reason.NEITHER, "identity"), f"{place}/id_number", faults)
    return PersonDetails(
        name=_judged(residents.read_name(one["name"]), f"{place}/name", faults) or "",
        born_on=born_on,
        sex=document.sex,
        id_kind=kind,
        id_number=document.number,
        phone=contact["phone"],
        email=contact["email"],
        address=contact["address"],
        language=how.language,
        occupation=one["occupation"],
        conditions=one["long_term_illness"],
        remind=contact["remind"] and number == 0,
    )


def _judged(outcome: str | Refused, pointer: str, faults: list[Fault]) -> str | None:
    if isinstance(outcome, Refused):
        _note(outcome, pointer, faults)
        return None
    return outcome


def _note(refused: Refused, pointer: str, faults: list[Fault]) -> None:
    faults.append(Fault(pointer, residents.SENTENCES[refused.reason], refused.detail))
