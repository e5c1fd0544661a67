"""What a channel takes and gives. A channel sends one message and says what became of it.

A channel knows nothing of alerts, databases or retries, and never waits longer than its timeout.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Message:
    """One message to one address; `delivery_key` stays the same when it is sent again."""

    delivery_key: str
    address: str
    language: str
    subject: str
    body: str
    calendar: str | None = None  # An iCalendar file that goes with it, where a channel can.


@dataclass(frozen=True)
class Receipt:
    """What the gateway said when it took the message. Taken is not yet delivered."""

    reference: str
    delivered: bool = False  # It says that the message has arrived already.


class ChannelError(Exception):
    """The message was not taken; `retry` tells whether trying again later can help."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry


class Channel(Protocol):
    """A way out of the house."""

    def send(self, message: Message) -> Receipt:
        """Send *message*; raise `ChannelError` when it was not taken."""
        ...
