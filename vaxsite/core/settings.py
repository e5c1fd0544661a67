"""Settings of the web and the worker, read like those of the sensors: all faults at once."""

from dataclasses import dataclass

from sensors.settings import SensorSettings, secret_file, setting


def _signing_key(text: str) -> str:
    secret = secret_file(text)
    if len(secret) < 32:
        raise ValueError("it must be at least 32 characters long")
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
    trusted_proxies: int = setting(
        "VAXSITE_TRUSTED_PROXIES",
        "how many reverse proxies stand in front and set X-Forwarded-For",
        parse=int,
        default=0,
    )
    demo: bool = setting(
        "VAXSITE_DEMO",
        "yes for a demonstration with made-up people: shows so on every page",
        parse=_yes_or_no,
        default=False,
    )
