"""Settings of a process: read once from the environment, all faults reported together.

A field names its variable, says what it is for and how to fix it. Secrets are given as the path
of a file in `..._FILE`, never as a value on a command line.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

T = TypeVar("T")


class SettingsInvalid(Exception):
    """The environment does not describe a process that can run; lists every fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            "Settings are not usable:\n" + "\n".join(f"  - {fault}" for fault in faults)
        )
        self.faults = faults


def setting(
    variable: str,
    about: str,
    *,
    parse: Callable[[str], Any] = str,
    default: Any = dataclasses.MISSING,
) -> Any:
    """Declare a field read from *variable*; *about* says what it does and which values it takes.

    `Any` because a dataclass field must pose as the value that it will hold.
    """
    metadata = {"variable": variable, "about": about, "parse": parse}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(metadata=metadata, default=default)


DATA_DIR = "VAXSITE_DATA_DIR"
# What it stands for: where these lie in it, unless they are named themselves.
IN_DATA_DIR = {
    "VAXSITE_DATABASE_URL": "sqlite:///{folder}/vaxsite.sqlite",
    "VAXSITE_DATA_KEYS_FILE": "{folder}/data.keys",
    "VAXSITE_SECRET_KEY_FILE": "{folder}/secret.key",
    "VAXSITE_DRAW_KEY_FILE": "{folder}/draw.key",
}


def with_data_dir(environ: Mapping[str, str]) -> dict[str, str]:
    """Return *environ* with what lies in the data folder that it names, if it names one."""
    folder = environ.get(DATA_DIR, "").strip()
    inside = {name: place.format(folder=folder) for name, place in IN_DATA_DIR.items()}
    named = {name: text for name, text in environ.items() if text.strip()}
    return {**(inside if folder else {}), **named}


def read(kind: type[T], environ: Mapping[str, str]) -> T:
    """Build *kind* from *environ*; raise `SettingsInvalid` with every fault found."""
    environ = with_data_dir(environ)
    values: dict[str, Any] = {}  # Any: each field has a type of its own.
    faults: list[str] = []
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # T is always a dataclass.
        variable, about = field.metadata["variable"], field.metadata["about"]
        text = environ.get(variable, "").strip()
        if not text:
            if field.default is dataclasses.MISSING:
                faults.append(f"{variable} is missing: {about}{_or_folder(variable, environ)}")
            continue
        try:
            values[field.name] = field.metadata["parse"](text)
        except (ValueError, OSError) as err:
            faults.append(f"{variable} is not usable ({err}): {about}")
    if faults:
        raise SettingsInvalid(faults)
    return kind(**values)


def _or_folder(variable: str, environ: Mapping[str, str]) -> str:
    """Name the one setting that stands for *variable* too, where it does and is missing itself."""
    if variable not in IN_DATA_DIR or environ.get(DATA_DIR, "").strip():
        return ""
    return f"; or {DATA_DIR}, the folder that `db init` has made and that this lies in"


def secret_file(text: str) -> str:
    """Read a secret from the file named *text*, without the white space around it."""
    secret = Path(text).read_text(encoding="utf-8").strip()
    if not secret:
        raise ValueError("the file is empty")
    return secret


def folder(text: str) -> Path:
    """Parse the path of a folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise ValueError(f"{text} is not a folder")
    return path


@dataclass(frozen=True)
class Broker:
    """Where the broker is and how to speak to it."""

    host: str
    port: int
    tls: bool
    version: int  # 5, or 3 for MQTT 3.1.1


def broker(url: str) -> Broker:
    """Parse `mqtt://HOST:PORT` or `mqtts://HOST:PORT`, with `?version=3` for MQTT 3.1.1."""
    parts = urlsplit(url)
    version = parse_qs(parts.query).get("version", ["5"])[-1]
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise ValueError(f"{url} is not mqtt://HOST:PORT or mqtts://HOST:PORT")
    if version not in {"3", "5"}:
        raise ValueError("the version of MQTT is 3 or 5")
    tls = parts.scheme == "mqtts"
    return Broker(parts.hostname, parts.port or (8883 if tls else 1883), tls, int(version))


def broker_url(text: str) -> str:
    """Return *text* where it is the address of a broker."""
    broker(text)
    return text


def public_url(text: str) -> str:
    """Return *text* where it is an address that people can open."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("it must begin with http:// or https://")
    return text.rstrip("/")


def hosts(text: str) -> frozenset[str]:
    """Parse names of hosts with commas between them."""
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


@dataclass(frozen=True)
class SensorSettings:
    """What the subscriber and the watch need to run."""

    database_url: str = setting(
        "VAXSITE_DATABASE_URL",
        "where the data is kept: sqlite:///PATH or postgresql://USER@HOST/NAME",
    )
    data_keys: str = setting(
        "VAXSITE_DATA_KEYS_FILE",
        "a file with the keys of the encrypted columns, one `VERSION:BASE64` a line, newest first",
        parse=secret_file,
    )
    mqtt_url: str = setting(
        "VAXSITE_MQTT_URL",
        "the broker: mqtt://HOST:PORT or mqtts://HOST:PORT; ?version=3 for a broker without MQTT 5",
        parse=broker_url,
        default="mqtt://127.0.0.1:1883",
    )
    mqtt_client_id: str = setting(
        "VAXSITE_MQTT_CLIENT_ID",
        "the fixed name of the subscriber's session at the broker; one subscriber a name",
        default="vaxsite-subscriber",
    )
    mqtt_credentials: str | None = setting(
        "VAXSITE_MQTT_CREDENTIALS_FILE",
        "a file with USER:PASSWORD for the broker",
        parse=secret_file,
        default=None,
    )
    smtp_url: str | None = setting(
        "VAXSITE_SMTP_URL_FILE",
        "a file with smtp://USER:PASSWORD@HOST:PORT (or smtps://); without it no e-mail is sent",
        parse=secret_file,
        default=None,
    )
    voice_url: str | None = setting(
        "VAXSITE_VOICE_URL_FILE",
        "a file with the URL that makes a telephone ring, with {number}, {text}, {language}, {key}",
        parse=secret_file,
        default=None,
    )
    outbound_hosts: frozenset[str] = setting(
        "VAXSITE_OUTBOUND_HOSTS",
        "hosts inside the network, or without TLS, that webhooks and calls may ask, with commas",
        parse=hosts,
        default=frozenset(),
    )
    public_url: str = setting(
        "VAXSITE_PUBLIC_URL",
        "the address that people use; https:// makes cookies Secure",
        parse=public_url,
        default="http://127.0.0.1:8000",
    )
    mail_from: str = setting(
        "VAXSITE_MAIL_FROM",
        "the sender's address of e-mail",
        default="vaxsite@localhost",
    )
