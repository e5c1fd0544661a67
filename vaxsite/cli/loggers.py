"""Commands about files of USB loggers: see what one would bring, import it."""

from pathlib import Path

import click

from sensors.payloads.files.contents import DateOrder, Doubt
from sensors.services.importing import Imported
from sensors.services.importing_plan import Choice
from vaxsite.cli import context
from vaxsite.coldchain import import_texts, importing
from vaxsite.core import places


@click.group()
def logger() -> None:
    """Files of USB loggers."""


@logger.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what it would bring.")
@click.option("--unit", "unit", type=(str, str), help="Site and unit that are expected.")
@click.option("--zone", help="Time zone to which the logger's clock was set: Asia/Shanghai.")
@click.option("--dates", type=click.Choice([order.value for order in DateOrder]))
@click.option(
    "--accept",
    "accepted",
    type=click.Choice([doubt.value for doubt in Doubt]),
    multiple=True,
    help="A doubt that is accepted; may be given again.",
)
def import_file(
    file: Path,
    dry_run: bool,
    unit: tuple[str, str] | None,
    zone: str | None,
    dates: str | None,
    accepted: tuple[str, ...],
) -> None:
    """Import FILE of a Fridge-tag, Q-tag, LogTag or Elitech logger; each reading counts once."""
    payload = file.read_bytes()
    with context.rehearsing() if dry_run else context.acting() as session:
        found = importing.import_logger_file(
            session,
            payload,
            name=file.name,
            choice=Choice(
                unit_id=places.get_unit(session, *unit) if unit else None,
                zone=zone,
                dates=DateOrder(dates) if dates else None,
            ),
            accepted=frozenset(Doubt) if dry_run else frozenset(map(Doubt, accepted)),
            actor=context.SHELL,
            now=context.now(),
        )
    _show(found, dry_run=dry_run)


def _show(found: Imported, *, dry_run: bool) -> None:
    plan = found.plan
    click.echo(f"{plan.file.model} {plan.file.serial}, times read in {plan.zone}")
    click.echo(f"{plan.began_at:%Y-%m-%dT%H:%MZ} to {plan.ended_at:%Y-%m-%dT%H:%MZ}")
    click.echo(f"{len(plan.new)} new readings, {plan.known} known, {len(plan.file.days)} days")
    for doubt, count in plan.doubts.items():
        click.echo(f"doubt {doubt.value} ({count}): {import_texts.DOUBTS[doubt]}")
    for one in found.found:
        ended = f"{one.ended_at:%Y-%m-%dT%H:%MZ}" if one.ended_at else "lasts"
        click.echo(
            f"excursion {one.rule} {one.began_at:%Y-%m-%dT%H:%MZ} to {ended}, "
            f"peak {one.peak_centi / 100:.2f}"
        )
    if found.again:
        click.echo(f"this very file was imported before as logger file {found.file_id}")
    elif dry_run:
        click.echo("nothing was changed")
    else:
        click.echo(f"logger file {found.file_id}")


COMMANDS: tuple[click.Group, ...] = (logger,)
