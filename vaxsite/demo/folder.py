"""The data folder of the demonstration: its keys, its sign-ins, the settings of its processes."""

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from sensors.store import encrypted
from vaxsite.core import folder as keys

MARK = "this-is-a-demonstration"  # Nothing of the demonstration runs on a folder without it.
SIGN_INS = "sign-ins.json"


class FolderUnusable(Exception):
    """The folder holds something else than a demonstration, or one that is running."""


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
    def database_url(self) -> str:
        """The SQLite file."""
        return f"sqlite:///{self.path / 'vaxsite.sqlite'}"

    def load_keys(self) -> None:
        """Make the folder's keys the ones of this process."""
        encrypted.load_keys((self.path / "data.keys").read_text(encoding="utf-8"))

    def settings(self, *, web_port: int, mqtt_url: str) -> dict[str, str]:
        """Return the environment that every process of the demonstration gets."""
        return {
            "VAXSITE_DATA_DIR": str(self.path),
            "VAXSITE_DATABASE_URL": self.database_url,
            "VAXSITE_DATA_KEYS_FILE": str(self.path / "data.keys"),
            "VAXSITE_SECRET_KEY_FILE": str(self.path / "secret.key"),
            "VAXSITE_PUBLIC_URL": f"http://127.0.0.1:{web_port}",
            "VAXSITE_MQTT_URL": mqtt_url,
            "VAXSITE_DEMO": "yes",
        }

    def write_sign_ins(self, sign_ins: list[SignIn]) -> None:
        """Keep the sign-ins for the next start; from now on the folder counts as seeded."""
        _write_private(self.path / SIGN_INS, json.dumps([asdict(item) for item in sign_ins]))

    def sign_ins(self) -> list[SignIn]:
        """Return the sign-ins that were written; empty before the folder is seeded."""
        file = self.path / SIGN_INS
        if not file.exists():
            return []
        return [SignIn(**item) for item in json.loads(file.read_text(encoding="utf-8"))]

    def log_file(self, name: str) -> Path:
        """Return where the process *name* writes what it says."""
        logs = self.path / "logs"
        logs.mkdir(exist_ok=True)
        return logs / f"{name}.log"

    def lock(self) -> IO[str]:
        """Keep the folder for this process until the file is closed; raise `FolderUnusable`."""
        file = (self.path / MARK).open(encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            file.close()
            raise FolderUnusable(
                f"a demonstration is running on {self.path}; give another folder with --data"
            ) from err
        return file


def existing(path: Path) -> Folder:
    """Return the folder of a demonstration that was started before; raise `FolderUnusable`."""
    if not (path / MARK).exists():
        raise FolderUnusable(f"{path} is not a demonstration's folder")
    return Folder(path.resolve())


def prepare(path: Path, *, keep: bool) -> tuple[Folder, bool]:
    """Return the folder and whether it is fresh; raise `FolderUnusable` before harming anything.

    With *keep* what is there is gone on with; without, a former demonstration is made anew.
    """
    folder = Folder(path.resolve())
    if folder.path.exists() and any(folder.path.iterdir()):
        existing(path).lock().close()
        if keep and folder.sign_ins():
            return folder, False
        shutil.rmtree(folder.path)
    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder.path / MARK).write_text("Made by `./run demo`; it may be deleted at any time.\n")
    keys.prepare(folder.path)
    return folder, True


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
