"""Elitech CSV: a header block with the device, then `No.,Time,Temperature(°C)[,Humidity(%RH)]`.

Recalled from the makers' software in English and Chinese; to be checked against a real file of
each model. The header names no time zone: times are as the computer's clock showed them.
"""

import re
from collections.abc import Iterator

from sensors.domain.rules import Direction
from sensors.payloads.files import rows, tables
from sensors.payloads.files.contents import (
    AlarmSetting,
    DateOrder,
    LoggerFile,
)

KIND = "elitech"
_SERIALS = (
    "serial number",
    "serial no.",
    "device id",
    "device serial number",
    "序列号",
    "设备编号",
)
_MODELS = ("model", "device model", "device type", "型号", "设备型号")
_LIMITS = (
    (Direction.COLD, ("low temp alarm", "low alarm", "temperature low limit", "温度下限")),
    (Direction.HOT, ("high temp alarm", "high alarm", "temperature high limit", "温度上限")),
)


def recognises(text: str) -> bool:
    """Tell whether *text* is of this make: numbered rows, with date and time in one column."""
    table = tables.read(text)
    if table is None or not table.columns:
        return False
    times = sum(map(tables.is_time, table.columns))
    return times == 1 and table.columns[0].rstrip(".") in {"no", "number", "序号", "#"}


def parse(text: str, dates: DateOrder | None = None) -> LoggerFile:
    """Read *text*; raise `UnreadableFile` where it names no device or holds nothing."""
    return tables.logger_file(text, dates, kind=KIND, serials=_SERIALS, header=_header)


def _header(table: tables.Table) -> tables.Header:
    return tables.Header(f"Elitech {table.first(*_MODELS)}", _alarms(table))


def _alarms(table: tables.Table) -> Iterator[AlarmSetting]:
    for direction, names in _LIMITS:
        found = re.match(r"[+-]?\d+([.,]\d+)?", table.first(*names))
        if found is not None:
            try:
                centi, _ = rows.centi_of(found[0])
            except ValueError:
                continue
            if centi is not None:
                yield AlarmSetting(direction, centi, None)
