"""Whatever goes into the outbox has its words in both languages, with the same facts in them."""

import re
from string import Formatter

import pytest

from sensors.domain.alerts import AlertKind
from sensors.services import notice_texts
from vaxsite.messages import rules as messages

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def places(text: str) -> set[str]:
    """Return the places that a text fills in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", list(messages.Kind))
def test_every_message_to_residents_is_written_twice(kind: messages.Kind) -> None:
    """English and Chinese say the same facts; neither is missing."""
    english, chinese = messages.TEXTS[kind]["en"], messages.TEXTS[kind]["zh"]

    assert CHINESE.search(chinese.subject)
    assert CHINESE.search(chinese.body)
    assert places(english.subject) == places(chinese.subject)
    assert places(chinese.body) - places(english.body) == set()


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_kind_of_alert_says_what_to_do_first(kind: AlertKind) -> None:
    """The first thing that a person reads at night is what to do, in their language."""
    causes = ["hot", "cold"] if kind is AlertKind.EXCURSION else [kind.value]

    for cause in causes:
        english, chinese = notice_texts.DO_FIRST[cause]
        assert english.startswith("Do first:")
        assert chinese.startswith("请先：")
