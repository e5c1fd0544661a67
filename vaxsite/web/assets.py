"""Addresses of our own files, with their hash, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, url_for


@cache
def _digest(path: Path, _modified_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(filename: str, feature: str = "web") -> str:
    """Return the address of *filename* in the static folder of *feature*."""
    folder = current_app.blueprints[feature].static_folder
    assert folder is not None, f"{feature} has no static folder"
    path = Path(folder) / filename
    version = _digest(path, path.stat().st_mtime_ns)
    return url_for(f"{feature}.static", filename=filename, v=version)


def init_app(app: Flask) -> None:
    """Give the templates of *app* `asset(filename, feature)`."""
    app.jinja_env.globals["asset"] = asset
