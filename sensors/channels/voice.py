"""A telephone that rings and reads the alarm aloud, through a gateway that is asked by a URL."""

from dataclasses import dataclass
from urllib.parse import quote

from sensors.channels.message import Message, Receipt
from sensors.channels.outbound import Outbound


@dataclass(frozen=True)
class Voice:
    """Ask the gateway of *template*, a URL with `{number}`, `{text}`, `{language}` and `{key}`."""

    template: str
    outbound: Outbound

    def send(self, message: Message) -> Receipt:
        """Let the number that is the message's address be called and told the subject."""
        filled = {
            "number": message.address,
            "text": message.subject,
            "language": message.language,
            "key": message.delivery_key,
        }
        url = self.template
        for name, value in filled.items():
            url = url.replace("{" + name + "}", quote(value, safe=""))
        answer = self.outbound.post(url, b"", {"Content-Length": "0"})
        return Receipt(f"voice {answer.status}")
