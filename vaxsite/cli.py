"""The command line: reads settings, builds engine and sessions, calls one service. No logic."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors import settings
from sensors.domain.rules import RULE_SETS
from sensors.domain.units import Profile
from sensors.services import verify as sensor_checks
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from vaxsite import supervise
from vaxsite import worker as work
from vaxsite.accounts import services as accounts
from vaxsite.core import actor, audit, folder, ids, places, schema
from vaxsite.core.errors import DomainError
from vaxsite.core.permissions import Role
from vaxsite.core.settings import WebSettings
from vaxsite.demo.command import demo, demo_codes

SHELL = actor.system("shell")
WEB_THREADS = 64  # A live page holds one thread each; the pool of connections is smaller.
WEB_GRACE_S = 5
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address of the web.")
PORT = click.option("--port", default=8000, show_default=True, help="Port of the web.")


@click.group()
@click.version_option(package_name="vaxsite")
def main() -> None:
    """Vaccination booking and dose records joined to the monitoring of fridges."""


main.add_command(demo)
main.add_command(demo_codes)


def read_settings() -> WebSettings:
    """Read the settings; end with every fault of them in one message."""
    try:
        return settings.read(WebSettings, os.environ)
    except settings.SettingsInvalid as err:
        raise click.ClickException(str(err)) from err


@contextmanager
def opened() -> Iterator[Engine]:
    """Give the engine that the settings describe, its keys loaded."""
    values = read_settings()
    encrypted.load_keys(values.data_keys)
    engine = open_engine(values.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def acting() -> Iterator[Session]:
    """Give a session inside a transaction; show a refusal as the sentence that it carries."""
    with opened() as engine:
        sessions = session_factory(engine)
        audit.guard(sessions)
        try:
            with sessions() as session, transaction(session):
                yield session
        except DomainError as err:
            raise click.ClickException(err.sentence % err.detail) from err


def now() -> datetime:
    """Return the instant of an act at the shell."""
    return datetime.now(UTC)


@main.command()
@HOST
@PORT
def serve(host: str, port: int) -> None:
    """Run everything on this machine: subscriber, watch, web and worker."""
    with opened() as engine:
        schema.upgrade(engine)
    ready = supervise.Ready(f"http://{host}:{port}/readyz", f"Ready: http://{host}:{port}")
    sys.exit(supervise.supervise(supervise.all_on_one_box(host=host, port=port), ready=ready))


@main.command()
@HOST
@PORT
def web(host: str, port: int) -> None:
    """Serve the pages."""
    read_settings()
    gunicorn = [sys.executable, "-m", "gunicorn", "--no-control-socket"]
    server = ["--worker-class", "gthread", "--workers", "1", "--threads", str(WEB_THREADS)]
    place = ["--bind", f"{host}:{port}", "--graceful-timeout", str(WEB_GRACE_S)]
    os.execv(sys.executable, [*gunicorn, *server, *place, "vaxsite.app:from_environment()"])  # noqa: S606 - our own Python becomes the server


@main.command()
def worker() -> None:
    """Do what is due: expire holds, follow the cold chain, seal the audit."""
    work.run(read_settings())


@main.command()
def verify() -> None:
    """Recompute what can be recomputed and list what is not as it must be."""
    with opened() as engine, Session(engine) as session:
        faults = [f"{f.kind} {f.subject}: {f.detail}" for f in sensor_checks.verify(session)]
        faults += [f"audit_broken place:{place}" for place in audit.broken_seals(session)]
    for fault in faults:
        click.echo(fault)
    click.echo(f"{len(faults)} faults")
    sys.exit(1 if faults else 0)


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
    with opened() as engine:
        schema.upgrade(engine)
    click.echo(f"schema {schema.head()}")


@main.group()
def user() -> None:
    """Staff."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="Name as colleagues see it.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="zh", show_default=True)
@click.option(
    "--role",
    "posts",
    type=(click.Choice([role.value for role in Role]), str),
    multiple=True,
    required=True,
    help="A role and the code of the site where it is held; may be given again.",
)
@click.option("--password-file", type=click.File("r"), help="A file, or - for standard input.")
def add_user(
    email: str,
    name: str,
    language: str,
    posts: tuple[tuple[str, str], ...],
    password_file: TextIO | None,
) -> None:
    """Add a member of staff and show, once, the secrets of the second factor."""
    password = password_file.read().strip() if password_file else ask_password()
    with acting() as session:
        added = accounts.add_staff(
            session,
            name=name,
            email=email,
            password=password,
            posts=[(places.get_site(session, code), Role(role)) for role, code in posts],
            language=language,
            actor=SHELL,
            now=now(),
        )
    click.echo(f"staff {added.staff_id}")
    click.echo(f"for the authenticator app: {added.totp_uri}")
    click.echo(f"secret to type: {added.totp_secret}")
    click.echo("recovery codes, each works once, shown only now:")
    for code in added.recovery_codes:
        click.echo(f"  {ids.show_reference(code)}")


def ask_password() -> str:
    """Ask for a password, twice, without showing it."""
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@main.group()
def site() -> None:
    """Sites."""


@site.command("add")
@click.argument("code")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--name-zh", required=True, help="Name in Chinese.")
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help="IANA time zone.")
def add_site(code: str, name_en: str, name_zh: str, timezone: str) -> None:
    """Add a site with the code that people and commands use."""
    with acting() as session:
        site_id = places.add_site(
            session,
            code=code,
            name_en=name_en,
            name_zh=name_zh,
            timezone=timezone,
            actor=SHELL,
            now=now(),
        )
    click.echo(f"site {site_id}")


@main.group()
def unit() -> None:
    """Storage units."""


@unit.command("add")
@click.argument("site_code")
@click.argument("code")
@click.option("--name-en", required=True, help="Name in English.")
@click.option("--name-zh", required=True, help="Name in Chinese.")
@click.option("--profile", type=click.Choice([p.value for p in Profile]), default="fridge")
@click.option("--rules", type=click.Choice(sorted(RULE_SETS)), default="cn-clinic")
def add_unit(
    site_code: str, code: str, name_en: str, name_zh: str, profile: str, rules: str
) -> None:
    """Add a fridge or freezer to a site."""
    with acting() as session:
        unit_id = places.add_unit(
            session,
            site=site_code,
            code=code,
            name_en=name_en,
            name_zh=name_zh,
            profile=Profile(profile),
            rule_set=rules,
            actor=SHELL,
            now=now(),
        )
    click.echo(f"unit {unit_id}")


@main.group()
def sensor() -> None:
    """Probes."""


@sensor.command("add")
@click.argument("site_code")
@click.argument("unit_code")
@click.argument("device")
@click.option("--channel", default="", help="Channel of a device with several probes.")
@click.option("--every", default=300, show_default=True, help="Seconds between two readings.")
def add_sensor(site_code: str, unit_code: str, device: str, channel: str, every: int) -> None:
    """Hang a probe into a unit; DEVICE is its name in its own messages."""
    with acting() as session:
        sensor_id = places.add_sensor(
            session,
            device=device,
            channel=channel,
            site=site_code,
            unit=unit_code,
            expected_every_s=every,
            actor=SHELL,
            now=now(),
        )
    click.echo(f"sensor {sensor_id}")
