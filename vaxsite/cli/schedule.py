"""The commands about schedules: import a release, answer cases, explain one."""

import json
from datetime import datetime
from pathlib import Path

import click

from vaxsite.cli.context import SHELL, acting, now
from vaxsite.releases import cases, due, queries, services
from vaxsite.schedule import explain, supporting_data
from vaxsite.schedule.data import Release, Unreadable

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def schedule() -> None:
    """Schedules of vaccination: rules as data."""


def texts(folder: Path) -> dict[str, bytes]:
    """Return the XML files of *folder* by name."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.xml"))}


def read_release(folder: Path) -> Release:
    """Read the release in *folder*; end with the file and the element that cannot be read."""
    try:
        release = supporting_data.read(texts(folder))
    except Unreadable as err:
        raise click.ClickException(str(err)) from err
    report(release)
    return release


def report(release: Release) -> None:
    """Tell each element of *release* that the reader does not know."""
    for each in release.unknown:
        click.echo(f"unknown element, {each.times} times: {each.file} {each.element}", err=True)


@schedule.command()
@click.option("--data", type=FOLDER, required=True, help="Folder of the supporting data (XML).")
@click.option("--cases", "source", type=FILE, required=True, help="Cases, one JSON object a line.")
@click.option("--out", type=FILE, help="Where the answers go, one JSON object a line.")
@click.option("--explain", "case_id", help="Explain this one case in words instead.")
def run(data: Path, source: Path, out: Path | None, case_id: str | None) -> None:
    """Answer cases: status, next dose, dates, and what each dose counts for."""
    release = read_release(data)
    try:
        asked = list(cases.read_cases(source.read_text("utf-8").splitlines()))
    except (OSError, ValueError) as err:
        raise click.ClickException(f"{source}: {err}") from err
    if case_id is not None:
        explain_one(asked, case_id, release)
    elif out is None:
        raise click.UsageError("Give --out FILE, or --explain ID.")
    else:
        lines = (json.dumps(cases.answer(case, release)) + "\n" for case in asked)
        out.write_text("".join(lines), "utf-8")
        click.echo(f"{len(asked)} answers in {out}")


def explain_one(asked: list[cases.Case], case_id: str, release: Release) -> None:
    """Print why the case *case_id* has its answer."""
    found = [case for case in asked if case.id == case_id]
    if not found:
        raise click.ClickException(f"no case {case_id}")
    case = found[0]
    for line in explain.lines(case.doses, case.person, case.group, on=case.on, release=release):
        click.echo(line)


@schedule.command("import")
@click.argument("folder", type=FOLDER)
@click.option("--version", default="", help="Name of the release; else the digest of its texts.")
def import_schedule(folder: Path, version: str) -> None:
    """Import the CDC's supporting data (XML) in FOLDER as a new release."""
    with acting() as session:
        release = services.import_release(
            session, files=texts(folder), version=version, actor=SHELL, now=now()
        )
    report(release)
    click.echo(f"release {release.version}: {len(release.antigens)} antigens, {release.policy}")


@schedule.command("due")
@click.option("--people", type=FILE, required=True, help="People, one JSON object a line.")
@click.option("--out", type=FILE, required=True, help="Where the lists go; it may be continued.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Day of the lists.")
@click.option("--data", type=FOLDER, help="Supporting data (XML) instead of the local schedule.")
@click.option("--processes", type=int, help="Cores to use; all when left out.")
def make_due_lists(
    people: Path, out: Path, on: datetime, data: Path | None, processes: int | None
) -> None:
    """Write who may have which dose on a day; a run that was stopped goes on where it was."""
    release = read_release(data) if data else queries.local_release()
    for cursor in due.make(people, out, release=release, on=on.date(), processes=processes):
        click.echo(f"{cursor.people} people", err=True)
    click.echo(f"lists in {out}")


COMMANDS = (schedule,)
