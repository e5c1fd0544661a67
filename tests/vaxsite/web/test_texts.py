"""Translations, times and numbers as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from tests.page_checks import PLACE
from vaxsite.web import catalogs, filters
from vaxsite.web.language import ngettext

EVENING = datetime(2026, 1, 12, 16, 5, tzinfo=UTC)


def test_no_two_features_translate_one_text_differently() -> None:
    """Pages share one catalogue, so one English text has one Chinese text."""
    said: dict[str, set[str]] = {}
    for path in catalogs.po_files("zh"):
        for message in catalogs.read(path):
            if message.id:
                said.setdefault(str(message.id), set()).add(str(message.string))

    assert {text: forms for text, forms in said.items() if len(forms) > 1} == {}


def test_every_place_of_a_text_stands_in_its_translation() -> None:
    """A translation neither loses a place nor invents one, which would fail on the page."""
    wrong = [
        message.id
        for path in catalogs.po_files("zh")
        for message in catalogs.read(path)
        if message.id and isinstance(message.id, str)
        if set(PLACE.findall(message.id)) != set(PLACE.findall(str(message.string)))
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "13 January 2026 00:05"), ("zh", "2026年1月13日 00:05")]
)
def test_times_are_those_of_the_site(app: Flask, language: str, shown: str) -> None:
    """Five past four in UTC is already the next day in Beijing."""
    with app.test_request_context(f"/?lang={language}"):
        assert filters.local_datetime(EVENING, "Asia/Shanghai") == shown


def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    """Whose noon it is must be said; a day needs no zone."""
    with app.test_request_context("/?lang=en"):
        assert filters.local_date(date(2026, 1, 12)) == "12 January 2026"
        with pytest.raises(ValueError, match="name the zone"):
            filters.local_date(EVENING)


@pytest.mark.parametrize(
    ("centi", "shown"),
    [
        (460, "4.6 °C"),
        (-55, "\N{MINUS SIGN}0.6 °C"),
        (-4, "0.0 °C"),
        (805, "8.1 °C"),
        (0, "0.0 °C"),
    ],
)
def test_temperatures(centi: int, shown: str) -> None:
    """Halves go away from zero; there is no minus zero."""
    assert filters.celsius(centi) == shown


@pytest.mark.parametrize(
    ("centi", "shown"),
    [(120, "+1.2 °C"), (4, "0.0 °C"), (-4, "0.0 °C"), (-120, "\N{MINUS SIGN}1.2 °C")],
)
def test_a_difference_carries_its_sign(centi: int, shown: str) -> None:
    """A rise has a plus; nothing has none."""
    assert filters.signed(centi) == shown


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0秒"),
        (59, "59 s", "59秒"),
        (60, "1 min", "1分钟"),
        (4800, "1 h 20 min", "1小时 20分钟"),
        (86_400, "1 d", "1天"),
        (90_061, "1 d 1 h 1 min", "1天 1小时 1分钟"),
    ],
)
def test_durations(app: Flask, seconds: int, english: str, chinese: str) -> None:
    """Lengths of time read as people say them."""
    with app.test_request_context("/?lang=en"):
        assert filters.duration(seconds) == english
    with app.test_request_context("/?lang=zh"):
        assert filters.duration(timedelta(seconds=seconds)) == chinese


def test_plurals(app: Flask) -> None:
    """English has two forms."""
    with app.test_request_context("/?lang=en"):
        assert ngettext("%(num)d dose", "%(num)d doses", 1) == "1 dose"
        assert ngettext("%(num)d dose", "%(num)d doses", 2) == "2 doses"


def test_a_refusal_outside_a_request_names_its_language() -> None:
    """Messages explain in the language of the person, days and instants in words."""
    detail = {"due": date(2026, 3, 1), "at": EVENING, "timezone": "Asia/Shanghai", "left": 2}

    told = catalogs.explain("Due %(due)s, seen %(at)s, %(left)s left.", detail, "en")

    assert told == "Due 1 March 2026, seen 13 January 2026 00:05, 2 left."
