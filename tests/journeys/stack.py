"""The whole demonstration, started and stopped as a person does."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.store import encrypted
from sensors.store.engine import open_engine
from tests.journeys.browsing import SHOTS, Visitor
from tests.servers import free_port
from vaxsite.accounts.models import Staff
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import show_reference
from vaxsite.demo.folder import Folder
from vaxsite.residents.models import Person

START_LIMIT_S = 60


@dataclass(frozen=True)
class Expected:
    """Somebody whom the clinic expects today."""

    reference: str
    name: str
    born_on: date


@dataclass
class SignedIn:
    """The sign-in of a member of staff, and when a window last began with it."""

    state: Any  # Any: Playwright's storage state.
    at: datetime


@dataclass
class Stack:
    """A running demonstration: web, subscriber, watch, worker, broker and simulated fridges."""

    url: str
    folder: Folder
    engine: Engine
    output: str
    states: dict[str, SignedIn] = field(default_factory=dict)

    def code_for(self, role: str) -> tuple[str, str, str]:
        """Return e-mail, password and the code that works now for *role*."""
        item = next(item for item in self.folder.sign_ins() if item.role == role)
        with self.reading() as session:
            secrets = {staff.email: staff.totp_secret for staff in session.scalars(select(Staff))}
        code = pyotp.TOTP(secrets[item.email]).at(datetime.now(UTC))
        return item.email, item.password, code

    def expected(self, name: str) -> Expected:
        """Return the appointment of today of one of the made-up people."""
        with self.reading() as session:
            found = {
                person.name: Expected(show_reference(appointment.reference), name, person.born_on)
                for appointment, person in session.execute(
                    select(Appointment, Person).join(Person, Person.id == Appointment.person_id)
                )
            }
        return found[name]

    def environment(self) -> dict[str, str]:
        """Return the environment that the processes of the demonstration have."""
        config = (self.folder.path / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
        port = re.findall(r"^listener (\d+) 127", config, re.MULTILINE)[-1]
        own = self.folder.settings(web_port=8000, mqtt_url=f"mqtt://127.0.0.1:{port}")
        return {**os.environ, **own}

    def reading(self) -> Session:
        """Return a session to look at what the journey left in the database."""
        keys = (self.folder.path / "data.keys").read_text(encoding="utf-8")
        encrypted.load_keys(keys)
        return Session(self.engine)


@contextmanager
def running(data: Path) -> Iterator[Stack]:
    """Run the demonstration on the folder *data*, which must not exist yet."""
    port, output = free_port(), data.with_suffix(".out")
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "vaxsite", "demo", "--port", str(port), "--data", str(data)],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_ready(process, output)
        folder = Folder(data)
        engine = open_engine(folder.database_url)
        yield Stack(f"http://127.0.0.1:{port}", folder, engine, output.read_text())
        engine.dispose()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if SHOTS is not None:
            shutil.copytree(data / "logs", Path(SHOTS) / "logs", dirs_exist_ok=True)


def _wait_ready(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while "Ready:" not in output.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the demonstration did not start:\n{output.read_text()}")
        time.sleep(0.1)


def sign_in(visitor: Visitor, stack: Stack, role: str) -> None:
    """Sign in through the two pages, as a member of staff does."""
    email, password, _ = stack.code_for(role)
    visitor.go("/sign-in")
    visitor.fill("E-mail address", email)
    visitor.fill("Password", password)
    visitor.press("Continue")
    visitor.fill("Code", stack.code_for(role)[2])
    visitor.press("Sign in")
