"""Server-sent events that say "something changed" and nothing more.

A viewer holds a thread of the web server, so their number is limited; above it pages poll. No
database connection is held between two looks.
"""

import threading
import time
from collections.abc import Callable, Iterator

VIEWERS = 40
LOOK_EVERY_S = 2.0
PING_EVERY_S = 10.0
# The browser comes back by itself; meanwhile a sign-out or a change of rights has its effect.
STREAM_LASTS_S = 600.0
RETRY_S = 5


class Viewers:
    """Counts who holds a stream of this process."""

    def __init__(self, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)

    def enter(self) -> bool:
        """Take a place; False when all are taken."""
        return self._free.acquire(blocking=False)

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()


def events(
    read_mark: Callable[[], str],
    *,
    pause: Callable[[float], None] = time.sleep,
    lasts_s: float = STREAM_LASTS_S,
) -> Iterator[str]:
    """Yield a `changed` event at once and whenever *read_mark* differs, `alive` between them.

    The comment keeps proxies from closing the line; a page cannot see comments, so its watchdog
    listens for `alive`.
    """
    yield f"retry: {RETRY_S * 1000}\n\n"
    mark, quiet_s, count = "", 0.0, 0
    for _ in range(int(lasts_s / LOOK_EVERY_S)):
        newest = read_mark()
        if newest != mark:
            mark, quiet_s, count = newest, 0.0, count + 1
            yield f"event: changed\ndata: {count}\n\n"
        elif quiet_s >= PING_EVERY_S:
            quiet_s = 0.0
            yield ": ping\n\nevent: alive\ndata: 0\n\n"
        pause(LOOK_EVERY_S)
        quiet_s += LOOK_EVERY_S
