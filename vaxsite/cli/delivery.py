"""Commands of the delivery of messages: which gateways may report what became of theirs."""

import click

from vaxsite.cli import context
from vaxsite.duty import delivery
from vaxsite.duty.rules import CHANNELS

CHANNEL = click.argument("channel", type=click.Choice(list(CHANNELS)))


@click.group()
def gateway() -> None:
    """Gateways that report whether a message arrived."""


@gateway.command("add")
@CHANNEL
def add(channel: str) -> None:
    """Let the gateway of a channel report, and show its token, once; an older one ends."""
    with context.acting() as session:
        token = delivery.let_report(
            session, channel=channel, actor=context.SHELL, now=context.now()
        )
    click.echo(f"token, shown only now: {token}")


@gateway.command("revoke")
@CHANNEL
def revoke(channel: str) -> None:
    """Let the gateway of a channel report no more."""
    with context.acting() as session:
        delivery.forbid(session, channel=channel, actor=context.SHELL, now=context.now())
    click.echo(f"{channel} is revoked")


COMMANDS = (gateway,)
