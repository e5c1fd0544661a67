"""Which releases there are, and a release made ready for the engine."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.core.errors import NotFound
from vaxsite.releases.models import ScheduleFile, ScheduleRelease
from vaxsite.schedule import supporting_data, written
from vaxsite.schedule.data import Release

LOCAL_FILES = ("cn_programme.toml", "cn_covid19.toml")


@dataclass(frozen=True)
class ImportedRelease:
    """An imported release, without its texts."""

    version: str
    policy: str
    antigens: int
    series: int
    unknown_elements: int
    imported_at: datetime


@cache
def local_release() -> Release:
    """Return the project's own schedules, the default of every site; read once."""
    folder = resources.files("vaxsite.schedule")
    return written.read({name: folder.joinpath(name).read_text("utf-8") for name in LOCAL_FILES})


def imported_releases(session: Session) -> list[ImportedRelease]:
    """Return all imported releases, the newest first."""
    rows = session.scalars(select(ScheduleRelease).order_by(ScheduleRelease.id.desc()))
    return [
        ImportedRelease(
            row.version,
            row.policy,
            row.antigens,
            row.series,
            row.unknown_elements,
            row.imported_at,
        )
        for row in rows
    ]


def imported_release(session: Session, version: str) -> Release:
    """Return the imported release *version* for the engine; raise `NotFound`.

    Reading takes a second: keep what this returns.
    """
    rows = session.execute(
        select(ScheduleFile.name, ScheduleFile.content)
        .join(ScheduleRelease, ScheduleRelease.id == ScheduleFile.release_id)
        .where(ScheduleRelease.version == version)
    ).all()
    if not rows:
        raise NotFound
    return supporting_data.read({name: zlib.decompress(text) for name, text in rows}, version)
