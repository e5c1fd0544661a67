"""Impossible histories: kept, flagged and explained, never an exception."""

from datetime import date

import pytest

from tests.vaxsite.schedule import people
from vaxsite.releases import queries
from vaxsite.schedule import engine, explain
from vaxsite.schedule.course import Verdict
from vaxsite.schedule.data import Unreadable
from vaxsite.schedule.history import Dose, Person
from vaxsite.schedule.rules import SENTENCES, DoseStatus, Reason
from vaxsite.schedule.written import read
from vaxsite.web import catalogs

LIN = date(2025, 3, 10)
ON = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("08@2025-03-09", Reason.BEFORE_BIRTH),
        ("08@2026-11-24", Reason.FUTURE),
        ("999@2025-03-10", Reason.UNKNOWN_CODE),
        ("@2025-03-10", Reason.UNKNOWN_CODE),
        ("HPV2@1900-01-01", Reason.BEFORE_BIRTH),
    ],
)
def test_an_impossible_dose_is_flagged_and_left_out(text: str, reason: Reason) -> None:
    """It stays in the record with its reason, and the next dose is planned without it."""
    assessment = people.assessed(LIN, text, on=ON)

    assert assessment.doses[0].fault is reason
    assert people.last_dose("HepB", assessment) == (DoseStatus.NOT_EVALUATED, reason)
    assert assessment.groups["HepB"].number == 1


def test_a_dose_recorded_twice_counts_once() -> None:
    """The second record is flagged; the plan is that of one dose."""
    assessment = people.assessed(LIN, "08@2025-03-10", "8@2025-03-10", on=ON)

    assert people.last_dose("HepB", assessment) == (DoseStatus.NOT_VALID, Reason.DUPLICATE)
    assert assessment.groups["HepB"].number == 2


def test_an_expired_dose_does_not_count() -> None:
    """It leaves the target open and says why."""
    dose = Dose(date(2025, 3, 10), "08", substandard=True)

    assessment = engine.assess([dose], Person(LIN), on=ON, release=queries.local_release())

    assert people.last_dose("HepB", assessment) == (DoseStatus.SUBSTANDARD, Reason.SUBSTANDARD)


@pytest.mark.parametrize("born_on", [date(1, 1, 1), date(2500, 1, 1), date(9999, 12, 31)])
def test_an_impossible_birth_is_no_exception(born_on: date) -> None:
    """Somebody typed a wrong century."""
    assessment = people.assessed(born_on, "08@2025-03-10", "03@2026-01-01", on=ON)

    assert len(assessment.doses) == 2


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", list(catalogs.LANGUAGES))
def test_every_reason_is_a_sentence_in_both_languages(
    reason: Reason, language: catalogs.Language
) -> None:
    """All its places are filled."""
    compared = {"limit": ON, "reference": LIN}
    verdict = Verdict(DoseStatus.NOT_VALID, reason, number=2, compared=compared)

    text = explain.verdict_sentence(verdict, catalogs.translations(language).gettext)

    assert "%" not in text
    assert text.endswith("。" if language == "zh" else ".")


def test_every_reason_has_a_sentence() -> None:
    """None is missing."""
    assert set(Reason) <= set(SENTENCES)


def test_an_explanation_says_what_every_dose_counts_for() -> None:
    """For the person who has to check an answer."""
    doses = people.doses("510@2021-04-01", "510@2021-04-10", "08@2021-04-11", "x@2021-04-12")

    text = "\n".join(
        explain.lines(
            doses, Person(date(1990, 5, 5)), "COVID-19", on=ON, release=queries.local_release()
        )
    )

    assert "Interval: Too Soon" in text
    assert "before 2021-04-15, too soon after 2021-04-01" in text
    assert "Rule in force since 2021-03-29" in text
    assert "To be checked by a qualified person" in text
    assert "unknown" in text


HEADER = 'version="1"\npolicy="p"\nsource="s"\ncaution="c"\n'


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("version = ", "document"),
        ("moon = 1\n" + HEADER, "moon"),
        ('version="1"', "policy"),
        (HEADER + '[[series]]\nname="a"\nantigen="b"', "series[1]/doses"),
        (HEADER + "[[series]]\nname=1", "series[1]/name"),
        (HEADER + '[[series]]\n[[series.doses]]\nages=[{minimum="soon"}]', "minimum"),
        (HEADER + '[[series]]\n[[series.doses]]\nages=[{smallest="1 day"}]', "ages[1]/smallest"),
        (HEADER + "[[series]]\n[[series.doses]]\nages=[{since=1}]", "since"),
    ],
)
def test_a_schedule_that_is_written_wrongly_names_the_place(text: str, element: str) -> None:
    """File and element, as for the XML."""
    with pytest.raises(Unreadable) as caught:
        read({"own.toml": text})

    assert caught.value.file == "own.toml"
    assert element in caught.value.element
