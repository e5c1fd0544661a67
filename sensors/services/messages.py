"""A message as it came from the broker, before anybody has looked into it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One payload on one topic; `retained` when the broker had kept it from an earlier time."""

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
