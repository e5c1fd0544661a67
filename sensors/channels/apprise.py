"""Everything that apprise reaches: WeCom, DingTalk, SMS gateways, webhooks; one URL an address.

The URL carries the gateway's secret, so it never appears in a failure's reason.
"""

import logging

import apprise

from sensors.channels.message import ChannelError, Message, Receipt


class Apprise:
    """Send through the apprise URL that stands as the message's address."""

    def __init__(self) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # Its log lines name the URL.

    def send(self, message: Message) -> Receipt:
        """Notify the one service of the address; apprise tells only that it failed, not why."""
        service = apprise.Apprise()
        if not service.add(message.address):
            raise ChannelError("not a URL that apprise knows", retry=False)
        kind = service.urls(privacy=True)[0].partition(":")[0]
        if not service.notify(title=message.subject, body=message.body):
            raise ChannelError(f"{kind} took nothing", retry=True)
        return Receipt(kind)
