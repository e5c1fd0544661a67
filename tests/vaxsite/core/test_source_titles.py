"""Sources of rules are named in Chinese on pages in Chinese, and the original stays known."""

import re
import tomllib
from importlib import resources

import pytest

from sensors.domain.units import BANDS
from sensors.rulebook import STANDARDS
from vaxsite.core import source_titles
from vaxsite.slots import setting_aside

ENGLISH = re.compile(r"\b(of|the|and|in|band|alarm|default|own|choice|window)\b", re.IGNORECASE)

SCHEDULES = [
    tomllib.loads(file.read_text("utf-8"))["version"]
    for file in resources.files("vaxsite.schedule").iterdir()
    if file.name.endswith(".toml")
]
SHOWN = sorted(
    {band.source for band in BANDS.values()}
    | {standard.source for standard in STANDARDS.values()}
    | {rule.source for standard in STANDARDS.values() for rule in standard.rules}
    | {step.source for step in setting_aside.steps()}
    | set(SCHEDULES)
)


@pytest.mark.parametrize("source", SHOWN)
def test_every_source_that_a_page_shows_has_a_chinese_title(source: str) -> None:
    """Also each part of one, where a rule has several."""
    shown = source_titles.in_chinese(source)

    assert re.search(r"[\u4e00-\u9fff]", shown), shown
    assert not ENGLISH.search(shown), shown
    assert source_titles.cited_in_chinese(source).endswith(f"（原文：{source}）")


def test_a_source_without_a_title_is_shown_as_it_is_written() -> None:
    """A title that changed is not taken for another one."""
    assert source_titles.in_chinese("A law of tomorrow") == "A law of tomorrow"
    assert source_titles.cited_in_chinese("A law of tomorrow") == "A law of tomorrow"
    assert source_titles.in_chinese("WHO; a law of tomorrow") == "世界卫生组织；a law of tomorrow"


def test_no_title_is_kept_that_no_rule_has() -> None:
    """What is left over belongs to a rule that changed."""
    parts = {part for source in SHOWN for part in source.split(source_titles.BETWEEN)}

    assert source_titles.titles().keys() <= parts | set(SHOWN)
