"""The command that shows which readings the rule of retention lets go. It deletes nothing."""

import click
from sqlalchemy.orm import Session

from vaxsite.cli import context
from vaxsite.coldchain.queries import retained
from vaxsite.coldchain.queries.retained import Retained
from vaxsite.coldchain.retention import KeptReason

WORDS = {
    KeptReason.NO_LOT_KNOWN: "nobody knows which vaccine stood there",
    KeptReason.TOO_YOUNG: "younger than five years",
    KeptReason.LOT_NEEDS_THEM: "lot {lot} needs them until {until}",
}


@click.command("retention")
def retention() -> None:
    """Show from when on each probe's readings must stay, and why. Deletes nothing."""
    with context.opened() as engine, Session(engine) as session:
        for one in retained.read_retained(session, now=context.now()):
            click.echo(_line(one))


def _line(one: Retained) -> str:
    found = one.retention
    why = WORDS[found.reason].format(lot=found.lot, until=found.until)
    name = f"{one.device} {one.channel}".rstrip()
    return f"{name}: {one.may_go} may go, kept from {found.goes_before.isoformat()}: {why}"
