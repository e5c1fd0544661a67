"""Due lists: who may have which dose on a day, for as many people as there are.

People come as JSON lines, in the form of the cases without a group; lists go out the same way, in
the same order. All cores work; after each wave a cursor is written beside the lists, so that a run
that was stopped goes on where it was, and a run that ended does nothing.
"""

import itertools
import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from vaxsite.releases import cases
from vaxsite.schedule import engine
from vaxsite.schedule.data import Release
from vaxsite.schedule.rules import SeriesStatus

CHUNK = 200  # People that one core takes at a time.
CHUNKS_A_WAVE = 4  # For each core; the cursor moves once a wave.
SPAWN = multiprocessing.get_context("spawn")  # A fork would copy the threads' locks as they are.
given: dict[str, Any] = {}  # Any: the release and the day, once in each process.


@dataclass(frozen=True)
class Cursor:
    """How far a job is: what it is about, read and written bytes, and people."""

    job: str
    read: int = 0
    written: int = 0
    people: int = 0


def make(
    people: Path, out: Path, *, release: Release, on: date, processes: int | None = None
) -> Iterator[Cursor]:
    """Write the due lists of *people* to *out*; give the cursor after each wave."""
    cores = processes or os.cpu_count() or 1
    cursor = _read_cursor(out, f"{release.version} on {on}")
    with (
        people.open("rb") as source,
        out.open("r+b" if cursor.read else "wb") as lists,
        ProcessPoolExecutor(cores, SPAWN, initializer=_start, initargs=(release, on)) as pool,
    ):
        source.seek(cursor.read)
        lists.truncate(cursor.written)  # What was written after the last cursor is written again.
        lists.seek(cursor.written)
        while wave := list(itertools.islice(_chunks(source), cores * CHUNKS_A_WAVE)):
            for text in pool.map(_lists, wave):
                lists.write(text)
            lists.flush()
            os.fsync(lists.fileno())
            done = cursor.people + sum(len(chunk) for chunk in wave)
            cursor = Cursor(cursor.job, source.tell(), lists.tell(), done)
            _write_cursor(out, cursor)
            yield cursor


def _chunks(source: IO[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(itertools.islice(iter(source.readline, b""), CHUNK)):
        yield chunk


def _start(release: Release, on: date) -> None:
    given.update(release=release, on=on)


def _lists(chunk: list[bytes]) -> bytes:
    lines = (json.dumps(due_list(line, given["release"], given["on"])) for line in chunk)
    return "".join(f"{line}\n" for line in lines).encode()


def due_list(line: bytes, release: Release, on: date) -> Mapping[str, Any]:  # Any: JSON.
    """Return what is due for the person that *line* describes; a line that cannot be read says so.

    A dose is due when it may be given on the day *on*, overdue when its last day has passed.
    """
    try:
        raw = json.loads(line)
        case = cases.read_case({"group": "", **raw, "assessment_date": on.isoformat()})
    except (KeyError, TypeError, AttributeError, ValueError) as err:
        return {"id": None, "fault": type(err).__name__}
    groups = engine.assess(case.doses, case.person, on=on, release=release).groups.values()
    due = [_due(group, on) for group in groups if _is_due(group, on)]
    return {"id": case.id, "release": release.version, "on": on.isoformat(), "due": due}


def _is_due(group: engine.GroupAssessment, on: date) -> bool:
    ready = group.earliest is not None and group.earliest <= on
    return ready and group.status is SeriesStatus.NOT_COMPLETE


def _due(group: engine.GroupAssessment, on: date) -> Mapping[str, Any]:  # Any: JSON.
    last = group.past_due
    return {
        "group": group.group,
        "number": group.number,
        "earliest": group.earliest.isoformat() if group.earliest else None,
        "past_due": last.isoformat() if last else None,
        "overdue": last is not None and last < on,
    }


def _cursor_file(out: Path) -> Path:
    return out.with_name(f"{out.name}.cursor")


def _read_cursor(out: Path, job: str) -> Cursor:
    """Return where *job* stopped; another day or release begins anew."""
    file = _cursor_file(out)
    if not (file.exists() and out.exists()):
        return Cursor(job)
    cursor = Cursor(**json.loads(file.read_text("utf-8")))
    return cursor if cursor.job == job else Cursor(job)


def _write_cursor(out: Path, cursor: Cursor) -> None:
    new = _cursor_file(out).with_suffix(".new")
    new.write_text(json.dumps(asdict(cursor)), "utf-8")
    new.replace(_cursor_file(out))
