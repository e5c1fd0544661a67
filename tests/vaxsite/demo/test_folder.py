"""The demonstration harms no folder that is not its own, and keeps its secrets private."""

import stat
from pathlib import Path

import pytest

from vaxsite.demo import brokers, folder
from vaxsite.demo.folder import FolderUnusable, SignIn

NURSE = SignIn("nurse", "nurse@demo.example", "not-a-secret-here")


def test_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    """A folder with somebody's files is neither used nor emptied."""
    (tmp_path / "thesis.txt").write_text("years of work")

    for keep in (True, False):
        with pytest.raises(FolderUnusable, match="is not a demonstration's folder"):
            folder.prepare(tmp_path, keep=keep)

    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_default_folder_is_made_anew_and_a_given_one_is_gone_on_with(tmp_path: Path) -> None:
    """With keep the sign-ins stay; without, everything is fresh."""
    path = tmp_path / "demo"
    made, fresh = folder.prepare(path, keep=True)
    made.write_sign_ins([NURSE])
    assert fresh

    kept, fresh = folder.prepare(path, keep=True)
    assert (kept.sign_ins(), fresh) == ([NURSE], False)

    anew, fresh = folder.prepare(path, keep=False)
    assert (anew.sign_ins(), fresh) == ([], True)


def test_half_made_folder_is_made_anew(tmp_path: Path) -> None:
    """A start that was interrupted before the world was complete leaves nothing to go on with."""
    path = tmp_path / "demo"
    folder.prepare(path, keep=True)
    (path / "vaxsite.sqlite").write_text("half")

    _, fresh = folder.prepare(path, keep=True)

    assert fresh
    assert not (path / "vaxsite.sqlite").exists()


def test_running_demonstration_is_not_pulled_from_under_its_processes(tmp_path: Path) -> None:
    """A second start on the folder of a running one is refused."""
    path = tmp_path / "demo"
    made, _ = folder.prepare(path, keep=True)
    lock = made.lock()

    with pytest.raises(FolderUnusable, match="a demonstration is running"):
        folder.prepare(path, keep=False)

    lock.close()
    folder.prepare(path, keep=False)


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """Keys and sign-ins have mode 600 in a folder of mode 700."""
    made, _ = folder.prepare(tmp_path / "demo", keep=True)
    made.write_sign_ins([NURSE])

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    for name in ("data.keys", "secret.key", "sign-ins.json"):
        assert stat.S_IMODE((made.path / name).stat().st_mode) == 0o600


def test_codes_are_printed_for_a_demonstration_only(tmp_path: Path) -> None:
    """A folder without the mark is not opened, whatever lies in it."""
    (tmp_path / "sign-ins.json").write_text("[]")

    with pytest.raises(FolderUnusable):
        folder.existing(tmp_path)


@pytest.mark.mosquitto
def test_broker_runs_with_the_shipped_settings_in_the_folder(tmp_path: Path) -> None:
    """Everything but the places is as shipped; it listens on this machine only."""
    found = brokers.find(tmp_path)

    config = Path(found.argv[-1]).read_text().splitlines()
    port = found.url.rsplit(":", 1)[1]
    assert found.note is None
    assert [line for line in config if line.startswith("listener")] == [
        f"listener {port} 127.0.0.1"
    ]
    assert f"persistence_location {tmp_path}/mosquitto/" in config
    assert "max_queued_messages 0" in config
    assert "autosave_interval 5" in config


def test_broker_without_mosquitto_is_amqtt_and_says_what_it_loses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where mosquitto is missing the demonstration still starts, and warns on the screen."""
    monkeypatch.setattr(brokers.shutil, "which", lambda *_args, **_more: None)

    found = brokers.find(tmp_path)

    assert found.url.endswith("?version=3")
    assert found.note is not None
    assert "this demonstration only" in found.note
