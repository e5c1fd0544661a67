"""A signed JSON message to somebody's own system.

The address is the URL; what stands after its `#` is the secret, which never leaves the house.
The receiver checks `X-Vaxsite-Signature`: `sha256=` and the HMAC-SHA256, in hexadecimal, of the
timestamp in `X-Vaxsite-Timestamp`, a full stop and the body.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urldefrag

from sensors.channels.message import ChannelError, Message, Receipt
from sensors.channels.outbound import Outbound


@dataclass(frozen=True)
class Webhook:
    """POST each message as JSON; an answer with `"delivered": true` is a receipt of delivery."""

    outbound: Outbound
    clock: Callable[[], float] = time.time

    def send(self, message: Message, *, to: str | None = None) -> Receipt:
        """Send *message*; one without a secret is refused, for nobody could tell it from a fake.

        *to* is the number of a text message, which the gateway behind the URL sends on.
        """
        url, secret = urldefrag(message.address)
        if not secret:
            raise ChannelError("the address has no secret after a #", retry=False)
        body = json.dumps(
            {
                "key": message.delivery_key,
                "language": message.language,
                "subject": message.subject,
                "body": message.body,
                **({"to": to} if to else {}),
            },
            ensure_ascii=False,
        ).encode()
        stamp = str(int(self.clock()))
        answer = self.outbound.post(url, body, _headers(stamp, body, secret, message.delivery_key))
        return Receipt(f"webhook {answer.status}", delivered=_says_delivered(answer.body))


def sign(stamp: str, body: bytes, secret: str) -> str:
    """Return the signature of *body* at *stamp*, seconds since 1970 as text."""
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def _headers(stamp: str, body: bytes, secret: str, key: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest()[:32],
        "X-Vaxsite-Timestamp": stamp,
        "X-Vaxsite-Signature": sign(stamp, body, secret),
    }


def _says_delivered(body: bytes) -> bool:
    try:
        answer = json.loads(body)
    except ValueError:  # Also bytes that are no text.
        return False
    return isinstance(answer, dict) and answer.get("delivered") is True
