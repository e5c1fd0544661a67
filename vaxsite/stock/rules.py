"""What a scan says, and what may be decided about a lot. Pure; it never guesses a lot."""

import calendar
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from vaxsite.core import decisions
from vaxsite.core.decisions import N_, Allowed, Refused


class Decision(StrEnum):
    """What a pharmacist decides about a lot that was in an excursion."""

    RELEASE = "release"
    REJECT = "reject"


class StockReason(StrEnum):
    """Why a scan is not understood or a decision about a lot is refused."""

    UNREADABLE = "unreadable"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_LOT = "unknown_lot"
    AMBIGUOUS_LOT = "ambiguous_lot"
    EXPIRY_DIFFERS = "expiry_differs"
    NOTE_MISSING = "note_missing"
    NOT_AFFECTED = "not_affected"
    WITHDRAWN = "withdrawn"
    STILL_LASTS = "still_lasts"
    MOVED_ON = "moved_on"
    ALREADY_DECIDED = "already_decided"
    VIALS_MISSING = "vials_missing"
    TIME_BACKWARDS = "time_backwards"
    ALREADY_THERE = "already_there"


SENTENCES: Mapping[StrEnum, str] = {
    StockReason.UNREADABLE: N_("We could not read that code. Scan it again, or type the lot."),
    StockReason.UNKNOWN_CODE: N_("The traceability code %(code)s is not in our stock."),
    StockReason.UNKNOWN_PRODUCT: N_("The product number %(gtin)s is not in our stock."),
    StockReason.UNKNOWN_LOT: N_("Lot %(lot)s is not in our stock."),
    StockReason.AMBIGUOUS_LOT: N_("Several vaccines have a lot %(lot)s. Scan the package instead."),
    StockReason.EXPIRY_DIFFERS: N_(
        "The code on lot %(lot)s says that it expires on %(scanned)s, our record says %(recorded)s."
    ),
    StockReason.NOTE_MISSING: N_("Write down why you decide so."),
    StockReason.NOT_AFFECTED: N_("Lot %(lot)s was not in that unit during this excursion."),
    StockReason.WITHDRAWN: N_("This excursion was withdrawn: there is nothing to decide."),
    StockReason.STILL_LASTS: N_(
        "This excursion still lasts. Lot %(lot)s can be released only after it has ended."
    ),
    StockReason.MOVED_ON: N_("The excursion has changed since you opened the page. Look again."),
    StockReason.ALREADY_DECIDED: N_("This was already decided about lot %(lot)s."),
    StockReason.VIALS_MISSING: N_("Give the number of vials, at least 1."),
    StockReason.TIME_BACKWARDS: N_("Lot %(lot)s was placed there later than that."),
    StockReason.ALREADY_THERE: N_("Lot %(lot)s is in that unit already."),
}


@dataclass(frozen=True)
class Scan:
    """What a scanned or typed code says. Everything is null where it cannot be read."""

    gtin: str | None = None
    lot_number: str | None = None
    expires_on: date | None = None
    trace_code: str | None = None
    serial: str | None = None

    @property
    def readable(self) -> bool:
        """Tell whether the code names a lot or a package."""
        return self.lot_number is not None or self.trace_code is not None


UNREADABLE = Scan()
GS = "\x1d"  # FNC1 in the data, as a scanner sends it: GS1 General Specifications section 7.8.
# Forms in which scanners and input methods give the separator to a text field.
GS_FORMS = re.compile(r"\u241d|\{GS\}|<GS>|\[GS\]|\^\]|\\x1d|\\u001d", re.IGNORECASE)
# Zero-width and direction marks, the byte order mark, and control characters other than GS.
NOISE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x1c\x1e\x1f\x7f]")
SYMBOLOGY = re.compile(r"^\][A-Za-z]\d")  # ISO/IEC 15424 identifier, as in ]d2.
TRACE_CODE = re.compile(r"8\d{19}")  # "Ma shang fang xin" form of the drug traceability code.
LOT_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,19}")  # AI (10) holds at most 20 characters.
AI_GTIN, AI_LOT, AI_EXPIRY, AI_SERIAL = "01", "10", "17", "21"
# Length of the data of every identifier that may stand on a vaccine; None: up to the separator.
# GS1 General Specifications, section 3, and figure 7.8.5-2 for the predefined lengths.
AI_LENGTHS: Mapping[str, int | None] = {
    "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2,
    "10": None, "21": None, "22": None, "30": None, "37": None, "240": None, "241": None,
    "710": None, "711": None, "712": None, "713": None, "714": None, "91": None, "99": None,
}  # fmt: skip


def parse_scan(text: str) -> Scan:
    """Read a GS1 string, a traceability code or a plain lot number; `UNREADABLE` otherwise.

    Full-width characters of a Chinese input method and a scanner's line end do not matter.
    """
    code = _cleaned(text)
    if TRACE_CODE.fullmatch(code):
        return Scan(trace_code=code)
    if code.startswith("("):
        return _scan_of(_bracketed(code))
    marked = SYMBOLOGY.match(code) is not None
    bare = SYMBOLOGY.sub("", code).lstrip(GS)
    if marked or GS in code or _begins_with_gtin(bare):
        return _scan_of(_unbracketed(bare))
    lot = bare.replace(" ", "").upper()
    return Scan(lot_number=lot) if LOT_NUMBER.fullmatch(lot) else UNREADABLE


def _cleaned(text: str) -> str:
    """NFKC turns full-width letters, digits and brackets into the plain ones."""
    plain = GS_FORMS.sub(GS, unicodedata.normalize("NFKC", text))
    return NOISE.sub("", plain).strip(" ")


def _begins_with_gtin(code: str) -> bool:
    return bool(re.match(r"01\d{14}", code)) and gtin_fits(code[2:16])


def gtin_fits(gtin: str) -> bool:
    """Check the last digit: GS1 General Specifications section 7.9, weights 3 and 1."""
    if not re.fullmatch(r"[0-9]{14}", gtin):
        return False
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(gtin[:13]))
    return (10 - total % 10) % 10 == int(gtin[13])


Element = tuple[str, str]  # Application identifier and its data.


def _bracketed(code: str) -> list[Element] | None:
    pieces = re.split(rf"\(({'|'.join(AI_LENGTHS)})\)", code)
    if pieces[0].strip():
        return None
    elements = zip(pieces[1::2], pieces[2::2], strict=True)
    return [(identifier, data.strip(f" {GS}")) for identifier, data in elements]


def _unbracketed(code: str) -> list[Element] | None:
    elements: list[Element] = []
    rest = code
    while rest:
        identifier = next((rest[:n] for n in (2, 3) if rest[:n] in AI_LENGTHS), None)
        if identifier is None:
            return None
        rest = rest[len(identifier) :]
        length = AI_LENGTHS[identifier]
        data, rest = (rest[:length], rest[length:]) if length else _up_to_separator(rest)
        elements.append((identifier, data))
        rest = rest.lstrip(GS)
    return elements


def _up_to_separator(rest: str) -> tuple[str, str]:
    data, _, after = rest.partition(GS)
    return data, after


def _scan_of(elements: list[Element] | None) -> Scan:
    """Build a scan, or nothing at all: half a code that is wrong elsewhere is not believed."""
    if elements is None or any(_faulty(identifier, data) for identifier, data in elements):
        return UNREADABLE
    found = dict(elements)
    if len(found) != len(elements):
        return UNREADABLE
    expiry = found.get(AI_EXPIRY)
    lot = found.get(AI_LOT)
    return Scan(
        gtin=found.get(AI_GTIN),
        lot_number=lot.upper() if lot else None,
        expires_on=gs1_date(expiry) if expiry else None,
        serial=found.get(AI_SERIAL),
    )


def _faulty(identifier: str, data: str) -> bool:
    length = AI_LENGTHS[identifier]
    if identifier == AI_GTIN:
        return not gtin_fits(data)
    if identifier == AI_EXPIRY:
        return gs1_date(data) is None
    if identifier == AI_LOT:
        return LOT_NUMBER.fullmatch(data.upper()) is None
    return not data if length is None else len(data) != length


def gs1_date(data: str) -> date | None:
    """Read YYMMDD; day 00 means the last day of the month (GS1 General Specifications 3.4.7).

    The century is this one: no vaccine in use expired or will expire in another.
    """
    if not re.fullmatch(r"[0-9]{6}", data):
        return None
    year, month, day = 2000 + int(data[:2]), int(data[2:4]), int(data[4:])
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None


@dataclass(frozen=True)
class Stretch:
    """The time of one excursion that a decision about a lot is to cover."""

    lot_number: str
    affected: bool
    withdrawn: bool
    ended_at: datetime | None
    decided: tuple["Decided", ...] = ()
    peak_centi: int | None = None


@dataclass(frozen=True)
class Decided:
    """An earlier decision about the same lot and excursion.

    Not *as_judged*: it began earlier, or went further out, than was known at the decision.
    """

    decision: Decision
    covers_until: datetime
    as_judged: bool = True


def covers(decided: Decided, ended_at: datetime | None) -> bool:
    """Tell whether a decision still covers an excursion that ended at *ended_at*.

    A release covers what was judged and no more. A rejection is for good: the lot is gone.
    """
    if decided.decision is Decision.REJECT:
        return True
    return decided.as_judged and ended_at is not None and ended_at <= decided.covers_until


def may_dispose(
    stretch: Stretch,
    decision: Decision,
    note: str,
    seen_until: datetime | None,
    seen_peak: int | None = None,
) -> decisions.Decision:
    """Decide whether *decision* may be written down now.

    Rejecting is possible while the excursion lasts; releasing only once it has ended, because
    nobody can judge a temperature that is still rising. *seen_until* and *seen_peak* are what the
    person saw when they judged; null where the page did not say.
    """
    moved = seen_until not in (None, stretch.ended_at) or seen_peak not in (
        None,
        stretch.peak_centi,
    )
    for reason in _obstacles(stretch, decision, note, moved):
        return Refused(reason, "stock:disposition", detail={"lot": stretch.lot_number})
    return Allowed("stock:disposition")


def _obstacles(
    stretch: Stretch, decision: Decision, note: str, moved: bool
) -> Iterator[StockReason]:
    if not note.strip():
        yield StockReason.NOTE_MISSING
    if stretch.withdrawn:
        yield StockReason.WITHDRAWN
    if not stretch.affected:
        yield StockReason.NOT_AFFECTED
    if any(covers(decided, stretch.ended_at) for decided in stretch.decided):
        yield StockReason.ALREADY_DECIDED
    if decision is Decision.RELEASE and stretch.ended_at is None:
        yield StockReason.STILL_LASTS
    if moved and decision is Decision.RELEASE:
        yield StockReason.MOVED_ON
