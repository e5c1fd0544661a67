"""Anybody recomputes a result from its files, and whatever was changed in them is found."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from tests.architecture.tree import ROOT
from tests.build.draws import KEY
from vaxsite.cli.main import main
from vaxsite.core.ids import new_reference
from vaxsite.draws.rules import files
from vaxsite.draws.rules.lottery import Entry, Spill, commitment, entry_list

SCRIPT = ROOT / "docs" / "draw_check.py"
SECRET = "5e" * 32


def an_announcement(spill: Spill = Spill.OPEN, places: int = 12) -> str:
    told = {
        "places": places,
        "quotas": [{"group": "from-60", "places": 5}, {"group": "ill", "places": 2}],
        "spill": spill.value,
        "commitment": commitment(SECRET),
        "signing_key": files.public_key(KEY),
        "site_zh": "河畔门诊",
    }
    return files.canonical(told)


def some_entries(count: int = 40) -> list[Entry]:
    groups = ("", "from-60", "ill")
    return [Entry(new_reference(), groups[n % 3], n % 6 + 1) for n in range(count)]


def a_result(spill: Spill = Spill.OPEN, entries: list[Entry] | None = None) -> dict[str, Any]:
    drawn = files.Drawn(
        announcement=an_announcement(spill),
        entries=entries or some_entries(),
        secret=SECRET,
        public="7 3 9",
        source="first",
    )
    document = files.result_document(drawn)
    return {**document, files.SIGNATURE: files.sign(document, KEY)}


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_check", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("spill", list(Spill))
def test_a_result_is_recomputed_by_two_programs(spill: Spill) -> None:
    """The command's own check and the page of Python in docs agree that all is as told."""
    document = a_result(spill)

    assert files.check(json.dumps(document, ensure_ascii=False))[0] == []
    assert list(script().faults(document)) == []


def test_the_page_of_python_is_short_and_stands_alone() -> None:
    """At most 60 lines, nothing imported but Python's own library."""
    text = SCRIPT.read_text(encoding="utf-8")
    imported = {line.split()[1] for line in text.splitlines() if line.startswith("import ")}

    assert len(text.splitlines()) <= 60
    assert imported <= set(sys.stdlib_module_names)
    assert "from " not in {line[:5] for line in text.splitlines()}


def changed_size(document: dict[str, Any]) -> None:
    document["result"][7][2] += 1


def left_out(document: dict[str, Any]) -> None:
    del document["result"][0]


def other_number(document: dict[str, Any]) -> None:
    document["result"][3][0] = new_reference()


def given_a_place(document: dict[str, Any]) -> None:
    row = next(row for row in document["result"] if not row[3])
    row[3] = "open"


def other_secret(document: dict[str, Any]) -> None:
    document["secret"] = "5f" * 32


def other_value(document: dict[str, Any]) -> None:
    document["public_value"] = "7 3 8"


def more_places(document: dict[str, Any]) -> None:
    document["announcement"] = document["announcement"].replace('"places":12', '"places":30')


@pytest.mark.parametrize(
    "change",
    [
        changed_size,
        left_out,
        other_number,
        given_a_place,
        other_secret,
        other_value,
        more_places,
    ],
)
def test_whatever_is_changed_is_found(change: Callable[[dict[str, Any]], None]) -> None:
    """One entry, the secret, the public value, the places: both programs see it."""
    document = a_result()
    change(document)

    assert files.check(json.dumps(document))[0]
    assert list(script().faults(document))


def test_a_result_made_anew_does_not_fit_what_people_saved() -> None:
    """One entry swapped before a fresh, well signed result: what was saved tells."""
    entries = some_entries()
    saved = entry_list(entries)
    swapped = [*entries[1:], Entry(new_reference(), "", 1)]
    document = a_result(entries=swapped)
    text = json.dumps(document)

    assert files.check(text)[0] == []
    assert files.check(text, entries=saved)[0] == [
        "the entries are not those of the list that was saved"
    ]
    assert list(script().faults(document, saved)) == [
        "the entries are not those of the list that was saved"
    ]
    told = files.check(text, announcement=an_announcement(places=13))[0]
    assert told == ["the announcement is not the one that was saved"]


def test_a_foreign_signature_is_found() -> None:
    """A result signed with another key than the announced one is no result."""
    document = {name: value for name, value in a_result().items() if name != files.SIGNATURE}
    document[files.SIGNATURE] = files.sign(document, "22" * 32)

    assert files.check(json.dumps(document))[0] == ["the signature does not fit"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"announcement": "{}", "result": [[1]]}', "x"])
def test_what_is_no_result_is_said_to_be_none(text: str) -> None:
    """A damaged file gives a sentence, never a traceback."""
    assert len(files.check(text)[0]) == 1


def test_the_command_needs_no_database(tmp_path: Path) -> None:
    """`vaxsite draw verify FILE` answers from files, with the exit code that scripts read."""
    entries = some_entries()
    good, bad, listed = (tmp_path / name for name in ("good.json", "bad.json", "entries.csv"))
    document = a_result(entries=entries)
    good.write_text(json.dumps(document), "utf-8")
    listed.write_text(entry_list(entries), "utf-8")
    changed_size(document)
    bad.write_text(json.dumps(document), "utf-8")

    well = CliRunner().invoke(main, ["draw", "verify", str(good), "--entries", str(listed)])
    ill = CliRunner().invoke(main, ["draw", "verify", str(bad)])
    alone = subprocess.run(
        [sys.executable, str(SCRIPT), str(good), str(listed)], capture_output=True, text=True
    )

    assert (well.exit_code, "40 entries" in well.output) == (0, True)
    assert ill.exit_code == 1
    assert (alone.returncode, alone.stdout) == (0, "recomputed: all as published\n")
