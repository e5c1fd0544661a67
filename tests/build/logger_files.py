"""Made-up files of USB loggers, in the forms in which the makes write them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

SERIAL = "990500000001"
STARTED = datetime.fromisoformat("2026-01-10 00:00")
SIGNATURE = "ab" * 64
_KEY = ec.derive_private_key(7, ec.SECP256R1())  # Signs nothing but made-up files.
_NUMBERS = _KEY.public_key().public_numbers()
_PUBLIC = (_NUMBERS.x, _NUMBERS.y)


def fridge_tag(
    centis: Sequence[int | None],
    *,
    first: datetime = STARTED,
    serial: str = SERIAL,
    zone: str = "8.00",
    days: str = "",
    written: datetime | None = None,
    unit: str = "C",
    signed: bool = True,
) -> bytes:
    """Return the text of a Fridge-tag 2 L with a reading each five minutes from *first* on."""
    times = [first + timedelta(minutes=5 * place) for place in range(len(centis))]
    logged = [
        f"\t{at:%Y-%m-%d %H:%M}\t{'--.-' if centi is None else f'{centi / 100:.1f}'}\t"
        for at, centi in zip(times, centis, strict=True)
    ]
    heading = "\tyyyy-MM-dd hh:mm\tT\tOut of limits"
    written = written or (times or [first])[-1] + timedelta(minutes=1)
    cold, hot = ("+2.0", "+8.0") if unit == "C" else ("+35.6", "+46.4")
    lines = [
        "Device: Q-tag Fridge-tag 2 L",
        "Conf:",
        f" Serial: {serial}",
        f" Zone: {zone}",
        f" Temp unit: {unit}",
        " Alarm:",
        f"  0:\r\n   T AL: {cold}, t AL: 60",
        f"  1:\r\n   T AL: {hot}, t AL: 60",
        " Logging Interval: 5",
        "Hist:",
        f" TS Actv: {first:%Y-%m-%d %H:%M}",
        f" TS Report Creation: {written:%Y-%m-%d %H:%M}",
        *days.splitlines(),
        *(["Data:", heading, *logged] if logged else []),
        f"Cert:\r\n Public Key: {_bytes_of(*_PUBLIC)}",
        f"Sig Cert: {SIGNATURE}",
    ]
    text = ("\r\n".join(lines) + "\r\n").encode()
    return text + _signature(text) if signed else text


@cache
def _signature(text: bytes) -> bytes:
    """Sign *text* as a device does; once, so that the same file is the same bytes."""
    digest = hashlib.sha256(text).digest()[::-1]
    signature = _KEY.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    return f"Sig: {_bytes_of(*utils.decode_dss_signature(signature))}\r\n".encode()


def _bytes_of(*numbers: int) -> str:
    return b"".join(number.to_bytes(32, "little") for number in numbers).hex()


def day(number: int, on: date, *, low: str, high: str, cold: int = 0, hot: int = 0) -> str:
    """Return a day of `Hist`; minutes of 60 and more raised the alarm at half past eight."""
    alarm = {True: ", TS A: 08:30, C A: 0", False: ""}
    return "\n".join(
        (
            f" {number}:",
            f"  Date: {on.isoformat()}",
            f"  Min T: {low}, TS Min T: 05:00",
            f"  Max T: {high}, TS Max T: 08:15",
            "  Avrg T: +5.0",
            "  Alarm:",
            "   0:",
            f"    t Acc: {cold}{alarm[cold >= 60]}",
            "   1:",
            f"    t Acc: {hot}{alarm[hot >= 60]}",
            "  Int Sensor timeout:",
            "   t AccST: 3, TS ST: 09:00",
            "  Events: 0",
        )
    )


Q_TAG = f"""Device: Q-tag CLm doc LR
Vers: 1.9
Conf:
 Serial: RXXX99999
 Zone: 0.00
 User String 1:
 Logging Interval: 10
 Alarm:
  1:
   Type: 2, T AL: 8.0, t AL: 30
  2:
   Type: 4, T AL: 8.0, t AL: 60
  3:
   Type: 0
  4:
   Type: 3, T AL: 2.0, t AL: 60
  5:
   Type: 1, T AL: 2.0, t AL: 30
Res:
 TS Actv: 2026-01-10 02:20
 TS Start: 2026-01-10 04:49
 TS Stop: 2026-01-10 05:15
 Min T: 2.1, TS Min T: 2026-01-10 05:09
 Alarm:
  1:
   TS S: 2026-01-10 21:50, t A: 219, TS A: 2026-01-10 22:20, TS E:, T M: 24.5
Marker:
\tNumber\tT\tyyyy-MM-dd hh:mm\t
Data:
\tyyyy-MM-dd hh:mm\tT\tOut of limits
\t2026-01-10 04:49\t4.4\t
\t2026-01-10 04:59\t3.2\t
\t2026-01-10 05:09\t2.1\tx
Cert:
 Vers: 1.0
Sig Cert: {SIGNATURE}
Sig: {SIGNATURE}
""".encode()


def log_tag(rows: Sequence[str], head: Mapping[str, str] | None = None) -> bytes:
    """Return the CSV of a LogTag with *rows* under its columns."""
    known = {
        "Product type": "TRED30-16U",
        "Serial #": "9912345678",
        "Reading interval": "5 minutes",
        "Non alert range": "2.0  to  8.0 °C",
        **(head or {}),
    }
    lines = [*(f"{name},{value}" for name, value in known.items()), "", "No.,Date,Time,Reading"]
    return ("\n".join([*lines, *rows]) + "\n").encode()


def elitech(rows: Sequence[str], *, encoding: str = "utf-8") -> bytes:
    """Return the CSV of an Elitech logger with *rows* under its columns, in Chinese."""
    lines = ["设备型号,RC-5+", "设备编号,EF9900000001", "温度上限,8.0℃", "", "序号,时间,温度(℃)"]
    return ("\r\n".join([*lines, *rows]) + "\r\n").encode(encoding)
