"""The command that looks at an installation and says whether it can keep its promises."""

import os
import sys
from pathlib import Path

import click

from vaxsite import doctor as examination
from vaxsite.cli import context
from vaxsite.doctor import Grade


@click.command()
@click.option("--restart", help="A command that starts the broker again, run while it is measured.")
def doctor(restart: str | None) -> None:
    """Measure whether database, disk and broker keep what they take; end with 1 on a fault."""
    folder = os.environ.get("VAXSITE_DATA_DIR")
    worst = False
    with context.opened() as engine:
        for finding in examination.examine(
            context.read_settings(),
            engine,
            data_folder=Path(folder) if folder else None,
            restart=restart,
            now=context.now,
        ):
            click.echo(f"{finding.grade:<12} {finding.about}: {finding.said}")
            worst = worst or finding.grade is Grade.FAULT
    click.echo("Not safe to rely on." if worst else "No fault found.")
    sys.exit(1 if worst else 0)
