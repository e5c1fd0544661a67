"""Text messages are short, count their parts as networks do, and say nothing of health."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vaxsite.messages.test_rules import facts
from vaxsite.messages.rules import Kind
from vaxsite.messages.short_texts import SHORT, compose_short, parts

CLINIC = {"zh": "滨湖区社区卫生服务中心", "en": "Binhu Health Centre"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_fits_into_two_parts_and_names_no_vaccine(kind: Kind, language: str) -> None:
    """Day, time, clinic and a way on stand in it; the phone of a household is read by others."""
    one = replace(facts(), clinic=CLINIC[language])
    text = compose_short(kind, [one], language=language)

    assert parts(text) <= 2
    assert "09:30" in text
    assert one.my_booking_url in text
    assert one.vaccine not in text
    assert "{" not in text


@pytest.mark.parametrize(("language", "said"), [("en", "and 1 more"), ("zh", "等2个预约")])
def test_of_several_appointments_it_says_how_many(language: str, said: str) -> None:
    """Nobody believes that only one was booked."""
    told = [facts(), facts()]

    assert said in compose_short(Kind.CONFIRMED, told, language=language)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("疫" * 70, 1),
        ("疫" * 71, 2),
        ("疫" * 134, 2),
        ("疫" * 135, 3),
        ("a" * 69 + "疫", 1),
        ("𠮷" * 36, 2),
        ("", 1),
    ],
)
def test_parts_are_counted_as_networks_do(text: str, count: int) -> None:
    """160 or 153 characters a part; one Chinese character makes it 70 or 67."""
    assert parts(text) == count


@given(st.text(max_size=400), st.text(max_size=50))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    """Counting grows with the text."""
    assert parts(text) <= parts(text + more)


def test_every_kind_has_both_languages() -> None:
    """Nothing is told in one language only."""
    assert {kind: set(texts) for kind, texts in SHORT.items()} == {
        kind: {"en", "zh"} for kind in Kind
    }
