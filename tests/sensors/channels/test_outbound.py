"""Webhooks and calls leave signed, to where they were sent, and are steered nowhere else."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sensors.channels.message import ChannelError, Message
from sensors.channels.outbound import Outbound
from sensors.channels.voice import Voice
from sensors.channels.webhook import Webhook
from tests import servers

LOCAL = Outbound(frozenset({"127.0.0.1"}))


class Server(ThreadingHTTPServer):
    """Keeps what it is asked and answers as it is told."""

    status, reply = 200, b"{}"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Talk(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.reply)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server that listens."""
    with Server() as made:
        threading.Thread(target=made.serve_forever, args=(0.01,)).start()
        yield made
        made.shutdown()


def alarm(address: str) -> Message:
    return Message("alert:7:first:1", address, "zh", "冷链报警", "温度 9.2 °C")


def test_webhook_carries_a_signature_that_its_secret_proves(server: Server) -> None:
    """The secret stands after the # of the address, and is not sent."""
    Webhook(LOCAL, clock=lambda: 1_768_219_200.7).send(alarm(f"{server.url}/hook?a=1#s3cret"))

    path, headers, body = server.asked[0]
    signed = hmac.new(b"s3cret", b"1768219200." + body, hashlib.sha256).hexdigest()
    assert (path, headers["X-Vaxsite-Timestamp"]) == ("/hook?a=1", "1768219200")
    assert headers["X-Vaxsite-Signature"] == f"sha256={signed}"
    assert json.loads(body)["subject"] == "冷链报警"
    assert b"s3cret" not in body


@pytest.mark.parametrize(
    ("reply", "delivered"),
    [(b'{"delivered": true}', True), (b'{"delivered": 1}', False), (b"\xff", False), (b"", False)],
)
def test_only_a_plain_yes_is_a_receipt_of_delivery(
    server: Server, reply: bytes, *, delivered: bool
) -> None:
    """Whatever else comes back means that the message was taken."""
    server.reply = reply
    assert Webhook(LOCAL).send(alarm(f"{server.url}#s")).delivered is delivered


@pytest.mark.parametrize(
    ("status", "retry"), [(302, False), (400, False), (429, True), (404, True), (503, True)]
)
def test_refusal_is_tried_again_only_where_that_can_help_and_no_redirect_is_followed(
    server: Server, status: int, *, retry: bool
) -> None:
    """The server was asked once, and nowhere else."""
    server.status = status
    with pytest.raises(ChannelError) as refused:
        Webhook(LOCAL).send(alarm(f"{server.url}#s"))

    assert refused.value.retry is retry
    assert [path for path, _, _ in server.asked] == ["/"]


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x#s",
        "https://localhost/x#s",
        "https://[::1]/x#s",
        "https://[::ffff:10.0.0.1]/x#s",
        "https://10.1.2.3/x#s",
        "https://169.254.169.254/latest/meta-data#s",
        "http://example.com/x#s",
        "https://user:pw@example.com/x#s",
        "ftp://example.com/x#s",
        "https://#s",
        "https://example.com:99999/x#s",
        "https://example.com/without-a-secret",
    ],
)
def test_address_inside_the_network_or_without_tls_is_refused_for_good(address: str) -> None:
    """Nothing is connected to."""
    with pytest.raises(ChannelError) as refused:
        Webhook(Outbound()).send(alarm(address))

    assert refused.value.retry is False


def test_call_fills_its_template_without_letting_the_text_out_of_its_place(server: Server) -> None:
    """A number with an ampersand is still one value."""
    template = f"{server.url}/call?to={{number}}&say={{text}}&lang={{language}}"
    Voice(template, LOCAL).send(alarm("138&x=1"))

    assert server.asked[0][0].startswith("/call?to=138%26x%3D1&say=%E5%86%B7")


def test_gateway_that_is_away_is_tried_again() -> None:
    """Nobody listens on the port."""
    with pytest.raises(ChannelError) as refused:
        Webhook(LOCAL).send(alarm(f"http://127.0.0.1:{servers.free_port()}/#s"))

    assert refused.value.retry is True
