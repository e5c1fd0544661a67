"""The commands that the README shows are run as they stand there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build.booking import an_open_clinic
from tests.serving import serving
from vaxsite.booking.models import BookingOrigin

README = Path(__file__).parents[3] / "README.md"
DEMO = "http://127.0.0.1:8000"


def test_the_booking_of_the_readme_is_a_booking(app: Flask, session: Session) -> None:
    """Its shell commands, sent to this server, end with an appointment."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed, which these commands use")
    an_open_clinic(session, code="liangxi")
    session.commit()
    [commands] = re.findall(r"```sh\n(api=.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

    with serving(app) as address:
        assert DEMO in commands
        ran = subprocess.run(
            ["sh", "-eu", "-c", commands.replace(DEMO, address)],
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert ran.returncode == 0, ran.stderr
    [booked] = json.loads(ran.stdout)["appointments"]
    assert booked["state"] == "booked"
    session.rollback()
    assert session.scalars(select(BookingOrigin.came_by)).all() == ["api"]
