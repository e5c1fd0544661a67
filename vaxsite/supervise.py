"""All processes on one box: starts them, starts a crashed one again, stops them all.

One thread only: the kernel ends a child when the *thread* that made it ends, and a fork beside
other threads may never return. Nothing is left running, not even when this process is killed.
"""

import ctypes
import http.client
import os
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

PR_SET_PDEATHSIG = 1  # linux/prctl.h
GRACE_S = 8.0  # Then a child that has not ended is killed; the promise is ten seconds.
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0  # A child that ran so long begins again with the shortest pause.
TICK_S = 0.1
PROBE_TIMEOUT_S = 2.0
STOPPING = (signal.SIGINT, signal.SIGTERM)
# A proxy that the shell names is not for this machine's own address.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Child:
    """A process to keep running, in the environment *env*, or in that of this process."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Ready:
    """Says *text* once, when *url* first answers with success and *also* agrees."""

    url: str
    text: str | Callable[[], str]  # A text that depends on the moment is made in that moment.
    also: Callable[[], bool] = lambda: True


@dataclass
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    rest: bytes = b""


def supervise(
    children: Sequence[Child], *, ready: Ready | None = None, grace_s: float = GRACE_S
) -> int:
    """Run *children* until SIGINT or SIGTERM; return the exit code of this process."""
    return _Supervisor(children, ready, grace_s).run()


class _Supervisor:
    def __init__(self, children: Sequence[Child], ready: Ready | None, grace_s: float) -> None:
        self.running = [_Running(child) for child in children]
        self.width = max(len(child.name) for child in children)
        self.ready = ready
        self.grace_s = grace_s
        self.signals = 0
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Keep the children running until a signal comes, then stop them."""
        handlers = {kind: signal.signal(kind, self._note) for kind in STOPPING}
        try:
            while not self.signals:
                self._start_due()
                self._tick()
                self._note_ended()
                self._announce()
        finally:
            self._stop()
            for kind, handler in handlers.items():
                signal.signal(kind, handler)
        return 0

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self.signals += 1

    def _start_due(self) -> None:
        for running in self.running:
            if running.process is None and time.monotonic() >= running.start_at:
                self._start(running)

    def _start(self, running: _Running) -> None:
        parent = os.getpid()
        environment = os.environ if running.child.env is None else running.child.env
        process = subprocess.Popen(  # noqa: S603 - programs of our own
            running.child.argv,
            env={"PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we say when the children stop.
            preexec_fn=lambda: _end_with(parent),  # noqa: PLW1509 - we have one thread
        )
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self.selector.register(process.stdout, selectors.EVENT_READ, running)
        running.process, running.started_at = process, time.monotonic()

    def _tick(self) -> None:
        for key, _ in self.selector.select(TICK_S):
            self._read(key.data)

    def _read(self, running: _Running) -> None:
        assert running.process is not None
        assert running.process.stdout is not None
        chunk = running.process.stdout.read(65_536)
        if chunk == b"":
            self.selector.unregister(running.process.stdout)
        *lines, running.rest = (running.rest + (chunk or b"")).split(b"\n")
        for line in lines:
            self._say(running.child.name, line.decode(errors="replace"))

    def _say(self, name: str, line: str) -> None:
        sys.stdout.write(f"{name:<{self.width}} | {line}\n")
        sys.stdout.flush()

    def _note_ended(self) -> None:
        for running in self.running:
            if running.process is not None and running.process.poll() is not None:
                lived_s = time.monotonic() - running.started_at
                steady = lived_s >= STEADY_AFTER_S
                pause_s = FIRST_PAUSE_S if steady else running.pause_s
                code = self._forget(running)
                self._say(running.child.name, f"ended with {code}; starts again in {pause_s:g} s")
                running.start_at = time.monotonic() + pause_s
                running.pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _forget(self, running: _Running) -> int:
        """Read what an ended child still said, and end what it may have left behind."""
        process = running.process
        assert process is not None
        assert process.stdout is not None
        _signal_group(process, signal.SIGKILL)
        if process.stdout in self.selector.get_map():
            self._read(running)
        if process.stdout in self.selector.get_map():
            self.selector.unregister(process.stdout)
        if running.rest:
            self._say(running.child.name, running.rest.decode(errors="replace"))
        process.stdout.close()
        running.process, running.rest = None, b""
        return process.wait()

    def _announce(self) -> None:
        if self.ready is not None and _answers(self.ready.url) and self.ready.also():
            text = self.ready.text
            sys.stdout.write(f"{text if isinstance(text, str) else text()}\n")
            sys.stdout.flush()
            self.ready = None

    def _stop(self) -> None:
        """Ask all to end, wait, and kill who has not; a second signal kills at once."""
        seen, deadline = self.signals, time.monotonic() + self.grace_s
        for running in reversed(self.running):
            if running.process is not None:
                running.process.terminate()
        while self._alive() and time.monotonic() < deadline and self.signals == seen:
            self._tick()
        for running in self.running:
            if running.process is not None:
                self._forget(running)
        self.selector.close()

    def _alive(self) -> bool:
        return any(running.process and running.process.poll() is None for running in self.running)


def _end_with(parent: int) -> None:
    """In the child, before it begins: ask the kernel to end it when *parent* ends (Linux only)."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # It ended in between.
            os._exit(1)


def _signal_group(process: subprocess.Popen[bytes], kind: signal.Signals) -> None:
    """Signal the session of *process*: it leads one, whether or not it still lives."""
    try:
        os.killpg(process.pid, kind)
    except (ProcessLookupError, PermissionError):
        return


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url, timeout=PROBE_TIMEOUT_S):
            return True
    except (OSError, http.client.HTTPException):
        return False


def python(name: str, *argv: str, env: Mapping[str, str] | None = None) -> Child:
    """Return a child that runs `python -m ...` with the Python of this process."""
    return Child(name, (sys.executable, "-m", *argv), env)


def all_on_one_box(
    *, host: str, port: int, workers: int = 1, env: Mapping[str, str] | None = None
) -> tuple[Child, ...]:
    """Return the four processes of the system; the web on *host* and *port* has *workers*."""
    place = ("--host", host, "--port", str(port))
    web = ("vaxsite", "web", *place, "--workers", str(workers))
    return (
        python("subscriber", "sensors", "subscribe", env=env),
        python("watch", "sensors", "watch", env=env),
        python("web", *web, env=env),
        python("worker", "vaxsite", "worker", env=env),
    )
