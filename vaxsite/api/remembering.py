"""Remembers answers about free seats for two seconds, before Flask is asked at all.

Most programs ask the same question at the same time. A process asks the database once for it and
gives everybody the same bytes; whoever comes meanwhile waits for that one answer. What is
remembered is what the view answered, headers included, so that nothing is decided here.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from vaxsite.api import rules

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/api/v1/availability"
QUESTIONS_MOST = 256  # Remembered at once: of 5,000 slots an answer has some 400 kB.
LOCKS = 16
OK, UNCHANGED = "200 OK", "304 NOT MODIFIED"
# What could make an answer one person's, or less than whole.
PERSONAL = frozenset(
    {"HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_IF_RANGE"}
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """One answer, and since when."""

    at: datetime
    etag: str
    headers: list[tuple[str, str]]
    body: bytes


class Remembering:
    """Stands before an application and answers one address from memory where it can."""

    def __init__(self, app: "WSGIApplication", clock: Callable[[], datetime]) -> None:
        self._app, self._clock = app, clock
        self._kept: dict[str, Remembered] = {}
        self._locks = [threading.Lock() for _ in range(LOCKS)]

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start_response)
        question = environ.get("QUERY_STRING", "")
        kept = self._fresh(question)
        if kept is not None:
            return self._give(kept, environ, start_response)
        with self._locks[hash(question) % LOCKS]:
            found = self._fresh(question) or self._ask(question, environ)
        if isinstance(found, Response):
            return found(environ, start_response)
        return self._give(found, environ, start_response)

    def _fresh(self, question: str) -> Remembered | None:
        kept = self._kept.get(question)
        return kept if kept is not None and 0 <= self._age(kept) < rules.FRESH_S else None

    def _age(self, kept: Remembered) -> float:
        return (self._clock() - kept.at).total_seconds()

    def _ask(self, question: str, environ: "WSGIEnvironment") -> Remembered | Response:
        """Ask the application as somebody unknown; remember its answer where it is one."""
        plain = {name: value for name, value in environ.items() if name not in PERSONAL}
        at = self._clock()  # Before the database is read: it is never younger than it says.
        response = Response.from_app(self._app, plain, buffered=True)
        if response.status_code != HTTPStatus.OK or "Set-Cookie" in response.headers:
            return response
        response.headers.remove("Vary")  # On a cookie, which it has not been shown.
        kept = Remembered(at, response.headers["ETag"], list(response.headers), response.get_data())
        if len(self._kept) >= QUESTIONS_MOST:
            self._kept.clear()
        self._kept[question] = kept
        return kept

    def _give(
        self, kept: Remembered, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        headers = [*kept.headers, ("Age", str(int(self._age(kept))))]
        if kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response(UNCHANGED, [one for one in headers if one[0] != "Content-Length"])
            return [b""]
        start_response(OK, headers)
        return [kept.body]
