"""Commands about probes that are there already: move, replace, calibrate one."""

from datetime import UTC, date, datetime

import click

from sensors.domain.calibration import Point
from sensors.services.calibrating import Certificate
from vaxsite.cli import context
from vaxsite.cli.places import COMMANDS as PLACES
from vaxsite.cli.places import sensor
from vaxsite.core import certificates, places, probes

CHANNEL = click.option("--channel", default="", help="Channel of a device with several probes.")
AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    help="When it was done, in UTC, such as 2026-01-12T03:04:05Z; now where it is left out.",
)
DAY = click.DateTime(["%Y-%m-%d"])
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


@sensor.command("files-every")
@click.argument("device")
@click.argument("days", type=click.IntRange(1, 366))
@CHANNEL
def files_every(device: str, days: int, channel: str) -> None:
    """Say that DEVICE is a USB logger whose file comes every DAYS days."""
    with context.acting() as session:
        probes.expect_files(
            session,
            sensor_id=probes.get_probe(session, device, channel),
            every_s=days * 86_400,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"{device}: a file every {days} days")


@sensor.command("calibrate")
@click.argument("device")
@click.argument("number")
@CHANNEL
@click.option("--laboratory", required=True, help="Who calibrated the probe.")
@click.option("--on", "calibrated", type=DAY, required=True, help="Day of calibration.")
@click.option("--expires", type=DAY, required=True, help="Day on which the certificate runs out.")
@click.option(
    "--offset",
    type=float,
    help="Degrees Celsius to add to what the probe shows, at all temperatures.",
)
@click.option(
    "--point",
    "points",
    type=(float, float),
    multiple=True,
    help="What the probe read and what the reference showed; may be given again.",
)
def calibrate(
    device: str,
    number: str,
    channel: str,
    laboratory: str,
    calibrated: datetime,
    expires: datetime,
    offset: float | None,
    points: tuple[tuple[float, float], ...],
) -> None:
    """Enter the certificate NUMBER of a probe; what it read since is judged again.

    It has one offset or points; between two points the correction is on the line that joins them.
    """
    if (offset is None) == (not points):
        raise click.UsageError("Give either --offset or --point.")
    paper = (number, laboratory, calibrated.date(), expires.date())
    with context.acting() as session:
        certificate_id = certificates.add_certificate(
            session,
            sensor_id=probes.get_probe(session, device, channel),
            certificate=_certificate(paper, offset, points),
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"certificate {certificate_id}")


def _certificate(
    paper: tuple[str, str, date, date],
    offset: float | None,
    points: tuple[tuple[float, float], ...],
) -> Certificate:
    if offset is not None:
        return Certificate(*paper, round(offset * 100))
    number, laboratory, calibrated_on, expires_on = paper
    return certificates.with_points(
        number=number,
        laboratory=laboratory,
        calibrated_on=calibrated_on,
        expires_on=expires_on,
        points=[Point(round(read * 100), round(shown * 100)) for read, shown in points],
    )


@sensor.command("withdraw-certificate")
@click.argument("certificate_id", type=int)
@REASON
def withdraw_certificate(certificate_id: int, reason: str) -> None:
    """Take a wrong certificate back, as if it had never been."""
    with context.acting() as session:
        certificates.withdraw_certificate(
            session,
            certificate_id=certificate_id,
            reason=reason,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"certificate {certificate_id} is withdrawn")


# `sensor` itself belongs to the places; importing this module is what adds the commands to it.
COMMANDS: tuple[click.Group, ...] = PLACES
