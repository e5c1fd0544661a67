"""Acts on releases: import one from its texts."""

import zlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.releases.models import ScheduleFile, ScheduleRelease
from vaxsite.releases.rules import AlreadyImported, UnreadableRelease
from vaxsite.schedule import supporting_data
from vaxsite.schedule.data import Release, Unreadable


def import_release(
    session: Session, *, files: Mapping[str, bytes], version: str, actor: Actor, now: datetime
) -> Release:
    """Read *files* whole and keep them as a new release; return what was read.

    Raises `UnreadableRelease` with the file and the element, or `AlreadyImported`; then nothing
    was written.
    """
    try:
        release = supporting_data.read(files, version)
    except Unreadable as err:
        raise UnreadableRelease(file=err.file, element=err.element, fault=err.fault) from err
    digest = supporting_data.digest(files)
    same = or_(ScheduleRelease.digest == digest, ScheduleRelease.version == release.version)
    if known := session.scalar(select(ScheduleRelease.version).where(same)):
        raise AlreadyImported(version=known)
    row = ScheduleRelease(
        version=release.version,
        digest=digest,
        policy=release.policy,
        antigens=len(release.antigens),
        series=sum(len(antigen.series) for antigen in release.antigens.values()),
        unknown_elements=sum(each.times for each in release.unknown),
        imported_at=now,
    )
    session.add(row)
    session.flush()
    for name, text in files.items():
        session.add(ScheduleFile(release_id=row.id, name=name, content=zlib.compress(text, 9)))
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="schedule:import",
        subject=f"schedule_release:{row.id}",
        now=now,
        detail={"version": release.version, "digest": digest, "files": len(files)},
    )
    return release
