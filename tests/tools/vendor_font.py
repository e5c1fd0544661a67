"""Cut the font of printed logs anew, and write down where it is from: vaxsite/logbook/fonts.

For maintainers: `python -m tests.tools.vendor_font FONT.ttc` with WenQuanYi Micro Hei, which
Debian has as fonts-wqy-microhei. Users never need it.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[2] / "vaxsite" / "logbook" / "fonts"
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
SIGNS = "–—‘’“”•…‰−≤≥≠→←↑↓✓€"
# All that GBK has: names of people have many characters that GB 2312 does not.
HAN = range(0x4E00, 0x9FA6)
ABOUT = """# Written by tests/tools/vendor_font.py. A test compares the hash.
name = "WenQuanYi Micro Hei"
version = "0.2.0-beta"
licence = "Apache-2.0"
copyright = [
    "2007 Google Corporation (Droid Sans, Droid Sans Fallback)",
    "2008-2009 The WenQuanYi Project Board of Trustees and Qianqian Fang",
    "2008-2009 mozbug",
    "2003-2004 Electronic Font Open Laboratory (some punctuation)",
    "1990-2003 Wada Laboratory, the University of Tokyo (some punctuation)",
]
changes = "cut to Latin, some signs and the characters of GBK; without hints and layout tables"
characters = {characters}
sha256 = "{digest}"
"""


def gb2312() -> Iterator[int]:
    """Give the code points of GB 2312: its punctuation and full-width forms are not in a block."""
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield ord(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


def main(path: Path) -> None:
    """Cut the font at *path*."""
    font = TTFont(path, fontNumber=0, recalcTimestamp=False)
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=["*"], notdef_outline=True, glyph_names=False
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={*LATIN, *map(ord, SIGNS), *HAN, *gb2312()})
    cutter.subset(font)
    made = FOLDER / "log.ttf"
    font.save(made)
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    about = ABOUT.format(characters=len(font.getBestCmap()), digest=digest)
    (FOLDER / "FONT.toml").write_text(about, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
