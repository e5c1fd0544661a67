"""Cases in, answers out."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.vaxsite.schedule import tiny
from vaxsite.cli.schedule import schedule

CASE = {
    "id": "one",
    "group": "Testosis",
    "dob": "2026-01-01",
    "sex": "F",
    "assessment_date": "2026-03-01",
    "observations": [],
    "doses": [{"date": "2026-02-07", "cvx": "1", "mvx": None, "name": None}],
}


def folder_of(tmp_path: Path, antigen: str = tiny.ANTIGEN) -> Path:
    for name, text in tiny.files(antigen).items():
        (tmp_path / name).write_bytes(text)
    return tmp_path


def run(tmp_path: Path, *lines: str, explain: str = "") -> tuple[int, str]:
    cases = tmp_path / "cases.jsonl"
    cases.write_text("\n".join(lines), "utf-8")
    options = ["--explain", explain] if explain else ["--out", str(tmp_path / "out.jsonl")]
    command = ["run", "--data", str(tmp_path), "--cases", str(cases), *options]
    result = CliRunner().invoke(schedule, command)
    return result.exit_code, result.output


def test_a_case_is_answered_on_a_line(tmp_path: Path) -> None:
    """Status, number, dates and each dose, with the names of the official suite."""
    code, output = run(folder_of(tmp_path), json.dumps(CASE))

    assert (code, output) == (0, f"1 answers in {tmp_path / 'out.jsonl'}\n")
    assert json.loads((tmp_path / "out.jsonl").read_text("utf-8")) == {
        "id": "one",
        "series_status": "Not Complete",
        "forecast_dose_number": 1,
        "earliest": "2026-02-12",
        "recommended": "2026-02-12",
        "past_due": None,
        "doses": [{"status": "Not Valid", "reason": "Age: Too Young"}],
    }


def test_a_group_that_the_release_does_not_have_is_not_recommended(tmp_path: Path) -> None:
    """Nothing of it is for this person."""
    run(folder_of(tmp_path), json.dumps({**CASE, "group": "Other"}))

    answer = json.loads((tmp_path / "out.jsonl").read_text("utf-8"))
    assert (answer["series_status"], answer["earliest"]) == ("Not Recommended", None)


def test_a_case_is_explained(tmp_path: Path) -> None:
    """The words name the policy, the rule and the dates."""
    code, output = run(folder_of(tmp_path), json.dumps(CASE), explain="one")

    assert code == 0
    assert "US policy" in output
    assert "it was given before 2026-02-08, too young" in output
    assert "Dose 1 can be given from 2026-02-12, because of the minimum age." in output


@pytest.mark.parametrize(
    ("line", "fault"),
    [("{", "line 1"), ("{}", "KeyError: 'dob'"), ('{"id": 1, "dob": "x"}', "line 1: ")],
)
def test_a_case_that_cannot_be_read_is_named(tmp_path: Path, line: str, fault: str) -> None:
    """The command ends with the line and the fault."""
    code, output = run(folder_of(tmp_path), line)

    assert code == 1
    assert fault in output


def test_broken_data_names_its_file(tmp_path: Path) -> None:
    """And nothing is written."""
    folder = folder_of(tmp_path, tiny.ANTIGEN.replace("</series>", ""))

    code, output = run(folder, json.dumps(CASE))

    assert code == 1
    assert "antigen.xml: antigenSupportingData" in output
    assert not (tmp_path / "out.jsonl").exists()


def test_unknown_elements_are_told(tmp_path: Path) -> None:
    """They may change verdicts: the one who runs it must know."""
    folder = folder_of(tmp_path, tiny.ANTIGEN.replace("<immunity/>", "<immunity/><moon>1</moon>"))

    code, output = run(folder, json.dumps(CASE))

    assert code == 0
    assert "unknown element, 1 times: antigen.xml antigenSupportingData/moon" in output
