"""Due lists: right, in order, and continued where they were."""

import json
from datetime import date
from pathlib import Path

from vaxsite.releases import due, queries

ON = date(2026, 11, 23)
PEOPLE = 900  # More than one wave of one core.


def write_people(folder: Path) -> Path:
    """Write people who were born one day after the other, without any dose."""
    file = folder / "people.jsonl"
    born = (date.fromordinal(ON.toordinal() - n).isoformat() for n in range(PEOPLE))
    lines = (json.dumps({"id": f"p{n}", "dob": day, "sex": "F"}) for n, day in enumerate(born))
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return file


def test_a_list_says_what_is_due_and_what_is_overdue() -> None:
    """At seven months hepatitis B and polio are due, BCG is overdue, measles is not due yet."""
    line = b'{"id": "lin", "dob": "2026-04-20", "sex": "F", "doses": []}'

    made = due.due_list(line, queries.local_release(), ON)

    found = {each["group"]: (each["number"], each["overdue"]) for each in made["due"]}
    assert found == {
        "HepB": (1, True),
        "BCG": (1, True),
        "Polio": (1, False),
        "DTaP": (1, False),
        "Meningococcal": (1, False),
    }


def test_a_line_that_cannot_be_read_does_not_stop_the_job() -> None:
    """It is answered with its fault, without what it held."""
    assert due.due_list(b'{"dob": "yesterday"}', queries.local_release(), ON) == {
        "id": None,
        "fault": "ValueError",
    }


def test_a_job_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    """The lists are the same as those of a job that was never stopped."""
    people, release = write_people(tmp_path), queries.local_release()
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    list(due.make(people, whole, release=release, on=ON, processes=1))

    job = due.make(people, stopped, release=release, on=ON, processes=1)
    first = next(job)
    job.close()
    with stopped.open("ab") as file:
        file.write(b'{"half a li')
    rest = list(due.make(people, stopped, release=release, on=ON, processes=1))

    assert first.people == 800
    assert [cursor.people for cursor in rest] == [PEOPLE]
    assert stopped.read_bytes() == whole.read_bytes()
    assert len(whole.read_text("utf-8").splitlines()) == PEOPLE


def test_a_job_that_ended_does_nothing_and_another_day_begins_anew(tmp_path: Path) -> None:
    """The cursor belongs to one release and one day."""
    people, release, out = write_people(tmp_path), queries.local_release(), tmp_path / "due.jsonl"
    list(due.make(people, out, release=release, on=ON, processes=1))

    again = list(due.make(people, out, release=release, on=ON, processes=1))
    next_day = list(due.make(people, out, release=release, on=date(2026, 11, 24), processes=1))

    assert again == []
    assert [cursor.people for cursor in next_day] == [800, PEOPLE]
