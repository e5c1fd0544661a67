"""What a scan says, and which decisions about a lot are refused."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.core.decisions import Allowed, Refused
from vaxsite.stock import rules
from vaxsite.stock.rules import Decided, Decision, Scan, StockReason, Stretch

GTIN = "06970000000017"
FULL = Scan(GTIN, "L2026A", date(2026, 12, 31), serial="S77")
TEN, ELEVEN = (datetime(2026, 1, 12, hour, tzinfo=UTC) for hour in (10, 11))


@pytest.mark.parametrize(
    ("typed", "expected", "why"),
    [
        (f"01{GTIN}1726123110L2026A\x1d21S77", FULL, "element string with a separator"),
        (f"]d201{GTIN}1726123110L2026A\x1d21S77", FULL, "symbology identifier of a DataMatrix"),
        (f"\x1d01{GTIN}1726123110L2026A\x1d21S77\r\n", FULL, "leading FNC1 and a line end"),
        (f"01{GTIN}1726123110L2026A␝21S77", FULL, "separator shown as its symbol"),
        (f"01{GTIN}1726123110L2026A{{GS}}21S77", FULL, "separator spelled out"),
        (f"01{GTIN}10L2026A\x1d21S77\x1d17261231", FULL, "expiry last, after two separators"),
        (f"(01){GTIN}(17)261231(10)L2026A(21)S77", FULL, "brackets as printed"),
        (f"（01）{GTIN}（17）261231（10）L2026A（21）S77", FULL, "full-width brackets"),
        (
            f"（０１）{GTIN}（１７）２６１２３１（１０）Ｌ２０２６Ａ（２１）Ｓ７７",
            FULL,
            "all full-width",
        ),
        (f"(01) {GTIN} (17) 261231 (10) L2026A (21) S77", FULL, "spaces between elements"),
        (f"01{GTIN}1726123110l2026a\x1d21S77", FULL, "lower-case lot"),
        (f"01{GTIN}1726020010A1", Scan(GTIN, "A1", date(2026, 2, 28)), "day 00, February"),
        (f"01{GTIN}1728020010A1", Scan(GTIN, "A1", date(2028, 2, 29)), "day 00, leap year"),
        (f"01{GTIN}1726120010A1", Scan(GTIN, "A1", date(2026, 12, 31)), "day 00, December"),
        ("81234560000000000001", Scan(trace_code="81234560000000000001"), "traceability code"),
        (
            "８１２３４５６００００００００００００１",
            Scan(trace_code="81234560000000000001"),
            "wide",
        ),
        (" 81234560000000000001\r", Scan(trace_code="81234560000000000001"), "with a line end"),
        ("L2026A", Scan(lot_number="L2026A"), "plain lot"),
        ("l2026a\r", Scan(lot_number="L2026A"), "plain lot in lower case"),
        (
            "Ｌ２０２６Ａ\u200b",
            Scan(lot_number="L2026A"),
            "plain lot, full-width, zero-width space",
        ),
        ("202612-03", Scan(lot_number="202612-03"), "lot with a hyphen"),
        ("91234560000000000001", Scan(lot_number="91234560000000000001"), "20 digits, not 8 first"),
        ("8123456000000000001", Scan(lot_number="8123456000000000001"), "19 digits"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_scan_is_read(typed: str, expected: Scan, why: str) -> None:
    """Every form in which a scanner or an input method gives a code says the same."""
    assert rules.parse_scan(typed) == expected, why


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "nothing"),
        ("\r\n", "only a line end"),
        ("疫苗批号", "Chinese words"),
        (f"(01){GTIN[:-1]}8(10)A1", "check digit of the product number"),
        (f"(01){GTIN}(17)261301(10)A1", "month 13"),
        (f"(01){GTIN}(17)260230(10)A1", "30 February"),
        (f"(01){GTIN}(17)2612(10)A1", "half a date"),
        (f"(01){GTIN}(10)", "empty lot"),
        (f"(01){GTIN}(10)A1(10)B2", "two lots"),
        (f"]d201{GTIN}1726123188A1", "unknown element"),
        (f"]d201{GTIN}172612", "cut off in the expiry"),
        (f"01{GTIN}10ABCDEFGHIJKLMNOPQRSTU", "lot longer than 20 characters"),
        ("ABCDEFGHIJKLMNOPQRSTU", "plain lot longer than 20 characters"),
        ("A1; DROP TABLE lot", "not a lot number"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)
def test_scan_is_refused_whole(typed: str, why: str) -> None:
    """Half a code is not believed: what is wrong anywhere is unreadable everywhere."""
    assert not rules.parse_scan(typed).readable, why


def test_scan_without_lot_names_no_lot() -> None:
    """A product number alone is understood, but it names no lot."""
    scan = rules.parse_scan(f"(01){GTIN}")

    assert scan.gtin == GTIN
    assert not scan.readable


@given(st.text(max_size=60))
def test_scan_never_fails(typed: str) -> None:
    """Whatever a keyboard sends, the answer is a scan."""
    assert isinstance(rules.parse_scan(typed), Scan)


def stretch(
    *,
    affected: bool = True,
    withdrawn: bool = False,
    ended: bool = True,
    decided: Decided | None = None,
) -> Stretch:
    """An excursion that ended at eleven, as lot L2026A met it."""
    return Stretch(
        "L2026A", affected, withdrawn, ELEVEN if ended else None, (decided,) if decided else ()
    )


RELEASED_TEN = Decided(Decision.RELEASE, TEN)
RELEASED_ELEVEN = Decided(Decision.RELEASE, ELEVEN)
REJECTED_TEN = Decided(Decision.REJECT, TEN)


@pytest.mark.parametrize(
    ("case", "decision", "seen", "reason"),
    [
        (stretch(), Decision.RELEASE, None, None),
        (stretch(), Decision.RELEASE, ELEVEN, None),
        (stretch(), Decision.REJECT, None, None),
        (stretch(ended=False), Decision.REJECT, None, None),
        (stretch(ended=False), Decision.RELEASE, None, StockReason.STILL_LASTS),
        (stretch(), Decision.RELEASE, TEN, StockReason.MOVED_ON),
        (stretch(affected=False), Decision.REJECT, None, StockReason.NOT_AFFECTED),
        (stretch(withdrawn=True), Decision.RELEASE, None, StockReason.WITHDRAWN),
        (stretch(decided=RELEASED_TEN), Decision.RELEASE, None, None),
        (stretch(decided=RELEASED_ELEVEN), Decision.REJECT, None, StockReason.ALREADY_DECIDED),
        (stretch(decided=REJECTED_TEN), Decision.RELEASE, None, StockReason.ALREADY_DECIDED),
        (
            stretch(ended=False, decided=REJECTED_TEN),
            Decision.REJECT,
            None,
            StockReason.ALREADY_DECIDED,
        ),
    ],
)
def test_disposition_is_decided_by_the_stretch(
    case: Stretch, decision: Decision, seen: datetime | None, reason: StockReason | None
) -> None:
    """A release waits for the end, a rejection does not, and one stretch is decided once."""
    verdict = rules.may_dispose(case, decision, "Checked with the maker", seen)

    if reason is None:
        assert isinstance(verdict, Allowed)
    else:
        assert isinstance(verdict, Refused)
        assert verdict.reason is reason


def test_disposition_needs_a_note() -> None:
    """Spaces are not a reason."""
    verdict = rules.may_dispose(stretch(), Decision.RELEASE, "  ", None)

    assert isinstance(verdict, Refused)
    assert verdict.reason is StockReason.NOTE_MISSING


def test_every_reason_has_a_sentence() -> None:
    """No refusal of stock is without words."""
    assert set(rules.SENTENCES) == set(StockReason)
