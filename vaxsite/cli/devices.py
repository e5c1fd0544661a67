"""Commands about what devices send: bindings of topics, devices that wait to be adopted."""

import click
from sqlalchemy.orm import Session

from vaxsite.cli import context
from vaxsite.coldchain.queries import devices as queries
from vaxsite.core import devices as acts
from vaxsite.core import places

DECODER = click.argument("decoder", type=click.Choice(acts.KINDS))
CHANNEL = click.option("--channel", default="", help="Channel of a device with several probes.")


@click.group()
def binding() -> None:
    """Which decoder reads which topics."""


@binding.command("list")
def list_bindings() -> None:
    """Show the bindings; of two that match a topic the first one here decides."""
    with context.opened() as engine, Session(engine) as session:
        for one in queries.list_bindings(session):
            click.echo(f"{one.topic_filter}\t{one.decoder}")


@binding.command("add")
@click.argument("topic_filter")
@DECODER
def add_binding(topic_filter: str, decoder: str) -> None:
    """Read the topics of TOPIC_FILTER with DECODER."""
    with context.acting() as session:
        acts.bind(
            session,
            topic_filter=topic_filter,
            decoder=decoder,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{topic_filter} is read as {decoder}")


@binding.command("remove")
@click.argument("topic_filter")
def remove_binding(topic_filter: str) -> None:
    """Read the topics of TOPIC_FILTER no more."""
    with context.acting() as session:
        acts.unbind(session, topic_filter=topic_filter, actor=context.SHELL, now=context.now())
    click.echo(f"{topic_filter} is read no more")


@binding.command("test")
@click.argument("topic_filter")
@DECODER
def test_binding(topic_filter: str, decoder: str) -> None:
    """Show what DECODER would make of recent payloads of TOPIC_FILTER; nothing is changed."""
    with context.opened() as engine, Session(engine) as session:
        trials = queries.try_out(session, topic_filter=topic_filter, decoder=decoder)
    for trial in trials:
        click.echo(f"{trial.topic}: {trial.refusal or ', '.join(map(str, trial.readings))}")
    click.echo(f"{len(trials)} recent payloads")


@click.group()
def device() -> None:
    """Devices that were heard and are not registered."""


@device.command("list")
def list_devices() -> None:
    """Show them, the one heard last first."""
    with context.opened() as engine, Session(engine) as session:
        for one in queries.list_found(session):
            state = "ignored" if one.ignored_at else "waits"
            click.echo(f"{one.device}\t{one.channel}\t{one.kind}\t{one.topic}\t{state}")


@device.command("adopt")
@click.argument("name")
@click.argument("site_code")
@click.argument("unit_code")
@CHANNEL
@click.option("--every", default=300, show_default=True, help="Seconds between two readings.")
@click.option(
    "--with-past/--from-now",
    default=True,
    show_default=True,
    help="Whether what it sent before counts for the unit.",
)
def adopt(
    name: str, site_code: str, unit_code: str, channel: str, every: int, with_past: bool
) -> None:
    """Register the device NAME as a probe in a unit, and take in what it sent before."""
    with context.acting() as session:
        sensor_id = acts.adopt(
            session,
            found_id=acts.get_found(session, name, channel),
            unit_id=places.get_unit(session, site_code, unit_code),
            expected_every_s=every,
            with_past=with_past,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"sensor {sensor_id}")


@device.command("ignore")
@click.argument("name")
@CHANNEL
@click.option("--reason", required=True, help="Why it is none of ours.")
def ignore(name: str, channel: str, reason: str) -> None:
    """Only count from now on what the device NAME sends."""
    with context.acting() as session:
        acts.ignore(
            session,
            found_id=acts.get_found(session, name, channel),
            reason=reason,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{name} is ignored")


COMMANDS: tuple[click.Group, ...] = (binding, device)
