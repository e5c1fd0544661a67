"""Lines of iCalendar (RFC 5545): escaped, folded, each ended as the standard says. Pure."""

LINE_OCTETS = 75  # RFC 5545 section 3.1, without the end of the line.
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})
UNQUOTED = str.maketrans({'"': "'", "\n": " ", "\r": ""})


def lines(*content: str) -> str:
    """Return the lines, folded where they are too long."""
    return "".join(f"{_folded(line)}\r\n" for line in content)


def text(value: str) -> str:
    """Return a value of type TEXT (section 3.3.11)."""
    return value.translate(ESCAPED)


def parameter(value: str) -> str:
    """Return the value of a parameter (section 3.2), which cannot hold a quotation mark."""
    return f'"{value.translate(UNQUOTED)}"'


def _folded(line: str) -> str:
    """Break a line between characters, never within one; what goes on begins with a space."""
    if len(line) * 4 <= LINE_OCTETS or len(line.encode()) <= LINE_OCTETS:
        return line
    parts, octets = [""], 0
    for character in line:
        width = len(character.encode())
        if octets + width > LINE_OCTETS:
            parts.append(" ")
            octets = 1
        parts[-1] += character
        octets += width
    return "\r\n".join(parts)
