"""Commands of the delivery of messages: which gateways may report what became of theirs."""

from typing import TextIO

import click

from vaxsite.cli import context
from vaxsite.core import places as acts
from vaxsite.duty import delivery
from vaxsite.duty.rules import CHANNELS
from vaxsite.messages import gateways
from vaxsite.messages.writing import TEXT

CHANNEL = click.argument("channel", type=click.Choice([*CHANNELS, TEXT]))


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


@click.group()
def texts() -> None:
    """Text messages to the residents of a clinic."""


@texts.command("add")
@click.argument("site_code")
@click.argument("url_file", type=click.File())
def add_texts(site_code: str, url_file: TextIO) -> None:
    """Send by the gateway in URL_FILE, in place of an earlier one.

    It is a webhook as URL#SECRET, or an apprise URL with {number} where the number belongs.
    """
    with context.acting() as session:
        gateways.add(
            session,
            site_id=acts.get_site(session, site_code).id,
            url=url_file.read().strip(),
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{site_code} sends text messages")


@texts.command("remove")
@click.argument("site_code")
def remove_texts(site_code: str) -> None:
    """Send no text messages any more: who has no e-mail address is called."""
    with context.acting() as session:
        gateways.remove(
            session,
            site_id=acts.get_site(session, site_code).id,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{site_code} sends no text messages")


COMMANDS = (gateway, texts)
