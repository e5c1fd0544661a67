"""The time as the views see it: from the clock that the application was made with."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app

Clock = Callable[[], datetime]
EXTENSION = "vaxsite.clock"


def system_clock() -> datetime:
    """Return the instant that the machine shows, in UTC."""
    return datetime.now(UTC)


def init_app(app: Flask, clock: Clock) -> None:
    """Make *clock* the one that `now` reads in *app*."""
    app.extensions[EXTENSION] = clock


def current_clock() -> Clock:
    """Return the clock of the application, for what goes on after the request."""
    clock: Clock = current_app.extensions[EXTENSION]
    return clock


def now() -> datetime:
    """Return the present instant in UTC."""
    return current_clock()()
