"""The application behind a real port, for tests in a browser; nothing of it outlives its test."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page
from werkzeug.serving import make_server

from vaxsite.coldchain import live

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# A stream finds out that its browser has gone when it next writes: soon, for the end of a test.
PING_EVERY_S = 0.2


def closing(app: Flask) -> "WSGIApplication":
    """Close every answer: this server leaves the file of one open whose browser went away."""

    def answered(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        answer = app(environ, start)
        try:
            yield from answer
        finally:
            getattr(answer, "close", lambda: None)()

    return answered


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the application and give its address; at the end wait for every request of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "LOOK_EVERY_S", PING_EVERY_S)
        patch.setattr(live, "PING_EVERY_S", PING_EVERY_S)
        server = make_server("127.0.0.1", 0, closing(app), threaded=True)
        server.daemon_threads = False  # Then the server waits for its threads when it is closed.
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


def listen(page: Page) -> list[str]:
    """Return the list into which the console of *page* puts what it finds wrong from now on."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said
