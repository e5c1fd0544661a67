"""Settings of the web and the worker, read like those of the sensors: all faults at once."""

from dataclasses import dataclass
from pathlib import Path

from sensors.settings import SensorSettings, secret_file, setting


def _signing_key(text: str) -> str:
    secret = secret_file(text)
    if len(secret) < 32:
        raise ValueError("it must be at least 32 characters long")
    return secret


def _draw_key(text: str) -> str:
    """Read the key; an installation older than draws has none until `db init` is run again."""
    if not Path(text).exists():
        return ""
    secret = secret_file(text)
    if len(bytes.fromhex(secret)) != 32:
        raise ValueError("it must be 32 bytes in hex")
    return secret


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("it must be yes or no")
    return text == "yes"


@dataclass(frozen=True, kw_only=True)
class WebSettings(SensorSettings):
    """What the web and the worker need beside what the sensors need."""

    secret_key: str = setting(
        "VAXSITE_SECRET_KEY_FILE",
        "a file with at least 32 random characters that sign cookies; the same on every web host",
        parse=_signing_key,
    )
    draw_key: str = setting(
        "VAXSITE_DRAW_KEY_FILE",
        "a file with the key that signs the results of draws; made by: db init",
        parse=_draw_key,
        default="",
    )
    trusted_proxies: int = setting(
        "VAXSITE_TRUSTED_PROXIES",
        "how many reverse proxies stand in front and set X-Forwarded-For",
        parse=int,
        default=0,
    )
    booking_question: bool = setting(
        "VAXSITE_BOOKING_QUESTION",
        "no switches off the question for networks from which very many seats are chosen",
        parse=_yes_or_no,
        default=True,
    )
    demo: bool = setting(
        "VAXSITE_DEMO",
        "yes for a demonstration with made-up people: shows so on every page",
        parse=_yes_or_no,
        default=False,
    )
