"""Files of USB loggers: what they say is read exactly, what is wrong with them is said."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI, Fault
from sensors.domain.rules import Direction, RuleKind
from sensors.payloads.files import registry, rows
from sensors.payloads.files.contents import (
    AlarmSetting,
    DateOrder,
    DaySummary,
    Doubt,
    Doubted,
    LoggedReading,
    LoggerFile,
    Unreadable,
    UnreadableFile,
)
from tests import groups
from tests.build import logger_files
from tests.sensors.domain import fridge_tag as by_hand

REAL = groups.BESIDE / "data" / "fridge-tag"
TAG_2L = REAL / "130500109088_202206081014.txt"
TAG_2 = REAL / "130400191542_202302140605.txt"
GOOD = {
    "fridge-tag": logger_files.fridge_tag(
        [450, 900, None], days=logger_files.day(1, date(2026, 1, 10), low="+4.5", high="+9.0")
    ),
    "q-tag": logger_files.Q_TAG,
    "logtag": logger_files.log_tag(["1,2026-01-10,08:00:00,4.5", "2,2026-01-10,08:05:00,4.6"]),
    "elitech": logger_files.elitech(["1,2026-01-10 08:00:00,4.5", "2,2026-01-10 08:05:00,4.6"]),
}


def clock(text: str) -> datetime:
    """Return what the clock of a logger shows."""
    return datetime.fromisoformat(text)


def doubts(found: LoggerFile) -> dict[Doubt, int]:
    return {one.doubt: one.count for one in found.doubts}


def test_a_fridge_tag_with_readings_is_read_whole() -> None:
    """Identity, zone, period, readings with a fault, days and alarm settings."""
    days = "\n".join(
        (
            logger_files.day(1, date(2026, 1, 10), low="+4.5", high="+9.0", hot=75),
            logger_files.day(2, date(2026, 1, 9), low="-1.5", high="+5.0", cold=60),
        )
    )

    found = registry.read(logger_files.fridge_tag([450, 900, None], days=days))

    assert (found.kind, found.model) == ("berlinger", "Q-tag Fridge-tag 2 L")
    assert (found.serial, found.offset) == (logger_files.SERIAL, timedelta(hours=8))
    assert (found.interval_s, found.resolution_s, found.signed) == (300, 60, True)
    assert found.began == clock("2026-01-10 00:00")
    assert found.ended == clock("2026-01-10 00:11")
    assert found.readings == (
        LoggedReading(clock("2026-01-10 00:00"), 450),
        LoggedReading(clock("2026-01-10 00:05"), 900),
        LoggedReading(clock("2026-01-10 00:10"), None, Fault.DISCONNECTED),
    )
    assert found.days == (
        DaySummary(date(2026, 1, 9), -150, 500, 500, 60, 0, True, False, 3),
        DaySummary(date(2026, 1, 10), 450, 900, 500, 0, 75, False, True, 3),
    )
    assert found.alarms == (
        AlarmSetting(Direction.COLD, 200, 60),
        AlarmSetting(Direction.HOT, 800, 60),
    )
    assert found.doubts == ()


def test_a_q_tag_has_typed_alarms_and_no_days() -> None:
    """Four alarms of two kinds; the one that is off is none."""
    found = registry.read(logger_files.Q_TAG)

    assert found.serial == "RXXX99999"
    assert [one.centi for one in found.readings] == [440, 320, 210]
    assert found.days == ()
    assert found.alarms == (
        AlarmSetting(Direction.HOT, 800, 30, RuleKind.CONSECUTIVE),
        AlarmSetting(Direction.HOT, 800, 60, RuleKind.ACCUMULATIVE),
        AlarmSetting(Direction.COLD, 200, 60, RuleKind.ACCUMULATIVE),
        AlarmSetting(Direction.COLD, 200, 30, RuleKind.CONSECUTIVE),
    )
    assert found.ended == clock("2026-01-10 05:15")


def test_fahrenheit_becomes_celsius() -> None:
    """A device set to F writes readings and limits in F."""
    found = registry.read(logger_files.fridge_tag([4010], unit="F"))

    assert found.readings[0].centi == 450
    assert [one.threshold_centi for one in found.alarms] == [200, 800]


def test_a_log_tag_is_read_with_its_range() -> None:
    """The file names no zone and no duration of its alarms."""
    found = registry.read(GOOD["logtag"])

    assert (found.serial, found.model, found.offset) == ("9912345678", "LogTag TRED30-16U", None)
    assert found.readings[1] == LoggedReading(clock("2026-01-10 08:05"), 460)
    assert found.alarms == (
        AlarmSetting(Direction.COLD, 200, None),
        AlarmSetting(Direction.HOT, 800, None),
    )
    assert (found.interval_s, found.resolution_s, found.doubts) == (300, 1, ())


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_an_elitech_file_is_read_in_the_encodings_of_its_software(encoding: str) -> None:
    """Chinese software writes UTF-8 or GB 18030, spreadsheets UTF-16."""
    found = registry.read(
        logger_files.elitech(["1,2026-01-10 08:00:00,4.5"], encoding=encoding),
    )

    assert (found.serial, found.model) == ("EF9900000001", "Elitech RC-5+")
    assert found.readings == (LoggedReading(clock("2026-01-10 08:00"), 450),)
    assert found.alarms == (AlarmSetting(Direction.HOT, 800, None),)
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        (None, clock("2026-04-03 20:00")),
        (DateOrder.DAY_FIRST, clock("2026-04-03 20:00")),
        (DateOrder.MONTH_FIRST, clock("2026-03-04 20:00")),
    ],
)
def test_a_date_that_could_be_two_days_is_a_doubt_until_a_person_decides(
    dates: DateOrder | None, at: datetime
) -> None:
    """03/04/2026 is March or April; nobody can tell from the file."""
    found = registry.read(logger_files.log_tag(["1,03/04/2026,08:00 PM,4.5"]), dates)

    assert found.readings[0].at == at
    assert doubts(found) == ({Doubt.DAY_ORDER: 1} if dates is None else {})


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ("1,13/04/2026,08:00:00,4.5", clock("2026-04-13 08:00")),
        ("1,4/13/26,8:00:00 AM,4.5", clock("2026-04-13 08:00")),
        ("1,13.04.2026,00:05:00,4.5", clock("2026-04-13 00:05")),
        ("1,04/04/2026,08:00:00,4.5", clock("2026-04-04 08:00")),
    ],
)
def test_a_date_that_can_only_be_one_day_is_no_doubt(row: str, at: datetime) -> None:
    """A number above twelve settles the order for the whole file."""
    found = registry.read(logger_files.log_tag([row]))

    assert (found.readings[0].at, found.doubts) == (at, ())


def test_decimal_commas_are_read_where_semicolons_part_the_cells() -> None:
    """A German computer writes 4,5."""
    text = "Serial #;9912345678\n\nNo.;Date;Time;Reading\n1;13.04.2026;08:00:00;4,5\n"

    assert registry.read(text.encode()).readings[0].centi == 450


def test_newest_first_is_turned_round_and_is_no_doubt() -> None:
    """Some software lists the newest row at the top."""
    found = registry.read(
        logger_files.log_tag(["1,2026-01-10,08:05:00,4.6", "2,2026-01-10,08:00:00,4.5"])
    )

    assert [one.centi for one in found.readings] == [450, 460]
    assert found.doubts == ()


def test_a_file_cut_inside_a_number_loses_that_number_and_says_so() -> None:
    """`26` may be the beginning of `26.3`, so it is not taken for a temperature."""
    whole = logger_files.fridge_tag([450, 2630])
    cut = whole[: whole.index(b"\t26.3") + 3]

    found = registry.read(cut)

    assert [one.centi for one in found.readings] == [450]
    assert doubts(found) == {Doubt.CUT_OFF: 1, Doubt.ROWS_UNREADABLE: 1}
    assert not found.signed


def test_a_csv_cut_inside_a_number_loses_that_number_and_says_so() -> None:
    """The same for tables, which have no signature."""
    found = registry.read(GOOD["logtag"][:-2])

    assert [one.centi for one in found.readings] == [450]
    assert doubts(found) == {Doubt.CUT_OFF: 1, Doubt.ROWS_UNREADABLE: 1}


def test_strange_times_are_doubts() -> None:
    """A clock set back, a time with two temperatures, and a hole."""
    found = registry.read(
        logger_files.log_tag(
            [
                "1,2026-01-10,08:00:00,4.5",
                "2,2026-01-10,08:05:00,4.5",
                "3,2026-01-10,08:00:00,5.5",
                "4,2026-01-10,08:05:00,4.5",
                "5,2026-01-10,09:00:00,4.5",
                "6,2026-01-10,09:05:00,warm",
            ]
        )
    )

    assert doubts(found) == {
        Doubt.ROWS_UNREADABLE: 1,
        Doubt.INSTANT_TWICE: 1,
        Doubt.CLOCK_WENT_BACK: 1,
        Doubt.HOLES: 1,
    }


def test_an_unknown_encoding_is_a_doubt() -> None:
    """A degree sign in a Western code page does not hide the numbers."""
    payload = logger_files.log_tag(["1,2026-01-10,08:00:00,4.5"]).replace(b"\xc2\xb0", b"\xb0")

    found = registry.read(payload)

    assert found.readings[0].centi == 450
    assert found.doubts == (Doubted(Doubt.ENCODING),)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Unreadable.EMPTY),
        (b" \r\n", Unreadable.EMPTY),
        (b"x" * (rows.MAX_BYTES + 1), Unreadable.TOO_LARGE),
        (b"%PDF-1.4\n\0\0\xff", Unreadable.NOT_TEXT),
        (b"name,age\nli,5\n", Unreadable.OTHER_FORMAT),
        (b'{"c":4.5}', Unreadable.OTHER_FORMAT),
        (logger_files.fridge_tag([450], serial=""), Unreadable.NO_SERIAL),
        (logger_files.fridge_tag([]), Unreadable.NOTHING_IN_IT),
        (logger_files.log_tag([]), Unreadable.NOTHING_IN_IT),
        (logger_files.log_tag(["1,2026-01-10,08:00,4.5"], {"Serial #": ""}), Unreadable.NO_SERIAL),
        (logger_files.fridge_tag([450])[:45], Unreadable.NO_SERIAL),
    ],
)
def test_what_is_no_logger_file_is_refused_with_its_reason(
    payload: bytes, reason: Unreadable
) -> None:
    """Other formats, binary files, half a header."""
    with pytest.raises(UnreadableFile) as refused:
        registry.read(payload)

    assert refused.value.reason is reason


def survive(payload: bytes) -> None:
    """Read, and check that only storable readings or a reason come out."""
    try:
        found = registry.read(payload)
    except UnreadableFile:
        return
    assert found.readings or found.days
    assert found.began <= found.ended
    for one in found.readings:
        assert (one.centi is None) is (one.fault is not None)
        assert one.centi is None or LOWEST_CENTI <= one.centi <= HIGHEST_CENTI


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_damaged_file_is_refused_or_read_never_a_crash(name: str, data: st.DataObject) -> None:
    """Cut at any byte; bytes replaced, taken away, repeated."""
    payload = GOOD[name]
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(st.binary(max_size=8) | st.sampled_from([b"\0", b"\n", b":", b",", b"99999"]))

    survive(payload[:place])
    survive(payload[:place] + other + payload[place:])
    survive(payload[:place] + other + payload[place + len(other) :])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"Device: Q-tag\n", b"LogTag\n", b"No.,Time,Temp\n"]), st.binary())
def test_any_bytes_are_refused_or_read(head: bytes, rest: bytes) -> None:
    """Noise under the first words of each make."""
    survive(head + rest)


@pytest.mark.shared
def test_the_real_fridge_tag_2_l_is_read_as_it_was_by_hand() -> None:
    """10,653 readings and 38 days, as a second parser reads them."""
    found = registry.read(TAG_2L.read_bytes())

    rows_by_hand = by_hand.read_rows(TAG_2L)
    assert [(one.at, one.centi) for one in found.readings] == [
        (row.at.replace(tzinfo=None), row.centi) for row in rows_by_hand
    ]
    days = by_hand.read_days(TAG_2L)
    assert len(found.readings) == 10_653
    assert [
        (one.on, one.low_centi, one.high_centi, one.cold_minutes, one.hot_minutes)
        for one in found.days
    ] == [
        (day.on, day.low_centi, day.high_centi, day.cold_minutes, day.hot_minutes)
        for day in sorted(days.values(), key=lambda day: day.on)
    ]
    assert [(one.cold_alarm, one.hot_alarm) for one in found.days] == [
        (days[one.on].cold_alarm_at is not None, days[one.on].hot_alarm_at is not None)
        for one in found.days
    ]
    assert (found.serial, found.offset, found.signed) == ("130500109088", timedelta(), True)
    assert doubts(found) == {Doubt.HOLES: 1}


@pytest.mark.shared
def test_the_real_fridge_tag_2_has_days_and_no_readings() -> None:
    """60 days, newest first in the file, and one error of the device."""
    found = registry.read(TAG_2.read_bytes())

    assert found.readings == ()
    assert len(found.days) == 60
    assert (found.days[0].on, found.days[-1].on) == (date(2022, 12, 17), date(2023, 2, 14))
    assert (found.days[-1].hot_minutes, found.days[-1].high_centi) == (366, 1880)
    assert found.began.date() == date(2022, 12, 17)
    assert doubts(found) == {Doubt.DEVICE_ERRORS: 1}
