"""From the fridge to the needle: what was warm is refused until a pharmacist has decided."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from sensors.store.episodes import AlertRow
from sensors.store.places import Sensor, StorageUnit
from sensors.store.readings import ReadingRow
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from tests.journeys.test_nurse import bring_to_the_needle, code_of, give, lots_given, scan
from vaxsite.core.audit import AuditEntry
from vaxsite.stock.models import Disposition, Lot

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]


def test_released_lot_can_be_given_and_every_step_is_audited(opened: Open, stack: Stack) -> None:
    """The nurse is refused, the pharmacist releases with a reason, the next scan is good."""
    nurse = opened("join-nurse", role="nurse", width=820)
    pharmacist = opened("join-pharmacist", role="pharmacist")
    bring_to_the_needle(nurse, stack, "周雪")

    scan(nurse, code_of("DEMO2604D"))
    assert nurse.say("Stop. Do not vaccinate.") in nurse.text()

    pharmacist.go("/coldchain")
    pharmacist.press("Fridge 3, corridor")
    main = pharmacist.page.get_by_role("main")
    pharmacist.follow(main.locator("a[href*='/coldchain/excursions/']").first)
    pharmacist.fill("Why do you decide so about lot DEMO2604D?", "Below 12 °C, stable for 48 h.")
    pharmacist.press("Release lot DEMO2604D")

    scan(nurse, code_of("DEMO2604D"))
    assert nurse.say("Stop. Do not vaccinate.") not in nurse.text()
    give(nurse)
    assert lots_given(stack, "周雪") == ["DEMO2604D"]
    with stack.reading() as session:
        decided = (
            select(Disposition.decision)
            .join(Lot, Lot.id == Disposition.lot_id)
            .where(Lot.number == "DEMO2604D")
        )
        assert session.scalars(decided).all() == ["release"]
        acts = set(session.scalars(select(AuditEntry.action)))
    assert {"dose:stop", "dose:give", "lot:release"} <= acts


def test_warm_probe_reaches_the_wall_by_itself(opened: Open, stack: Stack, tmp_path: Path) -> None:
    """Readings published to the broker become an alert on a page that nobody reloads."""
    add_probe(stack, "ward-fridge")
    recording = tmp_path / "warm.csv"
    now = datetime.now(UTC)
    lines = [
        f"{(now - timedelta(minutes=minute)).isoformat(timespec='seconds')},9.4"
        for minute in range(45, -1, -1)
    ]
    recording.write_text("at,c\n" + "\n".join(lines) + "\n")
    visitor = opened("join-wall", role="pharmacist", language="zh")
    visitor.go("/coldchain")

    replay_until_known(stack, recording, "ward-fridge")
    card = visitor.page.locator(".unit", has_text="病房冰箱")
    expect(card).to_contain_text(visitor.say("Excursion"), timeout=10_000)
    visitor.look()
    with stack.reading() as session:
        unit = session.scalars(select(StorageUnit).where(StorageUnit.name_zh == "病房冰箱")).one()
        states = session.scalars(select(AlertRow.state).where(AlertRow.unit_id == unit.id)).all()
    assert states == ["open"]


def add_probe(stack: Stack, device: str) -> None:
    """Add a fridge with a probe, as an operator does at the shell."""
    names = ("--name-en", "Ward fridge", "--name-zh", "病房冰箱")
    run(stack, "-m", "vaxsite", "unit", "add", "xinwu", "W1", *names)
    run(stack, "-m", "vaxsite", "sensor", "add", "xinwu", "W1", device, "--every", "60")


def replay_until_known(stack: Stack, recording: Path, device: str) -> None:
    """Publish the recording until the subscriber has read anew which probes there are."""
    readings = (
        select(func.count()).select_from(ReadingRow).join(Sensor, Sensor.id == ReadingRow.sensor_id)
    )
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        done = run(stack, "-m", "sensors", "replay", str(recording), "--device", device)
        assert done.stdout == "46 published, 0 lines set aside\n"
        time.sleep(2)
        with stack.reading() as session:
            if session.scalar(readings.where(Sensor.device == device)) == 46:
                return
    raise AssertionError("the readings were not stored")


def run(stack: Stack, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the settings of the demonstration; it must succeed."""
    done = subprocess.run(
        [sys.executable, *argv], env=stack.environment(), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return done
