"""Commands about probes that are there already: move one, replace one."""

from datetime import UTC, datetime

import click

from vaxsite.cli import context
from vaxsite.cli.places import COMMANDS as PLACES
from vaxsite.cli.places import sensor
from vaxsite.core import places, probes

CHANNEL = click.option("--channel", default="", help="Channel of a device with several probes.")
AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    help="When it was done, in UTC, such as 2026-01-12T03:04:05Z; now where it is left out.",
)
REASON = click.option("--reason", required=True, help="Why, for those who read it years later.")


@sensor.command("move")
@click.argument("device")
@click.argument("site_code")
@click.argument("unit_code", required=False)
@CHANNEL
@AT
@REASON
def move(
    device: str,
    site_code: str,
    unit_code: str | None,
    channel: str,
    at: datetime | None,
    reason: str,
) -> None:
    """Hang a probe into another unit; without UNIT_CODE, into none.

    What it read before stays with the unit where it was read.
    """
    with context.acting() as session:
        now = context.now()
        places.get_site(session, site_code)
        probes.move_probe(
            session,
            sensor_id=probes.get_probe(session, device, channel),
            unit_id=places.get_unit(session, site_code, unit_code) if unit_code else None,
            at=at.replace(tzinfo=UTC) if at else now,
            reason=reason,
            actor=context.SHELL,
            now=now,
        )
    click.echo(f"{device} is in {unit_code or 'no unit'} now")


@sensor.command("replace")
@click.argument("device")
@click.argument("successor")
@CHANNEL
@click.option("--successor-channel", default="", help="Channel of the new one.")
@AT
@REASON
def replace(
    device: str,
    successor: str,
    channel: str,
    successor_channel: str,
    at: datetime | None,
    reason: str,
) -> None:
    """Put the probe SUCCESSOR where DEVICE hung; DEVICE hangs nowhere then."""
    with context.acting() as session:
        now = context.now()
        probes.replace_probe(
            session,
            sensor_id=probes.get_probe(session, device, channel),
            successor_id=probes.get_probe(session, successor, successor_channel),
            at=at.replace(tzinfo=UTC) if at else now,
            reason=reason,
            actor=context.SHELL,
            now=now,
        )
    click.echo(f"{successor} hangs where {device} hung")


# `sensor` itself belongs to the places; importing this module is what adds the commands to it.
COMMANDS: tuple[click.Group, ...] = PLACES
