"""Which column of a roster file is which, by its name in Chinese or English. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from vaxsite.core.decisions import N_
from vaxsite.residents.rules import IdKind


class Column(StrEnum):
    """What a file can say of a person."""

    NAME = "name"
    BORN_ON = "born_on"
    ID_KIND = "id_kind"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    EMAIL = "email"
    GROUP = "group"
    LANGUAGE = "language"


LABELS: Mapping[Column, str] = {
    Column.NAME: N_("Name"),
    Column.BORN_ON: N_("Birth date"),
    Column.ID_KIND: N_("Kind of document"),
    Column.ID_NUMBER: N_("Document number"),
    Column.PHONE: N_("Phone"),
    Column.EMAIL: N_("E-mail"),
    Column.GROUP: N_("Group"),
    Column.LANGUAGE: N_("Language"),
}
NAMES: Mapping[Column, Sequence[str]] = {
    Column.NAME: ("姓名", "名字", "人员姓名", "name", "full name"),
    Column.BORN_ON: (
        "出生日期",
        "出生年月日",
        "出生年月",
        "生日",
        "birth date",
        "date of birth",
        "birthday",
        "born",
        "dob",
    ),
    Column.ID_KIND: (
        "证件类型",
        "证件种类",
        "证件类别",
        "kind of document",
        "document kind",
        "document type",
        "id type",
    ),
    Column.ID_NUMBER: (
        "证件号码",
        "证件号",
        "身份证号",
        "身份证号码",
        "身份证",
        "公民身份号码",
        "document number",
        "document",
        "id number",
        "identity card number",
        "id card",
        "id",
    ),
    Column.PHONE: (
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "电话号码",
        "联系电话",
        "联系方式",
        "phone",
        "phone number",
        "mobile",
        "mobile phone",
        "telephone",
    ),
    Column.EMAIL: ("邮箱", "电子邮箱", "电子邮件", "邮件", "email", "mail", "email address"),
    Column.GROUP: ("人群", "人群类别", "人群分类", "重点人群", "类别", "group", "priority group"),
    Column.LANGUAGE: ("语言", "语种", "language", "preferred language", "lang"),
}
NEEDED = (Column.NAME, Column.ID_NUMBER)
DOCUMENTS: Mapping[IdKind, Sequence[str]] = {
    IdKind.RESIDENT_ID: (
        "居民身份证",
        "身份证",
        "二代身份证",
        "identity card",
        "resident identity card",
        "id card",
        "resident id",
    ),
    IdKind.PASSPORT: ("护照", "passport"),
    IdKind.PERMIT: (
        "其他",
        "其他证件",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "港澳台居民居住证",
        "外国人永久居留身份证",
        "permit",
        "home return permit",
        "permanent residence card",
        "other",
    ),
}

# In which people can be written to; what follows the code is how lists name it.
LANGUAGES: Mapping[str, Sequence[str]] = {
    "zh": ("zh", "zh-cn", "zh-hans", "中文", "汉语", "普通话", "简体中文", "chinese", "mandarin"),
    "en": ("en", "en-gb", "en-us", "英文", "英语", "english"),
}


def key(text: str) -> str:
    """Return the form in which names are compared: no case, signs, spaces, brackets."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\([^)]*\)|[^\w]|_", "", plain)


_COLUMNS = {key(name): column for column, names in NAMES.items() for name in names}
_DOCUMENTS = {key(name): kind for kind, names in DOCUMENTS.items() for name in names}
_LANGUAGES = {key(name): code for code, names in LANGUAGES.items() for name in names}


def find_columns(header: Sequence[str]) -> dict[Column, int]:
    """Return the place of each column that the header names; of two of one name the first."""
    found: dict[Column, int] = {}
    for place, text in enumerate(header):
        column = _COLUMNS.get(key(text))
        if column is not None:
            found.setdefault(column, place)
    return found


def shown(column: Column) -> str:
    """Return the name of a column as a header may have it, in both languages."""
    english = next(name for name in NAMES[column] if name.isascii())
    return f"{NAMES[column][0]} / {english}"


def missing(found: Mapping[Column, int]) -> list[Column]:
    """Return what a file cannot do without: who, by which document, reached how."""
    lacking = [column for column in NEEDED if column not in found]
    if Column.PHONE not in found and Column.EMAIL not in found:
        lacking.append(Column.PHONE)
    return lacking


def read_language(text: str) -> str | None:
    """Return the code of a language, or None where nobody can be written to in it."""
    return _LANGUAGES.get(key(text))


def read_kind(text: str, number: str) -> IdKind | None:
    """Return the kind of document; where none is named, by the look of its number."""
    if text:
        return _DOCUMENTS.get(key(text))
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    looks_like_one = re.fullmatch(r"[0-9]{13,20}[xX]?", digits) is not None
    return IdKind.RESIDENT_ID if looks_like_one else IdKind.PASSPORT
