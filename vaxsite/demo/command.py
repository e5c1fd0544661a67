"""`./run demo`: a fresh world, every process, a simulator; and `demo-codes` for fresh codes."""

import dataclasses
import secrets
import socket
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.alerts import AlertKind, AlertState
from sensors.store.engine import open_engine, session_factory
from sensors.store.episodes import AlertRow
from sensors.store.readings import SensorState
from sensors.store.transaction import transaction
from vaxsite import supervise
from vaxsite.core import audit, schema
from vaxsite.core.permissions import Role
from vaxsite.demo import appointments, brokers, rosters, screen, seeding
from vaxsite.demo import folder as folders
from vaxsite.demo.appointments import Booked
from vaxsite.demo.folder import Folder

DEFAULT_DATA = Path(".data/demo")
HOST = "127.0.0.1"
HISTORY = timedelta(hours=24)
DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the demonstration; one that is not empty is gone on with.",
)


@dataclass(frozen=True)
class Prepared:
    """A world in a database, ready for its processes."""

    folder: Folder
    sessions: sessionmaker[Session]
    fresh: bool
    history: timedelta
    booked: list[Booked]


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the web.")
@DATA
def demo(port: int, data: Path | None) -> None:
    """Show everything with made-up people and simulated fridges, on this machine only."""
    started = time.monotonic()
    url = f"http://{HOST}:{port}"
    try:
        _check_port(port)
        folder, fresh = folders.prepare(data or DEFAULT_DATA, keep=data is not None)
        lock = folder.lock()
        broker = brokers.find(folder.path)
    except (folders.FolderUnusable, brokers.NoBroker) as err:
        raise click.ClickException(str(err)) from err
    if not fresh:
        click.echo(f"Going on with the demonstration in {folder.path}")
    if broker.note:
        click.echo(broker.note)
    prepared = _prepare(folder, url=url, fresh=fresh)
    ready = supervise.Ready(
        f"{url}/readyz", lambda: _ready_text(prepared, url, started), lambda: _in_use(prepared)
    )
    children = _children(folder, broker, port, prepared.history)
    code = supervise.supervise(children, ready=ready)
    lock.close()
    sys.exit(code)


@click.command("demo-codes")
@DATA
def demo_codes(data: Path | None) -> None:
    """Print the sign-ins of the demonstration with the codes that work now."""
    try:
        folder = folders.existing(data or DEFAULT_DATA)
    except folders.FolderUnusable as err:
        raise click.ClickException(str(err)) from err
    folder.load_keys()
    with session_factory(open_engine(folder.database_url))() as session:
        click.echo("\n".join(screen.codes(session, folder.sign_ins(), datetime.now(UTC))))


def _prepare(folder: Folder, *, url: str, fresh: bool) -> Prepared:
    """Bring the database to the newest schema, and fill it when it is fresh."""
    folder.load_keys()
    engine = open_engine(folder.database_url)
    schema.upgrade(engine)
    sessions = session_factory(engine)
    audit.guard(sessions)
    now = datetime.now(UTC)
    if not fresh:
        return Prepared(folder, sessions, fresh, _away(sessions, now), [])
    passwords = {role.value: secrets.token_urlsafe(10) for role in Role}
    with sessions() as session, transaction(session):
        world = seeding.seed(session, passwords=passwords, now=now)
        booked = appointments.book_today(session, world, url=url, now=now)
        rosters.upload(session, world, url=url)
    folder.write_sign_ins(seeding.sign_ins(passwords))
    return Prepared(folder, sessions, fresh, HISTORY, booked)


def _away(sessions: sessionmaker[Session], now: datetime) -> timedelta:
    """Return for how long nothing was received: the history that the simulator still owes."""
    with sessions() as session:
        newest = session.scalar(select(func.max(SensorState.received_at)))
    return min(HISTORY, now - newest) if newest else HISTORY


def _children(
    folder: Folder, broker: brokers.DemoBroker, port: int, history: timedelta
) -> list[supervise.Child]:
    """Return every process; each writes what it says into a file of its own."""
    owed = ("--history", str(int(history.total_seconds())))
    children = (
        supervise.Child("broker", broker.argv),
        *supervise.all_on_one_box(host=HOST, port=port),
        supervise.python("simulator", "sensors", "simulate", *owed),
    )
    env = folder.settings(web_port=port, mqtt_url=broker.url)
    return [
        dataclasses.replace(
            child,
            argv=(
                "sh",
                "-c",
                'exec "$@" >>"$0" 2>&1',
                str(folder.log_file(child.name)),
                *child.argv,
            ),
            env={**(child.env or {}), **env},
        )
        for child in children
    ]


def _in_use(prepared: Prepared) -> bool:
    """Tell whether the fridges have told their story: the excursion of a fresh world is known."""
    with prepared.sessions() as session:
        if prepared.fresh:
            found = select(AlertRow.id).where(
                AlertRow.kind == AlertKind.EXCURSION, AlertRow.state == AlertState.OPEN
            )
        else:
            recent = datetime.now(UTC) - timedelta(minutes=1)
            found = select(SensorState.sensor_id).where(SensorState.received_at > recent)
        return session.scalar(found.limit(1)) is not None


def _ready_text(prepared: Prepared, url: str, started: float) -> str:
    with prepared.sessions() as session:
        codes = screen.codes(session, prepared.folder.sign_ins(), datetime.now(UTC))
    lines = [
        f"Ready: {url}",
        f"  started in {time.monotonic() - started:.1f} s; everybody and everything is made up",
        "",
        f"Staff sign in at {url}/sign-in. A code works once and for 30 seconds;",
        "`./run demo-codes` prints fresh ones, or put the secret into an authenticator app.",
        *codes,
    ]
    if prepared.booked:
        lines += ["", "Appointments of today:", *screen.appointments(prepared.booked)]
    lines += ["", "Codes of vials to scan:", *screen.vials()]
    lines += ["", f"Logs are in {prepared.folder.path / 'logs'}. Ctrl-C stops everything."]
    return "\n".join(lines)


def _check_port(port: int) -> None:
    """Say that the port is taken before anything is made."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as err:
            raise click.ClickException(
                f"Port {port} cannot be used ({err.strerror}); choose another with --port."
            ) from err
