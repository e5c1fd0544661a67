"""The data folder of a new installation: the keys that nobody may lose, readable by one user."""

import os
import secrets
from pathlib import Path

from sensors.store import encrypted


def prepare(folder: Path) -> list[Path]:
    """Make *folder* with fresh keys where it has none; return the files that were written.

    A key that is there is never replaced: what it encrypted would be lost.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {
        "data.keys": encrypted.new_key(),
        "secret.key": secrets.token_urlsafe(48),
        "draw.key": secrets.token_hex(32),  # Ed25519: any 32 bytes are a private key.
    }
    written = []
    for name, key in wanted.items():
        path = folder / name
        if not path.exists():
            _write_private(path, key)
            written.append(path)
    return written


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
