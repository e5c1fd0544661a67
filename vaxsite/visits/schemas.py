"""What the forms of a visit accept."""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate
from marshmallow.fields import Field

from vaxsite.core.decisions import N_
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.visits.rules import Answer, Identity, LeaveReason, Question
from vaxsite.web.forms import DateParts

LONGEST_SEARCH = 100
LONGEST_REASON = 300
CHOOSE = N_("Choose yes or no.")


class FindSchema(Schema):
    """The search on the day's list: a reference, scanned or typed, or part of a name."""

    find = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_SEARCH, error=N_("That is too long for a reference.")),
        error_messages={"required": N_("Scan or type a reference, or type a name.")},
    )


class CheckInSchema(Schema):
    """What was asked aloud and compared."""

    confirmed = fields.List(fields.Enum(Identity, by_value=True), load_default=list)


class LeaveSchema(Schema):
    """Why somebody leaves before the observation is over."""

    reason = fields.Enum(
        LeaveReason,
        by_value=True,
        required=True,
        error_messages={
            "required": N_("Choose the reason."),
            "unknown": N_("Choose the reason."),
        },
    )


class PutOffSchema(Schema):
    """Why a vaccination is put off, and until when; else the date that goes with the reason."""

    why = fields.Enum(
        Why,
        by_value=True,
        required=True,
        error_messages={
            "required": N_("Choose the reason."),
            "unknown": N_("Choose the reason."),
        },
    )
    until = DateParts(load_default=None)


class EndWaitingSchema(Schema):
    """Why somebody need not wait until the date."""

    because = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_REASON, error=N_("That is too long.")),
        error_messages={"required": N_("Type why the waiting ends earlier.")},
    )


def questions_schema(questions: Sequence[Question]) -> Schema:
    """Return the form of the questions that are asked of this person today."""
    answers: dict[str, Field[Any]] = {  # Any: marshmallow's type of what a field gives.
        question.code: fields.String(
            required=True,
            validate=validate.OneOf([answer.value for answer in Answer], error=CHOOSE),
            error_messages={"required": CHOOSE},
        )
        for question in questions
    }
    return Schema.from_dict(answers, name="QuestionsSchema")()
