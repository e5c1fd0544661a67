"""A transmission to the system of a ministry or a supplier, over HTTP.

The address is the URL; what stands after its `#` is the bearer's token, which goes as a header
only. The receiver knows a repeated one by its `Idempotency-Key` and by its transferId.
"""

import hashlib
from dataclasses import dataclass
from urllib.parse import urldefrag

from sensors.channels.message import Message, Receipt
from sensors.channels.outbound import Outbound


@dataclass(frozen=True)
class CcePush:
    """POST the body, which is the transmission, and take any 2xx as taken."""

    outbound: Outbound

    def send(self, message: Message) -> Receipt:
        """Send *message*; raise `ChannelError` where it was not taken."""
        url, token = urldefrag(message.address)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": hashlib.sha256(message.delivery_key.encode()).hexdigest()[:32],
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.outbound.post(url, message.body.encode(), headers)
        return Receipt(f"http {answer.status}", delivered=True)
