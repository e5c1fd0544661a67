"""Messages on the terminal of the process that sends them: for trying out, not for alarms."""

from dataclasses import dataclass
from typing import TextIO

from sensors.channels.message import ChannelError, Message, Receipt


@dataclass(frozen=True)
class Console:
    """Write messages to *stream* as plain lines."""

    stream: TextIO

    def send(self, message: Message) -> Receipt:
        """Print *message*; a closed terminal is worth another try."""
        try:
            self.stream.write(f"--- to {message.address}: {message.subject}\n{message.body}\n---\n")
            self.stream.flush()
        except (OSError, ValueError) as err:
            raise ChannelError(f"the terminal took nothing: {err}", retry=True) from err
        return Receipt("console")
