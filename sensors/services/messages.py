"""A message as it came from the broker, before anybody has looked into it."""

from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """One payload on one topic; `retained` when the broker had kept it from an earlier time."""

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
