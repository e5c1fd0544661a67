"""The bounded queue between the network thread and the worker.

When it is full, `put` blocks the network thread, TCP pushes back, and the backlog stays at the
broker instead of in this process's memory. One thread puts, one thread takes: the counters below
have one writer each, so no lock is needed on the way of every message.
"""

import threading
from collections import deque
from typing import NamedTuple

from sensors.services.messages import Message


class Arrival(NamedTuple):
    """A message, and what its acknowledgement needs: the connection that it came on."""

    message: Message
    mid: int
    qos: int
    connection: int


class Inbox:
    """A queue bounded by messages and by bytes."""

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._items: deque[Arrival] = deque()
        self._most = most
        self._most_bytes = most_bytes
        self._put_bytes = 0
        self._taken_bytes = 0
        self._filled = threading.Event()
        self._room = threading.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, arrival: Arrival) -> bool:
        """Add *arrival*, waiting for room; False when the inbox was closed and took nothing."""
        while self._is_full() and not self._closed:
            self._room.clear()
            if self._is_full():
                self._room.wait(1.0)
        if self._closed:
            return False
        self._put_bytes += len(arrival.message.payload)
        self._items.append(arrival)
        if not self._filled.is_set():
            self._filled.set()
        return True

    def take(self, most: int, *, wait_s: float) -> list[Arrival]:
        """Return up to *most* arrivals; wait for the first one at most *wait_s* seconds."""
        items = self._items
        if not items:
            self._filled.clear()
            if not items:
                self._filled.wait(wait_s)
        taken = [items.popleft() for _ in range(min(most, len(items)))]
        self._taken_bytes += sum(len(arrival.message.payload) for arrival in taken)
        if not self._room.is_set():
            self._room.set()
        return taken

    def close(self) -> None:
        """Take no more; what is inside can still be taken out."""
        self._closed = True
        self._room.set()
        self._filled.set()

    def _is_full(self) -> bool:
        return (
            len(self._items) >= self._most
            or self._put_bytes - self._taken_bytes >= self._most_bytes
        )
