"""A channel takes a message or says why not, and whether trying again can help."""

import io
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from sensors.channels.apprise import Apprise
from sensors.channels.console import Console
from sensors.channels.email import Email, UrlNotUsable
from sensors.channels.message import ChannelError, Message
from tests import servers

ALARM = Message("alert:7:first:1:2", "wang-li@clinic.test", "zh", "冷链报警：冰箱", "温度 9.2 °C")
# apprise loads each of its plugins, some of which use an old module.
OLD_MODULE = "ignore:'imghdr' is deprecated:DeprecationWarning"


class SmtpServer(socketserver.ThreadingTCPServer):
    """A mail server of this test: keeps what it takes, refuses whom it is told to refuse."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SmtpTalk)
        self.taken: list[bytes] = []
        self.answer_to_recipient = "250 fine"


class _SmtpTalk(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self._say("220 test")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.taken.append(self._read_mail())
                self._say("250 taken")
            elif verb == b"RCPT":
                self._say(self.server.answer_to_recipient)
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _read_mail(self) -> bytes:
        lines: list[bytes] = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """Return a mail server that listens."""
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


def email_to(server: SmtpServer) -> Email:
    return Email(f"smtp://127.0.0.1:{server.server_address[1]}", "alarm@clinic.test")


def test_mail_arrives_with_the_same_id_each_time_it_is_sent(smtp: SmtpServer) -> None:
    """A mail program folds the second sending of one message away by its id."""
    receipts = [email_to(smtp).send(ALARM), email_to(smtp).send(ALARM)]

    mails = [message_from_bytes(raw, policy=policy.default) for raw in smtp.taken]
    assert receipts[0] == receipts[1]
    assert [mail["Message-ID"] for mail in mails] == [receipts[0].reference] * 2
    assert mails[0]["Subject"] == "冷链报警：冰箱"
    assert mails[0].get_content().strip() == "温度 9.2 °C"
    assert (mails[0]["To"], mails[0]["From"]) == ("wang-li@clinic.test", "alarm@clinic.test")


@pytest.mark.parametrize(("answer", "retry"), [("550 no such person", False), ("451 later", True)])
def test_refused_recipient_is_tried_again_only_where_that_can_help(
    smtp: SmtpServer, answer: str, *, retry: bool
) -> None:
    """5xx is for good, 4xx is for now."""
    smtp.answer_to_recipient = answer
    with pytest.raises(ChannelError) as refused:
        email_to(smtp).send(ALARM)

    assert refused.value.retry is retry


def test_mail_server_that_is_away_is_tried_again() -> None:
    """Nobody listens on the port."""
    with pytest.raises(ChannelError) as refused:
        Email(f"smtp://127.0.0.1:{servers.free_port()}", "alarm@clinic.test").send(ALARM)

    assert refused.value.retry is True


def test_address_with_a_line_break_is_refused_for_good(smtp: SmtpServer) -> None:
    """No header can be smuggled in through an address."""
    bad = Message("k", "wang-li@clinic.test\nBcc: all@clinic.test", "en", "Alarm", "9.2")
    with pytest.raises(ChannelError) as refused:
        email_to(smtp).send(bad)

    assert refused.value.retry is False
    assert smtp.taken == []


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.clinic.test"])
def test_url_that_could_never_send_is_refused_at_the_start(url: str) -> None:
    """Found when the process starts, not when the first alarm is due."""
    with pytest.raises(UrlNotUsable):
        Email(url, "alarm@clinic.test")


def test_console_prints_the_message() -> None:
    """For trying out."""
    terminal = io.StringIO()
    receipt = Console(terminal).send(ALARM)

    assert receipt.reference == "console"
    assert "冷链报警：冰箱\n温度 9.2 °C\n" in terminal.getvalue()


@pytest.mark.filterwarnings(OLD_MODULE)
def test_address_that_apprise_does_not_know_is_refused_for_good() -> None:
    """A mistyped URL can never work."""
    with pytest.raises(ChannelError) as refused:
        Apprise().send(Message("k", "no-such-thing", "en", "Alarm", "9.2"))

    assert refused.value.retry is False


@pytest.mark.filterwarnings(OLD_MODULE)
def test_failure_of_apprise_does_not_name_the_secret_in_the_address() -> None:
    """The address of a gateway holds its password, and a failure is shown to people."""
    address = f"json://user:secret@127.0.0.1:{servers.free_port()}/path"
    with pytest.raises(ChannelError) as refused:
        Apprise().send(Message("k", address, "en", "Alarm", "9.2"))

    assert refused.value.retry is True
    assert "secret" not in refused.value.reason
