"""Groups of tests that need a part of the system, and what to say where it is missing."""

import ctypes
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import servers

BESIDE = Path(__file__).resolve().parent.parent.parent / "shared"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the browser: the variable CHROMIUM, or what the machine has."""
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def missing_postgres() -> str | None:
    """Say what PostgreSQL lacks."""
    if servers.find_postgres() is None:
        return "no PostgreSQL server (apt-get install postgresql)"
    return None


def missing_mosquitto() -> str | None:
    """Say what the broker lacks."""
    return None if servers.find_mosquitto() else "no mosquitto (apt-get install mosquitto)"


def missing_browser() -> str | None:
    """Say what the browser lacks: itself, a Chinese font, or a library of Playwright's driver."""
    if find_chromium() is None:
        return "no Chromium (apt-get install chromium)"
    fonts = Path("/usr/share/fonts").rglob("*")
    if not any(word in font.name.lower() for font in fonts for word in ("wqy", "cjk", "droidsans")):
        return "no Chinese font (apt-get install fonts-wqy-microhei)"
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return "no libatomic (apt-get install libatomic1)"
    return None


def missing_shared() -> str | None:
    """Say whether the recordings and schemas lie beside the project."""
    return None if BESIDE.is_dir() else "no ../shared folder with recordings beside the project"


MISSING: Mapping[str, Callable[[], str | None]] = {
    "postgres": missing_postgres,
    "mosquitto": missing_mosquitto,
    "browser": missing_browser,
    "shared": missing_shared,
}


def faults() -> dict[str, str]:
    """Return what is missing for each group that cannot run."""
    return {group: fault for group, look in MISSING.items() if (fault := look())}
