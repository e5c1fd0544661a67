"""One HTTP request to a place that a person named, and to no other.

Against requests that are steered to where only we can reach: only https, or a host that the
operator allows by name; never an address inside our own network unless it is allowed; the address
that was checked is the one that is connected to; no redirect is followed; what comes back is read
to a small limit.
"""

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from sensors.channels.message import ChannelError

TIMEOUT_S = 10
_READ_AT_MOST = 4_096
# Refusals that another try can turn: time-out, conflict, too early, too many (RFC 9110, RFC 6585).
_WORTH_ANOTHER = frozenset({404, 408, 409, 425, 429})


@dataclass(frozen=True)
class Answer:
    """What came back: the status, which is 2xx, and the beginning of the body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Outbound:
    """Send requests; hosts in *allowed* may be inside our network and may speak plain HTTP."""

    allowed: frozenset[str] = field(default_factory=frozenset)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """POST *body* to *url*; raise `ChannelError` for everything but a 2xx answer."""
        parts = self._read(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        connection = self._connection(parts, host, port)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body, headers)
            with connection.getresponse() as answer:
                status, start = answer.status, answer.read(_READ_AT_MOST)
        except (OSError, http.client.HTTPException) as err:
            raise ChannelError(f"{host} not reached: {type(err).__name__}", retry=True) from err
        finally:
            connection.close()
        if not 200 <= status < 300:
            again = status >= 500 or status in _WORTH_ANOTHER
            raise ChannelError(f"{host} answered {status}", retry=again)
        return Answer(status, start)

    def _read(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            known = parts.port is None or parts.port > 0
        except ValueError as err:
            raise ChannelError("not a URL", retry=False) from err
        plain = parts.scheme == "http" and parts.hostname in self.allowed
        if (
            not known
            or not parts.hostname
            or parts.username
            or not (parts.scheme == "https" or plain)
        ):
            raise ChannelError("not a URL that may be asked", retry=False)
        return parts

    def _connection(self, parts: SplitResult, host: str, port: int) -> http.client.HTTPConnection:
        address = self._resolve(host, port)
        if parts.scheme == "https":
            return _PinnedTls(host, port, address)
        return _Pinned(host, port, address)

    def _resolve(self, host: str, port: int) -> str:
        """Return an address of *host* that may be connected to."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as err:
            raise ChannelError(f"{host} has no address", retry=True) from err
        addresses = [str(entry[4][0]) for entry in found]
        if host not in self.allowed and not all(map(_is_public, addresses)):
            raise ChannelError(f"{host} is inside the network", retry=False)
        return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to the one address that was checked."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address = address

    def connect(self) -> None:
        """Connect to the address, whatever the name means by now."""
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)


class _PinnedTls(_Pinned):
    """The same under TLS, its certificate checked against the name."""

    def connect(self) -> None:
        """Connect and shake hands."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
