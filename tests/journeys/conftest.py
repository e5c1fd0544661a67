"""One running demonstration for all journeys of a process, and a real browser in front of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from sensors.store import encrypted
from tests.journeys.browsing import Visitor, visit
from tests.journeys.stack import Stack, running, sign_in


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
    of the second factor works once.
    """
    contexts: list[BrowserContext] = []

    def open_window(
        name: str, *, role: str | None = None, width: int = 1280, language: str = "en", **how: Any
    ) -> Visitor:
        if role is not None and role not in stack.states:
            visitor, context = visit(browser, stack.url, name=f"{role}-sign-in", language=language)
            sign_in(visitor, stack, role)
            stack.states[role] = context.storage_state()
            context.close()
        state = stack.states[role] if role else None
        visitor, context = visit(
            browser, stack.url, name=name, width=width, language=language, state=state, **how
        )
        contexts.append(context)
        return visitor

    yield open_window
    for context in contexts:
        context.close()
    encrypted.load_keys(data_keys)  # `Stack.reading` loaded those of the demonstration.
