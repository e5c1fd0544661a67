"""What the application answers to a device, and on which topic."""

import json


def ack_topic(device: str) -> str:
    """Return where a native device listens for what is stored."""
    return f"vaxsite/{device}/ack"


def ack_payload(boot: str, stored_to: int) -> bytes:
    """Say that everything of *boot* up to the count *stored_to* is in the database."""
    return json.dumps({"boot": boot, "stored_to": stored_to}, separators=(",", ":")).encode()
