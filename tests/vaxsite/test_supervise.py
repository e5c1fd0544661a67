"""The supervisor with real processes, counted by their ids."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import wait_until

SUPERVISOR = """
import os, sys
from vaxsite.supervise import Child, Ready, supervise
children = [
    Child(name, (sys.executable, "-u", "-c", text), {{**os.environ, "NAME": name}})
    for name, text in {children!r}.items()
]
sys.exit(supervise(children, ready={ready}, grace_s={grace_s}))
"""
SLEEPER = """
import os, pathlib, time
pathlib.Path({folder!r}, f"{{os.environ['NAME']}}-{{os.getpid()}}").touch()
print("up")
time.sleep(120)
"""
# Leads a process of its own, as gunicorn does, and does not hear SIGTERM.
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {sleeper!r}])
exec({sleeper!r})
"""
CRASHING = """
import os, pathlib
pathlib.Path({folder!r}, f"{{os.environ['NAME']}}-{{os.getpid()}}").touch()
raise SystemExit("it broke")
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that runs a supervisor over children written as Python texts."""
    started: list[subprocess.Popen[str]] = []

    def run(*, ready: str = "None", grace_s: float = 8, **children: str) -> subprocess.Popen[str]:
        script = tmp_path / "supervisor.py"
        script.write_text(
            SUPERVISOR.format(children=children, ready=ready, grace_s=grace_s), encoding="utf-8"
        )
        output = (tmp_path / "output").open("w")
        process = subprocess.Popen([sys.executable, script], stdout=output, text=True)
        output.close()
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def sleeper(folder: Path) -> str:
    """Return a child that notes its process id and sleeps."""
    return textwrap.dedent(SLEEPER.format(folder=str(folder / "pids")))


def started(folder: Path, name: str = "*") -> list[int]:
    """Return the ids of all processes that ever noted themselves, oldest first."""
    notes = sorted((folder / "pids").glob(f"{name}-*"), key=lambda note: note.stat().st_mtime_ns)
    return [int(note.name.rpartition("-")[2]) for note in notes]


def alive(pids: list[int]) -> list[int]:
    """Return those of *pids* that still run; a zombie runs no more."""
    return [pid for pid in pids if state(pid) not in {None, "Z"}]


def state(pid: int) -> str | None:
    """Return the kernel's letter for the state of *pid*, or None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


@pytest.fixture(autouse=True)
def pids(tmp_path: Path) -> Path:
    """Make the folder where the children note themselves."""
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_every_child(start: Start, tmp_path: Path, kind: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the supervisor with 0 and leave no child."""
    supervisor = start(web=sleeper(tmp_path), worker=sleeper(tmp_path), watch=sleeper(tmp_path))
    wait_until(lambda: len(started(tmp_path)) == 3, "the children")

    supervisor.send_signal(kind)

    assert supervisor.wait(timeout=10) == 0
    assert alive(started(tmp_path)) == []


def test_a_child_that_does_not_hear_is_killed_with_its_own_children(
    start: Start, tmp_path: Path
) -> None:
    """A child that ignores SIGTERM, and what it started, are gone after the time of grace."""
    stubborn = STUBBORN.format(sleeper=sleeper(tmp_path))
    supervisor = start(grace_s=0.5, web=stubborn, worker=sleeper(tmp_path))
    wait_until(lambda: len(started(tmp_path)) == 3, "the children")

    supervisor.terminate()

    assert supervisor.wait(timeout=10) == 0
    assert alive(started(tmp_path)) == []


def test_nothing_is_left_when_the_supervisor_is_killed(start: Start, tmp_path: Path) -> None:
    """SIGKILL of the supervisor ends its children: the kernel tells them."""
    supervisor = start(web=sleeper(tmp_path), worker=sleeper(tmp_path))
    wait_until(lambda: len(started(tmp_path)) == 2, "the children")

    supervisor.kill()
    supervisor.wait()

    wait_until(lambda: alive(started(tmp_path)) == [], "the end of the children")


def test_a_crashed_child_starts_again_and_the_others_stay(start: Start, tmp_path: Path) -> None:
    """A child that was killed is started again; its neighbour is not touched."""
    start(web=sleeper(tmp_path), worker=sleeper(tmp_path))
    wait_until(lambda: len(started(tmp_path)) == 2, "the children")
    [web], [worker] = started(tmp_path, "web"), started(tmp_path, "worker")

    os.kill(web, signal.SIGKILL)

    wait_until(lambda: len(started(tmp_path, "web")) == 2, "the second start")
    assert alive(started(tmp_path, "web")) == started(tmp_path, "web")[1:]
    assert started(tmp_path, "worker") == [worker]


def test_a_child_that_keeps_crashing_waits_longer_each_time(start: Start, tmp_path: Path) -> None:
    """The pauses double, and what the child said before it ended is shown with its name."""
    start(web=CRASHING.format(folder=str(tmp_path / "pids")), worker=sleeper(tmp_path))
    output = tmp_path / "output"

    wait_until(lambda: output.read_text().count("starts again") == 3, "three crashes")

    lines = [line for line in output.read_text().splitlines() if line.startswith("web ")]
    assert lines[:6] == [
        "web    | it broke",
        "web    | ended with 1; starts again in 0.5 s",
        "web    | it broke",
        "web    | ended with 1; starts again in 1 s",
        "web    | it broke",
        "web    | ended with 1; starts again in 2 s",
    ]


def test_ready_is_said_once_when_the_address_answers(start: Start, tmp_path: Path) -> None:
    """The line that people wait for comes when the web answers, and not before."""
    page = tmp_path / "page"
    ready = f'Ready("file://{page}", "Ready: http://127.0.0.1:8000")'
    start(ready=ready, web=sleeper(tmp_path))
    output = tmp_path / "output"
    wait_until(lambda: "web | up" in output.read_text(), "the child")
    assert "Ready:" not in output.read_text()

    page.write_text("well")

    wait_until(lambda: "Ready:" in output.read_text(), "the line")
    time.sleep(0.3)
    assert output.read_text().splitlines().count("Ready: http://127.0.0.1:8000") == 1
