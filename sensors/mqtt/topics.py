"""What the application answers to a device, and on which topic."""

import json
from datetime import datetime

# A Sparkplug payload whose one metric, the boolean "Node Control/Rebirth", is true. After the time
# of sending (field 1): the metric (2) with its name (1), its type 11 (4) and its value (14).
# Source: Sparkplug 3.0.0, "Edge Node Rebirth" and section 6.4.
_REBIRTH = b"\x12\x1a\x0a\x14Node Control/Rebirth\x20\x0b\x70\x01"


def ack_topic(device: str) -> str:
    """Return where a native device listens for what is stored."""
    return f"vaxsite/{device}/ack"


def ack_payload(boot: str, stored_to: int) -> bytes:
    """Say that everything of *boot* up to the count *stored_to* is in the database."""
    return json.dumps({"boot": boot, "stored_to": stored_to}, separators=(",", ":")).encode()


def rebirth_topic(node: str) -> str:
    """Return where the Sparkplug node `<group>/<node>` takes commands."""
    group, _, name = node.partition("/")
    return f"spBv1.0/{group}/NCMD/{name}"


def rebirth_payload(at: datetime) -> bytes:
    """Ask a node to send its births again; *at* is now."""
    milliseconds = int(at.timestamp() * 1000)
    written = bytearray([0x08])
    while milliseconds > 0x7F:
        written.append(milliseconds & 0x7F | 0x80)
        milliseconds >>= 7
    return bytes([*written, milliseconds]) + _REBIRTH
