"""Commands of the exchange: who may send transmissions, and transmissions of our own units."""

import json
from datetime import UTC, datetime

import click

from vaxsite.cli import context
from vaxsite.core import places
from vaxsite.exchange import publishing, queries, rules
from vaxsite.exchange import services as acts

INSTANT = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])


@click.group()
def source() -> None:
    """Suppliers that send transmissions over HTTP."""


@source.command("add")
@click.argument("name")
@click.option("--site", help="Code of the one site whose probes it may speak for.")
def add(name: str, site: str | None) -> None:
    """Add a source and show its token, once."""
    with context.acting() as session:
        token = acts.add_source(
            session,
            name=name,
            site_id=places.get_site(session, site).id if site else None,
            actor=context.SHELL,
            now=context.now(),
        )
    click.echo(f"token, shown only now: {token}")


@source.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Let a source send no more."""
    with context.acting() as session:
        acts.revoke_source(session, name=name, actor=context.SHELL, now=context.now())
    click.echo(f"{name} is revoked")


@click.group()
def target() -> None:
    """Who gets the transmissions of our own units, over HTTP or MQTT."""


@target.command("add")
@click.argument("site_code")
@click.argument("name")
@click.argument("address")
@click.option("--every", type=int, default=900, show_default=True, help="Seconds between two.")
def add_target(site_code: str, name: str, address: str, every: int) -> None:
    """Give what comes in from now on to ADDRESS: https://HOST/PATH#TOKEN, or mqtt:TOPIC."""
    with context.acting() as session:
        publishing.add_target(
            session,
            name=name,
            site_id=places.get_site(session, site_code).id,
            address=address,
            every_s=every,
            actor=context.SHELL,
            now=context.now(),
        )


@target.command("list")
def list_targets() -> None:
    """Show who gets transmissions, and up to when they have been given."""
    with context.acting() as session:
        for one in publishing.list_targets(session):
            ended = "" if one.ended_at is None else f", ended {one.ended_at.isoformat()}"
            given = one.sent_to.isoformat()
            click.echo(f"{one.name}: {one.address} every {one.every_s} s, given to {given}{ended}")


@target.command("end")
@click.argument("name")
def end_target(name: str) -> None:
    """Give nothing more to a target."""
    with context.acting() as session:
        publishing.end_target(session, name=name, actor=context.SHELL, now=context.now())
    click.echo(f"{name} gets nothing more")


@click.group()
def export() -> None:
    """What others can read."""


@export.command("cce")
@click.argument("site_code")
@click.argument("unit_code")
@click.option("--since", type=INSTANT, required=True, help="Such as 2026-01-12T00:00+08:00.")
@click.option("--until", type=INSTANT, required=True, help="Not included.")
def cce(site_code: str, unit_code: str, since: datetime, until: datetime) -> None:
    """Print what a unit read as a WHO/UNICEF transmission (cce-interop 0.8.1)."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    with context.acting() as session:
        unit_id = queries.unit_named(session, site_code, unit_code)
        found = queries.appliances(session, unit_id, since=since, until=until)
    if not any(one.records for one in found):
        raise click.ClickException("there are no readings in this period")
    made = rules.transmission(
        found,
        transfer_id=f"unit:{unit_id}:{int(since.timestamp())}:{int(until.timestamp())}",
        source=context.read_settings().public_url,
        sent_at=context.now(),
    )
    click.echo(json.dumps(made, ensure_ascii=False))


COMMANDS = (source, target, export)
