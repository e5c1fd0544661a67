"""What people typed, as they mean it. Pure."""

import re
import unicodedata

# Marks of direction and joining that come along when something is copied from a message or a page
# (Unicode 15.0, section 23.2). The zero-width joiner and non-joiner stay: names are written so.
INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def seen(text: str) -> str:
    """Return *text* without the marks that nobody sees, and so nobody meant."""
    return INVISIBLE.sub("", text)


def half_width(text: str) -> str:
    """Return *text* as `seen`, its digits, letters and spaces of half width (Unicode NFKC)."""
    return seen(unicodedata.normalize("NFKC", text))
