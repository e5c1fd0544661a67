"""Commands of retention: which readings the rule lets go, and letting them go."""

import sys

import click
from sqlalchemy.orm import Session

from sensors.store.engine import session_factory
from sensors.store.transaction import transaction
from vaxsite.cli import context
from vaxsite.coldchain import deletion
from vaxsite.coldchain.queries import retained
from vaxsite.coldchain.queries.retained import Retained
from vaxsite.coldchain.retention import KeptReason
from vaxsite.core import audit

WORDS = {
    KeptReason.NO_LOT_KNOWN: "nobody knows which vaccine stood there",
    KeptReason.TOO_YOUNG: "younger than five years",
    KeptReason.LOT_NEEDS_THEM: "lot {lot} needs them until {until}",
}


@click.group("retention", invoke_without_command=True)
@click.pass_context
def retention(ctx: click.Context) -> None:
    """Show from when on each probe's readings must stay, and why."""
    if ctx.invoked_subcommand is None:
        _show()


@retention.command("run")
@click.option("--delete", "really", is_flag=True, help="Delete. Without it nothing is changed.")
def run(really: bool) -> None:
    """Delete the readings whose term is over; what they add up to by hour and day stays."""
    if not really:
        _show()
        raise click.ClickException("nothing is deleted without --delete; make a backup before it")
    kept = 0
    with context.opened() as engine:
        sessions = session_factory(engine)
        audit.guard(sessions)
        with sessions() as session:
            probes = [(one.sensor_id, _name(one)) for one in _all(session)]
        for sensor_id, name in probes:
            with sessions() as session:
                reasons = deletion.unprovable(
                    session,
                    sensor_id=sensor_id,
                    now=context.now(),
                )
            if reasons:
                kept += 1
                click.echo(f"{name}: all kept, because without them: {'; '.join(reasons[:3])}")
                continue
            gone = 0
            while True:
                with sessions() as session, transaction(session):
                    done = deletion.delete_next(
                        session,
                        sensor_id=sensor_id,
                        actor=context.SHELL,
                        now=context.now(),
                    )
                if done is None:
                    break
                gone += done.readings
            click.echo(f"{name}: {gone} deleted")
    sys.exit(1 if kept else 0)


def _show() -> None:
    with context.opened() as engine, Session(engine) as session:
        for one in _all(session):
            click.echo(_line(one))


def _all(session: Session) -> list[Retained]:
    return list(retained.read_retained(session, now=context.now()))


def _line(one: Retained) -> str:
    found = one.retention
    why = WORDS[found.reason].format(lot=found.lot, until=found.until)
    kept_from = found.goes_before.isoformat()
    return f"{_name(one)}: {one.may_go} may go, kept from {kept_from}: {why}"


def _name(one: Retained) -> str:
    return f"{one.device} {one.channel}".rstrip()
