"""E-mail through an SMTP server given as a URL: smtp://, smtp+starttls:// or smtps://."""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from urllib.parse import SplitResult, unquote, urlsplit

from sensors.channels.message import ChannelError, Message, Receipt

TIMEOUT_S = 20
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class UrlNotUsable(ValueError):
    """An SMTP URL must be smtp://, smtp+starttls:// or smtps:// with a host."""


@dataclass(frozen=True)
class Email:
    """Send mail from *sender* through the server of *url*."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        """Refuse a URL that could never send."""
        parts = urlsplit(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise UrlNotUsable(UrlNotUsable.__doc__)

    def send(self, message: Message) -> Receipt:
        """Hand *message* to the server; a refusal for good (5xx) is not tried again."""
        try:
            mail = self._compose(message)
        except ValueError as err:  # A line break in an address or subject.
            raise ChannelError(f"not an e-mail: {err}", retry=False) from err
        try:
            with self._connect(urlsplit(self.url)) as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as err:
            codes = [code for code, _ in err.recipients.values()]
            raise ChannelError(
                f"recipient refused: {codes}", retry=any(code < 500 for code in codes)
            ) from err
        except smtplib.SMTPResponseException as err:
            raise ChannelError(
                f"server answered {err.smtp_code}", retry=err.smtp_code < 500
            ) from err
        except (OSError, smtplib.SMTPException) as err:
            raise ChannelError(f"server not reached: {type(err).__name__}", retry=True) from err
        return Receipt(str(mail["Message-ID"]))

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = self.sender
        mail["To"] = message.address
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(localtime())
        mail["Content-Language"] = message.language
        # The same message sent again carries the same id, by which mail programs fold it away.
        digest = hashlib.sha256(message.delivery_key.encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{digest}@{self.sender.rpartition('@')[2] or 'localhost'}>"
        mail.set_content(message.body)
        if message.calendar:
            _attach(mail, message.calendar)
        return mail

    def _connect(self, parts: SplitResult) -> smtplib.SMTP:
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        try:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except Exception:
            server.close()
            raise
        return server


def _attach(mail: EmailMessage, calendar: str) -> None:
    """Attach an iCalendar file, byte for byte, under the method that it names (RFC 6047, 2.4)."""
    method = next(
        (line[7:] for line in calendar.splitlines() if line.startswith("METHOD:")), "PUBLISH"
    )
    mail.add_attachment(
        calendar.encode(),
        maintype="text",
        subtype="calendar",
        filename="appointment.ics",
        params={"charset": "utf-8", "method": method},
    )
