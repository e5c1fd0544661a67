"""paho's client, reading what the network has in one go.

As shipped it asks the system three times for each message and waits in `select` before each one,
which costs more than everything that the ingest does with a reading. The one private name used
here, `_sock_recv`, only saves time: a paho that does not call it works as before.
"""

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

_READ_AT_ONCE = 65_536


class BufferedClient(Client):
    """A client that takes whole stretches of packets from the socket."""

    _ahead = b""
    _place = 0

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle every packet that has been read, not only the first."""
        result = super().loop_read(max_packets)
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._place < len(self._ahead):
            result = super().loop_read(max_packets)
        return result

    def reconnect(self) -> MQTTErrorCode:
        """Begin a new connection, which owes nothing to what the old one had sent."""
        self._ahead, self._place = b"", 0
        return super().reconnect()

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give up to *bufsize* bytes; ask the system only when nothing is left."""
        if self._place >= len(self._ahead):
            self._ahead, self._place = super()._sock_recv(max(bufsize, _READ_AT_ONCE)), 0
        begin, self._place = self._place, min(self._place + bufsize, len(self._ahead))
        return self._ahead[begin : self._place]
