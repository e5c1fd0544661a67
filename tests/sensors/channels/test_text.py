"""A text message goes to the number, by the gateway that its address names."""

import json
from dataclasses import dataclass, field

import pytest

from sensors.channels.message import ChannelError, Message, Receipt
from sensors.channels.outbound import Answer, Outbound
from sensors.channels.text import TextMessages
from sensors.channels.webhook import Webhook

NUMBER = "+8613912345678"


@dataclass(frozen=True)
class Taken(Outbound):
    """Keeps what was posted, in place of the network."""

    posts: list[tuple[str, bytes]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Take the request."""
        assert headers["X-Vaxsite-Signature"].startswith("sha256=")
        self.posts.append((url, body))
        return Answer(200, b"{}")


@dataclass
class Service:
    """Keeps what apprise would have been given."""

    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        """Take the message."""
        self.taken.append(message)
        return Receipt("fake")


def message(gateway: str) -> Message:
    """A reminder to the number by a gateway."""
    return Message("k-1", f"{NUMBER} {gateway}".strip(), "zh", "标题", "明天见")


def test_a_webhook_is_given_number_and_text_in_a_signed_body() -> None:
    """The secret stays here, the number stands in the body and not in the address."""
    outbound, service = Taken(), Service()
    TextMessages(Webhook(outbound), service).send(message("https://sms.example/send#secret"))

    ((url, body),) = outbound.posts
    assert url == "https://sms.example/send"
    told = json.loads(body)
    assert (told["to"], told["body"], told["key"]) == (NUMBER, "明天见", "k-1")
    assert service.taken == []


def test_an_apprise_url_has_the_number_in_its_place() -> None:
    """No subject is sent: some services put it before the text."""
    outbound, service = Taken(), Service()
    TextMessages(Webhook(outbound), service).send(message("d7sms://token@{number}"))

    (sent,) = service.taken
    assert (sent.address, sent.subject) == (f"d7sms://token@{NUMBER}", "")
    assert outbound.posts == []


def test_a_number_without_a_gateway_is_refused_for_good() -> None:
    """Nothing would ever take it, so it is not tried for twelve hours."""
    with pytest.raises(ChannelError) as refused:
        TextMessages(Webhook(Taken()), Service()).send(message(""))

    assert not refused.value.retry
