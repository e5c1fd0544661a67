"""A visit: its states, the questions before the needle, and the 30 minutes after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_, Allowed, Decision, Refused


class VisitState(StrEnum):
    """Where a person is between the door of the clinic and the door out."""

    ARRIVED = "arrived"
    SCREENED = "screened"
    VACCINATED = "vaccinated"
    DEFERRED = "deferred"
    LEFT = "left"


VISITS = StateMachine(
    name="visit",
    initial=VisitState.ARRIVED,
    owners={
        VisitState.ARRIVED: "nurse",
        VisitState.SCREENED: "nurse",
        VisitState.VACCINATED: "nurse",
        VisitState.DEFERRED: "nurse",
    },
    moves=(
        Move(VisitState.ARRIVED, VisitState.SCREENED, "visit:screen"),
        Move(VisitState.ARRIVED, VisitState.DEFERRED, "visit:defer"),
        Move(VisitState.SCREENED, VisitState.DEFERRED, "visit:defer"),
        # An answer was ticked wrongly: asked again, and seen in the audit.
        Move(VisitState.DEFERRED, VisitState.ARRIVED, "visit:reopen"),
        Move(VisitState.SCREENED, VisitState.ARRIVED, "visit:reopen"),
        Move(VisitState.SCREENED, VisitState.VACCINATED, "visit:vaccinate"),
        # The dose happened before the record knew of it: it is recordable all the same.
        Move(VisitState.ARRIVED, VisitState.VACCINATED, "visit:vaccinate"),
        Move(VisitState.DEFERRED, VisitState.VACCINATED, "visit:vaccinate"),
        # The record said a dose that was not given.
        Move(VisitState.VACCINATED, VisitState.SCREENED, "visit:undo"),
        Move(VisitState.VACCINATED, VisitState.DEFERRED, "visit:undo"),
        Move(VisitState.VACCINATED, VisitState.LEFT, "visit:leave"),
        Move(VisitState.ARRIVED, VisitState.LEFT, "visit:leave"),
        Move(VisitState.SCREENED, VisitState.LEFT, "visit:leave"),
        Move(VisitState.DEFERRED, VisitState.LEFT, "visit:leave"),
    ),
    labels={
        VisitState.ARRIVED: ("Arrived", "已到达"),
        VisitState.SCREENED: ("Screened", "已预检"),
        VisitState.VACCINATED: ("Under observation", "留观中"),
        VisitState.DEFERRED: ("Deferred", "暂缓接种"),
        VisitState.LEFT: ("Left", "已离开"),
    },
)


class Identity(StrEnum):
    """What is asked aloud and compared with the record, in the order in which it is asked."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    DOCUMENT = "document"
    PROOF = "proof"  # Only where the group is one that is proved at the door.


IDENTITY_LABELS: Mapping[Identity, str] = {
    Identity.NAME: N_("The person said their name, and it is this name"),
    Identity.BIRTH_DATE: N_("The person said their date of birth, and it is this date"),
    Identity.DOCUMENT: N_("I saw the identity document, and it is this person's"),
    Identity.PROOF: N_("I saw the proof of the group, such as a work pass or a certificate"),
}


def asked(*, proof: bool) -> frozenset[Identity]:
    """Return what must be confirmed before a visit begins."""
    return frozenset(Identity) if proof else frozenset(Identity) - {Identity.PROOF}


class Answer(StrEnum):
    """An answer to a screening question."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True)
class Question:
    """One screening question in force during [from_on, to_on). A yes defers the person.

    `lasting` marks a reason that does not pass with time: a doctor decides, not a new date.
    """

    code: str
    text: str
    from_on: date
    source: str
    lasting: bool = False
    to_on: date | None = None
    sexes: frozenset[str] = frozenset({"female", "male", "unknown"})
    observation: str = ""  # What a yes is called in the schedule, where its rules know it.


# To be checked by a qualified person against the official text.
GUIDANCE = "Technical guidance for COVID-19 vaccination, 1st edition, National Health Commission"
GUIDANCE_FROM = date(2021, 3, 29)
QUESTIONS: tuple[Question, ...] = (
    Question(
        "fever",
        N_("Do you have a fever today?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 4",
        observation="acute-illness",
    ),
    Question(
        "acute_illness",
        N_("Are you acutely ill, or is a chronic illness flaring up or severe and not controlled?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 4",
        observation="acute-illness",
    ),
    Question(
        "allergy",
        N_("Are you allergic to anything in this vaccine, or to a vaccine of the same kind?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 1",
        lasting=True,
        observation="vaccine-allergy",
    ),
    Question(
        "severe_reaction",
        N_("Have you ever had a severe reaction to a vaccine?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 2",
        lasting=True,
        observation="severe-vaccine-reaction",
    ),
    Question(
        "nervous_disease",
        N_("Do you have epilepsy that is not controlled, or another severe nervous disease?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 3",
        lasting=True,
        observation="uncontrolled-nervous-disease",
    ),
    Question(
        "pregnancy",
        N_("Are you pregnant?"),
        GUIDANCE_FROM,
        f"{GUIDANCE}, contraindication 5",
        sexes=frozenset({"female", "unknown"}),
        observation="pregnant",
    ),
    Question(
        "other_vaccine",
        N_(
            "Have you had another vaccine in the last 14 days? "
            "Rabies and tetanus vaccines and immunoglobulin do not count."
        ),
        GUIDANCE_FROM,
        f"{GUIDANCE}, other vaccines",
    ),
)


def questions_for(sex: str, on: date) -> tuple[Question, ...]:
    """Return the questions that are asked of a person of *sex* on the day *on*."""
    return tuple(
        question
        for question in QUESTIONS
        if sex in question.sexes
        and question.from_on <= on
        and (question.to_on is None or on < question.to_on)
    )


def observed(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the *answers* say in the words of the schedule, for the day of the visit."""
    yes = (question for question in QUESTIONS if answers.get(question.code) == Answer.YES)
    return tuple(question.observation for question in yes if question.observation)


class VisitReason(StrEnum):
    """Why an act on a visit is refused, or a person deferred."""

    IDENTITY_UNCONFIRMED = "identity_unconfirmed"
    PROOF_MISSING = "proof_missing"
    NOT_TODAY = "not_today"
    ANSWERS_MISSING = "answers_missing"
    DEFER_TODAY = "defer_today"
    DEFER_LASTING = "defer_lasting"
    LEAVE_REASON_MISSING = "leave_reason_missing"


SENTENCES: Mapping[StrEnum, str] = {
    VisitReason.IDENTITY_UNCONFIRMED: N_(
        "Ask for name, date of birth and document, and tick all three."
    ),
    VisitReason.PROOF_MISSING: N_(
        "This person booked as one of a group that is proved at the door. See the proof and tick "
        "it. Without it turn the person away: they can come back with the proof, or when it is "
        "their turn without it."
    ),
    VisitReason.NOT_TODAY: N_("This appointment is on %(date)s. Change it to today first."),
    VisitReason.ANSWERS_MISSING: N_("Answer every question."),
    VisitReason.DEFER_TODAY: N_(
        "Do not vaccinate today. The person may come back when the reason has passed."
    ),
    VisitReason.DEFER_LASTING: N_(
        "Do not vaccinate. A doctor must decide whether this vaccine can be given at all."
    ),
    VisitReason.LEAVE_REASON_MISSING: N_(
        "The observation lasts until %(until)s. Give the reason for leaving before."
    ),
}


def screen(questions: tuple[Question, ...], answers: Mapping[str, str]) -> Decision:
    """Decide from the *answers* whether the person may proceed to the needle."""
    rule = "visit:screening"
    if any(answers.get(question.code) not in set(Answer) for question in questions):
        return Refused(VisitReason.ANSWERS_MISSING, rule)
    yes = [question for question in questions if answers[question.code] == Answer.YES]
    if not yes:
        return Allowed(rule)
    lasting = any(question.lasting for question in yes)
    reason = VisitReason.DEFER_LASTING if lasting else VisitReason.DEFER_TODAY
    return Refused(reason, rule)


# Thirty minutes on site, counted from the needle: technical guidance 2021 and the Vaccine
# Administration practice of Datong, Danyang and Shanghai. To be checked by a qualified person
# against the official text.
OBSERVATION = timedelta(minutes=30)


class LeaveReason(StrEnum):
    """Why somebody leaves before the observation is over."""

    REFUSED_TO_STAY = "refused_to_stay"
    EMERGENCY = "emergency"
    OTHER = "other"


LEAVE_LABELS: Mapping[LeaveReason, str] = {
    LeaveReason.REFUSED_TO_STAY: N_("Does not want to stay, and was told of the risk"),
    LeaveReason.EMERGENCY: N_("Was taken for treatment"),
    LeaveReason.OTHER: N_("Another reason, known to the nurse"),
}


def observed_until(given_at: datetime) -> datetime:
    """Return the end of the observation of a dose that was given at *given_at*."""
    return given_at + OBSERVATION


def may_leave(given_at: datetime | None, reason: LeaveReason | None, now: datetime) -> Decision:
    """Decide whether somebody may leave; before the 30 minutes are over only with a reason."""
    rule = "visit:observation"
    if given_at is None or now >= observed_until(given_at):
        return Allowed(rule)
    if reason is None:
        return Refused(
            VisitReason.LEAVE_REASON_MISSING, rule, given_at, {"until": observed_until(given_at)}
        )
    return Allowed(rule)
