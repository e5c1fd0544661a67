"""The commands about draws: recompute a published result, print the public key."""

from pathlib import Path

import click

from vaxsite.cli.context import read_settings
from vaxsite.draws.rules import files

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def draw() -> None:
    """Draws: what anybody can recompute."""


@draw.command()
@click.argument("file", type=FILE)
@click.option("--announcement", type=FILE, help="The announcement, as saved before the draw.")
@click.option("--entries", type=FILE, help="The list, as saved when it was closed.")
def verify(file: Path, announcement: Path | None, entries: Path | None) -> None:
    """Recompute the result in FILE from nothing but published files; needs no database."""
    wrong, document = files.check(
        file.read_text("utf-8"),
        announcement=announcement.read_text("utf-8") if announcement else None,
        entries=entries.read_text("utf-8") if entries else None,
    )
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        raise click.ClickException("this result is not what its files give")
    drawn = sum(1 for row in document["result"] if row[3])
    click.echo(f"recomputed: {len(document['result'])} entries, {drawn} with a place, all as told")


@draw.command()
def key() -> None:
    """Print the public key that results are signed for."""
    values = read_settings()
    if not values.draw_key:
        raise click.ClickException("there is no key yet: db init makes one")
    click.echo(files.public_key(values.draw_key))


COMMANDS = (draw,)
