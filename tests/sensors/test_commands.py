"""The commands of the cold chain, as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session, sessionmaker

from sensors import watch
from sensors.__main__ import main
from sensors.store.outbox import Lease
from tests.conftest import FrozenClock


def test_decode_prints_one_reading_a_line(tmp_path: Path) -> None:
    """Fields that are not known are left out."""
    payload = tmp_path / "payload.json"
    payload.write_text('[{"seq": 1, "boot": "b", "c": 4.61}, {"c": null}]', encoding="utf-8")
    result = CliRunner().invoke(
        main, ["decode", "native_json", str(payload), "--topic", "vaxsite/east-1/reading"]
    )

    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "device": "east-1",
            "channel": "",
            "centi": 461,
            "boot": "b",
            "seq": 1,
            "source": "stored",
        },
        {"device": "east-1", "channel": "", "fault": "missing", "source": "stored"},
    ]


def test_decode_says_why_it_cannot(tmp_path: Path) -> None:
    """The reason goes to standard error, with exit code 1."""
    payload = tmp_path / "payload.json"
    payload.write_bytes(b"\xff")
    result = CliRunner().invoke(main, ["decode", "native_json", str(payload)])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: not UTF-8 text\n"


@pytest.mark.parametrize("command", ["subscribe", "watch"])
def test_missing_settings_are_told_all_at_once(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that cannot run says everything that is wrong, with exit code 2."""
    monkeypatch.delenv("VAXSITE_DATABASE_URL", raising=False)
    monkeypatch.delenv("VAXSITE_DATA_KEYS_FILE", raising=False)
    monkeypatch.setenv("VAXSITE_MQTT_URL", "http://broker")
    result = CliRunner().invoke(main, [command])

    assert result.exit_code == 2
    for variable in ("VAXSITE_DATABASE_URL", "VAXSITE_DATA_KEYS_FILE", "VAXSITE_MQTT_URL"):
        assert variable in result.stderr


def test_schedule_runs_late_jobs_and_never_two_of_a_kind(
    sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """The scheduler's own default drops what is one second late."""
    made = watch.scheduler(watch.Watch(sessions, {}, clock))

    assert made._job_defaults == {  # noqa: SLF001 - there is no other way to look
        "coalesce": True,
        "max_instances": 1,
        "misfire_grace_time": None,
    }


def test_second_watch_does_nothing_until_the_first_has_left(
    sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """One lease, one watch; leaving hands it over at once."""
    first, second = (watch.Watch(sessions, {}, clock) for _ in range(2))

    def holder() -> str | None:
        with sessions() as session:
            row = session.get(Lease, watch.LEASE)
            return None if row is None else row.holder

    first.deliver()
    taken_by_first = holder()
    second.deliver()
    still = holder()
    first.leave()
    second.notice_silence()

    assert still == taken_by_first
    assert holder() not in {None, taken_by_first}
