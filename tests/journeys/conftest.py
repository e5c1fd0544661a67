"""One running demonstration for all journeys of a process, and a real browser in front of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from sensors.store import encrypted
from tests.journeys.browsing import Visitor, visit
from tests.journeys.stack import SignedIn, Stack, running, sign_in
from vaxsite.accounts.rules import IDLE


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a running demonstration of this process."""
    with running(tmp_path_factory.mktemp("demo") / "data") as stack:
        yield stack


Open = Callable[..., Visitor]


@pytest.fixture
def opened(
    stack: Stack, browser: Browser, request: pytest.FixtureRequest, data_keys: str
) -> Iterator[Open]:
    """Return a function that opens a window; `role` signs a member of staff in first.

    A sign-in goes through the pages once for each role; later windows continue it, because a code
    of the second factor works once. One that was left alone for long has ended, and is made anew.
    """
    contexts: list[BrowserContext] = []

    def open_window(
        name: str, *, role: str | None = None, width: int = 1280, language: str = "en", **how: Any
    ) -> Visitor:
        if role is not None and not lasts(stack.states.get(role)):
            visitor, context = visit(browser, stack.url, name=f"{role}-sign-in", language=language)
            sign_in(visitor, stack, role)
            stack.states[role] = SignedIn(context.storage_state(), datetime.now(UTC))
            context.close()
        state = continued(stack, role) if role else None
        visitor, context = visit(
            browser, stack.url, name=name, width=width, language=language, state=state, **how
        )
        contexts.append(context)
        return visitor

    yield open_window
    for context in contexts:
        context.close()
    encrypted.load_keys(data_keys)  # `Stack.reading` loaded those of the demonstration.


def lasts(signed_in: SignedIn | None) -> bool:
    """Return whether a window that begins now, and looks for minutes, stays signed in."""
    return signed_in is not None and datetime.now(UTC) - signed_in.at < IDLE / 2


def continued(stack: Stack, role: str) -> Any:  # Any: Playwright's storage state.
    """Return the sign-in of *role* for another window, which keeps it alive."""
    stack.states[role].at = datetime.now(UTC)
    return stack.states[role].state
