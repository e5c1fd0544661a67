"""The command line: reads settings, builds engine and sessions, calls one service. No logic."""

import os
import sys
from pathlib import Path

import click
from sqlalchemy.orm import Session

from sensors.services import hours
from sensors.services import verify as sensor_checks
from sensors.store.engine import session_factory
from vaxsite import supervise
from vaxsite import worker as work
from vaxsite.booking import counting
from vaxsite.cli import context, delivery, devices, draw, exchange, loggers, probes, schedule, stock
from vaxsite.cli.doctor import doctor
from vaxsite.cli.retention import retention
from vaxsite.core import audit, folder, schema
from vaxsite.demo.command import demo, demo_codes
from vaxsite.draws import queries as draws
from vaxsite.logbook.queries import signatures
from vaxsite.moves import queries as moves
from vaxsite.rosters import counting as rosters

WEB_THREADS = 64  # A live page holds one thread each; the pool of connections is smaller.
WEB_GRACE_S = 5
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address of the web.")
PORT = click.option("--port", default=8000, show_default=True, help="Port of the web.")
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes of the web: as many as there are cores for it.",
)


@click.group()
@click.version_option(package_name="vaxsite")
def main() -> None:
    """Vaccination booking and dose records joined to the monitoring of fridges."""


GROUPS = (
    devices.COMMANDS,
    loggers.COMMANDS,
    probes.COMMANDS,
    schedule.COMMANDS,
    stock.COMMANDS,
    exchange.COMMANDS,
    draw.COMMANDS,
    delivery.COMMANDS,
)
for command in (demo, demo_codes, doctor, retention, *(one for group in GROUPS for one in group)):
    main.add_command(command)


@main.command()
@HOST
@PORT
@WORKERS
def serve(host: str, port: int, workers: int) -> None:
    """Run everything on this machine: subscriber, watch, web and worker."""
    with context.opened() as engine:
        schema.upgrade(engine)
    ready = supervise.Ready(f"http://{host}:{port}/readyz", f"Ready: http://{host}:{port}")
    children = supervise.all_on_one_box(host=host, port=port, workers=workers)
    sys.exit(supervise.supervise(children, ready=ready))


@main.command()
@HOST
@PORT
@WORKERS
def web(host: str, port: int, workers: int) -> None:
    """Serve the pages."""
    context.read_settings()
    gunicorn = [sys.executable, "-m", "gunicorn", "--no-control-socket"]
    size = ["--workers", str(workers), "--threads", str(WEB_THREADS)]
    server = ["--worker-class", "gthread", *size]
    place = ["--bind", f"{host}:{port}", "--graceful-timeout", str(WEB_GRACE_S)]
    os.execv(sys.executable, [*gunicorn, *server, *place, "vaxsite.app:from_environment()"])  # noqa: S606 - our own Python becomes the server


@main.command()
def worker() -> None:
    """Do what is due: expire holds, follow the cold chain, seal the audit."""
    work.run(context.read_settings())


@main.command()
def verify() -> None:
    """Recompute what can be recomputed and list what is not as it must be."""
    with context.opened() as engine, Session(engine) as session:
        faults = [f"{f.kind} {f.subject}: {f.detail}" for f in sensor_checks.verify(session)]
        faults += [
            f"seats_wrong slot:{seat.slot_id}: {seat.taken} taken, {seat.held} held, "
            f"{seat.booked} booked, {seat.capacity} seats, {seat.overbooked} added"
            for seat in counting.count_seats(session)
            if not seat.balanced
        ]
        faults += [f"booking_half hold:{hold_id}" for hold_id in counting.half_bookings(session)]
        faults += [
            f"move_forgotten appointment:{one.appointment_id}: its session takes place no more"
            for one in moves.forgotten(session)
        ]
        faults += [f"draw_list_changed draw:{one}" for one in draws.changed_lists(session)]
        faults += rosters.faults(session)
        faults += [f"audit_broken place:{place}" for place in audit.broken_seals(session)]
        faults += signatures.faults(session, now=context.now())
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


@main.command()
def rollup() -> None:
    """Make the hourly roll-up of every probe again from its readings."""
    with context.opened() as engine:
        made = sum(1 for _ in hours.rebuild_all(session_factory(engine)))
    click.echo(f"{made} probes rolled up")


@main.group()
def db() -> None:
    """Prepare and upgrade what is stored."""


@db.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
def init(path: Path) -> None:
    """Make the data folder PATH with fresh keys; a key that is there stays."""
    for file in folder.prepare(path):
        click.echo(f"wrote {file}: keep a copy where the backup of the data is not")


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema."""
    with context.opened() as engine:
        schema.upgrade(engine)
    click.echo(f"schema {schema.head()}")
