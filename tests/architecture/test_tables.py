"""Tables that stack on a phone stay tables for a screen reader, and name their values alike."""

import re

from tests.architecture.tree import ROOT

TABLE = re.compile(r"<table[^>]*nhsuk-table-responsive.*?</table>", re.DOTALL)
PART = re.compile(r"<(?:table|thead|tbody|tr|th|td)\b(?![^>]*\brole=)[^>]*>")
BY_HAND = "nhsuk-table-responsive__heading"  # What `ui.cell` writes.
TEMPLATES = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for path in (ROOT / "vaxsite").rglob("*.html")
}


def test_every_part_of_a_stacked_table_has_its_role() -> None:
    """Styled as blocks, a table loses its meaning unless each part says what it is."""
    tables = [(path, table) for path, text in TEMPLATES.items() for table in TABLE.findall(text)]
    assert tables

    bare = [f"{path}: {part}" for path, table in tables for part in PART.findall(table)]

    assert not bare, "\n".join(bare)


def test_no_template_writes_a_stacked_cell_by_hand() -> None:
    """`ui.cell` puts the name beside the value: a value of two parts must stay one."""
    assert [str(path) for path, text in TEMPLATES.items() if BY_HAND in text] == []
