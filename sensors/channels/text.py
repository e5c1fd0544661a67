"""A text message to a telephone, through whatever gateway a clinic has.

The address is the number (E.164), a space, and the gateway: the URL of a webhook with its secret
after a `#`, which is given the number as `to`; or an apprise URL with `{number}` in its place.
"""

from dataclasses import dataclass, replace

from sensors.channels.message import Channel, ChannelError, Message, Receipt
from sensors.channels.webhook import Webhook

NUMBER = "{number}"


@dataclass(frozen=True)
class TextMessages:
    """Send the body alone: a text message has no subject."""

    webhook: Webhook
    apprise: Channel

    def send(self, message: Message) -> Receipt:
        """Send *message* by the gateway that its address names."""
        number, _, gateway = message.address.partition(" ")
        if not gateway:
            raise ChannelError("the address names no gateway after the number", retry=False)
        if gateway.startswith(("https://", "http://")):
            return self.webhook.send(replace(message, address=gateway, subject=""), to=number)
        url = gateway.replace(NUMBER, number)
        return self.apprise.send(replace(message, address=url, subject=""))
