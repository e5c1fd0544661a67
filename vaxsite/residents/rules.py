"""How what people type becomes what is stored: identity numbers, phones, names, birth dates.

A real person is never refused because a table of counties is incomplete: of the area part of an
identity number only the province code is looked at, and only to keep made-up people (99) out.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import phonenumbers

from vaxsite.core.decisions import N_, Refused
from vaxsite.core.typed import half_width

RULE = "GB 11643-1999"
# GB 11643-1999 section 4.2.4: weights of the first 17 places, and the check character by remainder.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
# GB/T 2260 gives no province the code 99: numbers of made-up people begin with it.
SAMPLE_PROVINCE = "99"
OLDEST_YEARS = 130
NAME_MAX = 100
ADDRESS_MAX = 200
# Unicode general categories. Pictures and control characters are never part of a name. What this
# Python does not know (Cn) or what a register uses privately (Co) may be a rare Chinese character.
NOT_IN_NAMES = frozenset({"So", "Cc"})
LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Cn", "Co"})
HOME_REGION = "CN"


class IdKind(StrEnum):
    """What a person shows at the clinic."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    PERMIT = "permit"
    NONE = "none"


class Sex(StrEnum):
    """As the identity number tells it, else unknown until somebody is asked."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


ID_KINDS: Mapping[IdKind, str] = {
    IdKind.RESIDENT_ID: N_("Resident identity card"),
    IdKind.PASSPORT: N_("Passport"),
    IdKind.PERMIT: N_("Another permit, such as a home-return permit or a permanent residence card"),
    IdKind.NONE: N_("None of these documents"),
}


class Reason(StrEnum):
    """Why something typed about a person cannot be taken as it is."""

    NUMBER_MISSING = "number_missing"
    ID_LENGTH = "id_length"
    ID_CHARACTERS = "id_characters"
    ID_DATE = "id_date"
    ID_CHECK = "id_check"
    ID_SAMPLE = "id_sample"
    ID_OTHER_BIRTH_DATE = "id_other_birth_date"
    DOCUMENT_SHAPE = "document_shape"
    DOCUMENT_IS_RESIDENT_ID = "document_is_resident_id"
    PHONE = "phone"
    NEITHER = "neither"
    NAME_MISSING = "name_missing"
    NAME_LONG = "name_long"
    NAME_SIGNS = "name_signs"
    BORN_IN_FUTURE = "born_in_future"
    BORN_TOO_LONG_AGO = "born_too_long_ago"
    KNOWN_OTHERWISE = "known_otherwise"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NUMBER_MISSING: N_("Type the number of the document, or choose that there is none."),
    Reason.ID_LENGTH: N_(
        "An identity card number has 18 characters. You typed %(typed)s. "
        "Look at the back of your card and type it again."
    ),
    Reason.ID_CHARACTERS: N_(
        "An identity card number has only digits; the last character may be an X."
    ),
    Reason.ID_DATE: N_(
        "Characters 7 to 14 of the identity card number are a birth date. "
        "These are not a date that has been. Check the number."
    ),
    Reason.ID_CHECK: N_(
        "The last character does not fit the rest of the number. "
        "One character is probably mistyped: compare it with your card."
    ),
    Reason.ID_SAMPLE: N_("This is the number of a made-up person. Type the number of your card."),
    Reason.ID_OTHER_BIRTH_DATE: N_(
        "The birth date in this number is not the birth date that you gave. "
        "Check the number, or go back and correct the birth date."
    ),
    Reason.DOCUMENT_SHAPE: N_(
        "Type the number of the document: 5 to 20 letters and digits, without signs."
    ),
    Reason.DOCUMENT_IS_RESIDENT_ID: N_(
        "This is the number of an identity card. Choose the identity card above."
    ),
    Reason.PHONE: N_(
        "Type a phone number that we can call, such as 139 1234 5678 or 0510 8270 0000. "
        "A number from abroad begins with + and the country."
    ),
    Reason.NEITHER: N_(
        "Give the number of a document or a phone number, so that nobody of the same name is "
        "taken for this person. The phone of a neighbour or of the community will do."
    ),
    Reason.NAME_MISSING: N_("Type the name of the person who will be vaccinated."),
    Reason.NAME_LONG: N_("This name is too long. Type at most %(most)s characters."),
    Reason.NAME_SIGNS: N_(
        "Type the name in letters or Chinese characters, without pictures and signs."
    ),
    Reason.BORN_IN_FUTURE: N_("The birth date lies in the future. Check the year."),
    Reason.BORN_TOO_LONG_AGO: N_(
        "The birth date is more than %(years)s years ago. Check the year."
    ),
    Reason.KNOWN_OTHERWISE: N_(
        "We cannot take these details online. Check the name, the birth date and the number. "
        "If they are right, call the clinic: they can book for you."
    ),
}


@dataclass(frozen=True, slots=True)
class ResidentId:
    """What a resident identity number says."""

    number: str
    born_on: date
    sex: Sex


def _plain(typed: str) -> str:
    """Return *typed* in half-width upper case, without white space and dashes inside."""
    return re.sub(r"[\s\-‐-―−]", "", half_width(typed)).upper()


def check_character(first_17: str) -> str:
    """Return the eighteenth character that belongs to seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_17, strict=True))
    return CHECK_CHARACTERS[total % 11]


def read_resident_id(
    typed: str, *, today: date, allow_samples: bool = False
) -> ResidentId | Refused:
    """Read a GB 11643-1999 number: length, characters, date, check character; any county."""
    number = _plain(typed)
    if len(number) != 18:
        return Refused(Reason.ID_LENGTH, RULE, detail={"typed": len(number)})
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return Refused(Reason.ID_CHARACTERS, RULE)
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Refused(Reason.ID_DATE, RULE)
    if isinstance(check_birth_date(born_on, today=today), Refused):
        return Refused(Reason.ID_DATE, RULE)
    if check_character(number[:17]) != number[17]:
        return Refused(Reason.ID_CHECK, RULE)
    if number.startswith(SAMPLE_PROVINCE) and not allow_samples:
        return Refused(Reason.ID_SAMPLE, RULE)
    return ResidentId(number, born_on, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def read_document_number(typed: str) -> str | Refused:
    """Read the number of a passport or permit: letters and digits in upper case."""
    number = _plain(typed)
    if not re.fullmatch(r"[A-Z0-9]{5,20}", number):
        return Refused(Reason.DOCUMENT_SHAPE, "document number")
    if re.fullmatch(r"[0-9]{17}[0-9X]", number) and check_character(number[:17]) == number[17]:
        return Refused(Reason.DOCUMENT_IS_RESIDENT_ID, "document number")
    return number


@dataclass(frozen=True, slots=True)
class Document:
    """What somebody shows, as far as it can be read, and what is wrong with it."""

    number: str | None = None
    sex: Sex = Sex.UNKNOWN
    fault: Refused | None = None
    born_on: date | None = None  # As the number says.


def read_document(
    kind: IdKind,
    typed: str,
    *,
    today: date,
    born_on: date | None = None,
    allow_samples: bool = False,
) -> Document:
    """Read the number of a document; where *born_on* is given, it must be the birth date in it."""
    if kind is IdKind.NONE:
        return Document()
    if not typed:
        return Document(fault=Refused(Reason.NUMBER_MISSING, "document number"))
    if kind is not IdKind.RESIDENT_ID:
        number = read_document_number(typed)
        return Document(fault=number) if isinstance(number, Refused) else Document(number)
    read = read_resident_id(typed, today=today, allow_samples=allow_samples)
    if isinstance(read, Refused):
        return Document(fault=read)
    differs = born_on is not None and read.born_on != born_on
    other = Refused(Reason.ID_OTHER_BIRTH_DATE, RULE) if differs else None
    return Document(read.number, read.sex, other, read.born_on)


def read_phone(typed: str) -> str | Refused:
    """Return the number in E.164; without a country it is one of the home region."""
    try:
        number = phonenumbers.parse(half_width(typed), HOME_REGION)
    except phonenumbers.NumberParseException:
        return Refused(Reason.PHONE, "E.164")
    if not phonenumbers.is_valid_number(number):
        return Refused(Reason.PHONE, "E.164")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(e164: str) -> str:
    """Return the number in groups, as people read it."""
    number = phonenumbers.parse(e164)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def read_name(typed: str) -> str | Refused:
    """Return the name as it is shown: one space between parts, nothing around it."""
    name = " ".join(half_width(typed).split())
    if not name:
        return Refused(Reason.NAME_MISSING, "name")
    if len(name) > NAME_MAX:
        return Refused(Reason.NAME_LONG, "name", detail={"most": NAME_MAX})
    kinds = {unicodedata.category(one) for one in name}
    if kinds & NOT_IN_NAMES or not kinds & LETTERS:
        return Refused(Reason.NAME_SIGNS, "name")
    return name


def check_birth_date(born_on: date, *, today: date) -> date | Refused:
    """Return *born_on* where somebody who lives today can have been born on it."""
    if born_on > today:
        return Refused(Reason.BORN_IN_FUTURE, "birth date")
    if today.year - born_on.year > OLDEST_YEARS:
        return Refused(Reason.BORN_TOO_LONG_AGO, "birth date", detail={"years": OLDEST_YEARS})
    return born_on


def name_key(name: str) -> str:
    """Return the form by which a name is found: no case, no spaces, no dots between parts."""
    return re.sub(r"[\s·•・‧.'’-]", "", half_width(name)).casefold()


def document_key(kind: IdKind, number: str) -> str:
    """Return the form by which a document is found; a passport never meets a permit."""
    return f"{kind}:{_plain(number)}"
