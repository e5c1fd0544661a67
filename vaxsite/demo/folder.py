"""The data folder of the demonstration: keys, secrets and the environment of its processes."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from sensors.store import encrypted

MARK = "this-is-a-demonstration"  # Nothing of the demonstration runs on a folder without it.


class FolderUnusable(Exception):
    """The folder holds something else than a demonstration."""


@dataclass(frozen=True)
class SignIn:
    """How one role signs in. Kept in the folder, so that a restart can print it again."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Folder:
    """Where everything of a demonstration lies; nothing outside is touched."""

    path: Path

    @property
    def keys_file(self) -> Path:
        """The keys of the encrypted columns."""
        return self.path / "data.keys"

    @property
    def database_url(self) -> str:
        """The SQLite file."""
        return f"sqlite:///{self.path / 'vaxsite.sqlite'}"

    def environment(self, *, web_port: int, mqtt_url: str) -> dict[str, str]:
        """Return the settings of every process, on top of what the shell has."""
        return {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("VAXSITE_")
            },
            "VAXSITE_DATA_DIR": str(self.path),
            "VAXSITE_DATABASE_URL": self.database_url,
            "VAXSITE_DATA_KEYS_FILE": str(self.keys_file),
            "VAXSITE_SECRET_KEY_FILE": str(self.path / "secret.key"),
            "VAXSITE_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
            "VAXSITE_MQTT_URL": mqtt_url,
            "VAXSITE_DEMO": "yes",
        }

    def write_sign_ins(self, sign_ins: list[SignIn]) -> None:
        """Keep the sign-ins for the next start."""
        text = json.dumps([asdict(item) for item in sign_ins])
        _write_private(self.path / "sign-ins.json", text)

    def sign_ins(self) -> list[SignIn]:
        """Return the sign-ins that were written; empty before the folder is seeded."""
        file = self.path / "sign-ins.json"
        if not file.exists():
            return []
        return [SignIn(**item) for item in json.loads(file.read_text(encoding="utf-8"))]


def prepare(path: Path, *, keep: bool) -> tuple[Folder, bool]:
    """Return the folder and whether it is fresh; raise `FolderUnusable` before harming anything.

    With *keep* what is there is gone on with; without, a former demonstration is made anew.
    """
    path = path.resolve()
    folder = Folder(path)
    occupied = path.exists() and any(path.iterdir())
    if occupied and not (path / MARK).exists():
        raise FolderUnusable(f"{path} is not empty and is not a demonstration's folder")
    if occupied and keep and folder.sign_ins():
        return folder, False
    if occupied:
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    (path / MARK).write_text("Made by `run demo`; it may be deleted at any time.\n")
    _write_private(folder.keys_file, encrypted.new_key() + "\n")
    _write_private(path / "secret.key", secrets.token_urlsafe(48) + "\n")
    return folder, True


def existing(path: Path) -> Folder:
    """Return the folder of a demonstration that was started before; raise `FolderUnusable`."""
    if not (path / MARK).exists():
        raise FolderUnusable(f"{path} is not a demonstration's folder")
    return Folder(path.resolve())


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
