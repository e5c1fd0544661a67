"""The makes of USB loggers whose files can be read. A new make is one file and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sensors.payloads.files import berlinger, elitech, logtag, rows
from sensors.payloads.files.contents import (
    DateOrder,
    Doubt,
    Doubted,
    LoggerFile,
    Unreadable,
    UnreadableFile,
)


@dataclass(frozen=True)
class Format:
    """How one make is recognised and read; both are pure."""

    recognises: Callable[[str], bool]
    parse: Callable[[str, DateOrder | None], LoggerFile]


FORMATS: Mapping[str, Format] = {
    berlinger.KIND: Format(berlinger.recognises, berlinger.parse),
    logtag.KIND: Format(logtag.recognises, logtag.parse),
    elitech.KIND: Format(elitech.recognises, elitech.parse),
}


def read(payload: bytes, dates: DateOrder | None = None) -> LoggerFile:
    """Read a file of any known make; raise `UnreadableFile`, and nothing else, where it is none.

    *dates* is the order of day and month that a person chose for a file that leaves it open.
    """
    text, guessed = rows.text_of(payload)
    for one in FORMATS.values():
        if one.recognises(text):
            found = one.parse(text, dates)
            if not guessed:
                return found
            return replace(found, doubts=(*found.doubts, Doubted(Doubt.ENCODING)))
    raise UnreadableFile(Unreadable.OTHER_FORMAT)
