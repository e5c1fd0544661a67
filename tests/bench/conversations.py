"""A light client: many kept connections in one thread, each in a conversation with the server.

A conversation is a generator that yields requests as bytes and is given the answers. There is no
library between: client and server share the machine's cores, and the server is what is measured.
"""

import json
import selectors
import socket
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.web import HOST

END = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNK = 65_536
STALL_S = 60.0  # Nothing was answered for so long: a fault that must not hang the bench.


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and when the request left and its answer was whole."""

    status: int
    body: bytes
    sent_at: float
    got_at: float

    def json(self) -> Any:  # Any: JSON.
        """Return the body."""
        return json.loads(self.body)


Conversation = Generator[bytes, Answer, None]


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:  # Any: JSON.
    """Return a request as it travels; *headers* are named with underscores."""
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Accept: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(sent)}"]
    return "\r\n".join(lines).encode() + END + sent


@dataclass
class _Line:
    """One connection, the conversation that it carries, and what came so far."""

    port: int
    talks: Iterator[Conversation]
    talk: Conversation | None = None
    asked: bytes = b""
    sent_at: float = 0.0
    came: bytearray = field(default_factory=bytearray)
    wire: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.connect()

    def connect(self) -> None:
        """Open the connection."""
        self.wire = socket.create_connection((HOST, self.port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self) -> bool:
        """Begin the next conversation; False where there is none."""
        self.talk = next(self.talks, None)
        if self.talk is None:
            return False
        self.ask(next(self.talk))
        return True

    def ask(self, asked: bytes) -> None:
        """Send a request."""
        self.asked, self.sent_at = asked, time.monotonic()
        self.wire.sendall(asked)

    def whole(self) -> Answer | None:
        """Return the answer once all of it is there."""
        end = self.came.find(END)
        if end < 0:
            return None
        head = bytes(self.came[:end]).lower()
        at = head.find(LENGTH)
        size = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        begin = end + len(END)
        if len(self.came) < begin + size:
            return None
        answer = Answer(
            int(head[9:12]), bytes(self.came[begin : begin + size]), self.sent_at, time.monotonic()
        )
        del self.came[: begin + size]
        return answer

    def go_on(self, answer: Answer) -> bool:
        """Hand the answer over; send what is asked next. False where nothing is left."""
        assert self.talk is not None, "an answer follows a request"
        try:
            self.ask(self.talk.send(answer))
        except StopIteration:
            return self.begin()
        return True


def drive(port: int, *, connections: int, talks: Iterator[Conversation]) -> Mapping[str, int]:
    """Carry all *talks* over so many connections; return how often one broke and was opened anew.

    A request whose connection broke is sent again as it was: it carries its key.
    """
    selector, broken = selectors.DefaultSelector(), 0
    for _ in range(connections):
        line = _Line(port, talks)
        if line.begin():
            selector.register(line.wire, selectors.EVENT_READ, line)
    while selector.get_map():
        ready = selector.select(STALL_S)
        assert ready, "the server stopped answering"
        for key, _ in ready:
            line = key.data
            came = _receive(line)
            if came:
                line.came += came
                answer = line.whole()
                if answer is not None and not line.go_on(answer):
                    selector.unregister(line.wire)
                    line.wire.close()
                continue
            broken += 1
            selector.unregister(line.wire)
            line.wire.close()
            line.came.clear()
            line.connect()
            line.wire.sendall(line.asked)
            selector.register(line.wire, selectors.EVENT_READ, line)
    return {"broken": broken}


def _receive(line: _Line) -> bytes:
    try:
        return line.wire.recv(CHUNK)
    except ConnectionResetError:
        return b""


def percentile_ms(seconds: list[float], part: float) -> float:
    """Return the percentile in milliseconds."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 1)
