"""Questions, outcomes and the 30 minutes, at their edges."""

from datetime import UTC, date, datetime, timedelta

import pytest

from vaxsite.core.decisions import Allowed, Refused
from vaxsite.visits import rules
from vaxsite.visits.rules import VISITS, LeaveReason, VisitReason, VisitState

TODAY = date(2026, 1, 13)
GIVEN = datetime(2026, 1, 13, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HALF_HOUR = timedelta(minutes=30)


def answers(**yes: str) -> dict[str, str]:
    """No to everything a woman is asked today, but for *yes*."""
    return {question.code: "no" for question in rules.questions_for("female", TODAY)} | yes


def test_seven_questions_are_asked_of_a_woman() -> None:
    """The five contraindications, the fourth as two questions, and other vaccines."""
    assert [question.code for question in rules.questions_for("female", TODAY)] == [
        "fever",
        "acute_illness",
        "allergy",
        "severe_reaction",
        "nervous_disease",
        "pregnancy",
        "other_vaccine",
    ]


@pytest.mark.parametrize(("sex", "asked"), [("female", True), ("male", False), ("unknown", True)])
def test_pregnancy_is_not_asked_of_men(sex: str, asked: bool) -> None:
    """Where the sex is not known, it is asked."""
    codes = [question.code for question in rules.questions_for(sex, TODAY)]

    assert ("pregnancy" in codes) is asked


@pytest.mark.parametrize(
    ("on", "count"), [(date(2021, 3, 28), 0), (date(2021, 3, 29), 7), (date(2021, 3, 30), 7)]
)
def test_questions_are_in_force_from_their_day(on: date, count: int) -> None:
    """The guidance is of 29 March 2021."""
    assert len(rules.questions_for("female", on)) == count


def test_nobody_is_held_back_who_says_no() -> None:
    """Seven times no may proceed."""
    verdict = rules.screen(rules.questions_for("female", TODAY), answers())

    assert verdict == Allowed("visit:screening")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("fever", VisitReason.DEFER_TODAY),
        ("acute_illness", VisitReason.DEFER_TODAY),
        ("pregnancy", VisitReason.DEFER_TODAY),
        ("other_vaccine", VisitReason.DEFER_TODAY),
        ("allergy", VisitReason.DEFER_LASTING),
        ("severe_reaction", VisitReason.DEFER_LASTING),
        ("nervous_disease", VisitReason.DEFER_LASTING),
    ],
)
def test_one_yes_defers(code: str, reason: VisitReason) -> None:
    """Every question alone stops the person; some need a doctor, not another day."""
    verdict = rules.screen(rules.questions_for("female", TODAY), answers(**{code: "yes"}))

    assert isinstance(verdict, Refused)
    assert verdict.reason is reason


def test_lasting_reason_is_told_before_a_passing_one() -> None:
    """Fever and allergy together: the doctor decides."""
    verdict = rules.screen(
        rules.questions_for("female", TODAY), answers(fever="yes", allergy="yes")
    )

    assert isinstance(verdict, Refused)
    assert verdict.reason is VisitReason.DEFER_LASTING


@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_question_without_an_answer_is_asked_again(answer: str) -> None:
    """Silence is not a no."""
    verdict = rules.screen(rules.questions_for("female", TODAY), answers(fever=answer))

    assert isinstance(verdict, Refused)
    assert verdict.reason is VisitReason.ANSWERS_MISSING


@pytest.mark.parametrize(
    ("after", "allowed"),
    [
        (timedelta(0), False),
        (HALF_HOUR - SECOND, False),
        (HALF_HOUR, True),
        (HALF_HOUR + SECOND, True),
    ],
    ids=["at once", "a second before", "at 30 minutes", "a second after"],
)
def test_leaving_is_free_after_thirty_minutes(after: timedelta, allowed: bool) -> None:
    """Counted from the needle."""
    verdict = rules.may_leave(GIVEN, None, GIVEN + after)

    assert isinstance(verdict, Allowed) is allowed


def test_leaving_early_needs_a_reason() -> None:
    """With one it is allowed, without one the sentence says until when."""
    soon = GIVEN + timedelta(minutes=10)

    refused = rules.may_leave(GIVEN, None, soon)

    assert isinstance(refused, Refused)
    assert refused.detail == {"until": GIVEN + HALF_HOUR}
    assert rules.may_leave(GIVEN, LeaveReason.EMERGENCY, soon) == Allowed("visit:observation")


def test_nobody_without_a_dose_is_kept() -> None:
    """Who was deferred may go."""
    assert rules.may_leave(None, None, GIVEN) == Allowed("visit:observation")


def test_every_state_that_is_not_final_has_an_owner() -> None:
    """Somebody must act next, until the person has left."""
    assert VISITS.final == {VisitState.LEFT}
    assert set(VISITS.owners) == set(VISITS.states) - VISITS.final


def test_every_reason_has_a_sentence() -> None:
    """No refusal of a visit is without words."""
    assert set(rules.SENTENCES) == set(VisitReason)
    assert set(rules.IDENTITY_LABELS) == set(rules.Identity)
    assert set(rules.LEAVE_LABELS) == set(LeaveReason)
