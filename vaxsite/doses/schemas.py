"""What the forms around the needle accept."""

from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate

from vaxsite.core.decisions import N_
from vaxsite.doses.rules import Afterwards, BodySite
from vaxsite.record.rules import Source
from vaxsite.web.forms import DateParts

LONGEST_CODE = 200
LONGEST_REASON = 500
TOO_LONG = N_("Write at most 500 characters.")


class Ticked(StrEnum):
    """What the nurse confirms beside the needle."""

    ASKED_AGAIN = "asked_again"
    SHOWN = "shown"


class CodeField(fields.String):
    """A scanned code; a scanner may send more than a code has."""

    def __init__(self, **kwargs: Any) -> None:  # Any: as marshmallow's own fields take them.
        super().__init__(
            validate=validate.Length(max=LONGEST_CODE, error=N_("That is too long for a code.")),
            error_messages={"required": N_("Scan or type a code.")},
            **kwargs,
        )


class BodySiteField(fields.Enum[BodySite]):
    """Where the needle went in."""

    def __init__(self) -> None:
        sentence = N_("Choose where.")
        super().__init__(
            BodySite,
            by_value=True,
            required=True,
            error_messages={"required": sentence, "unknown": sentence},
        )


class SeenSchema(Schema):
    """What an earlier scan named; hidden in the forms of the page."""

    lot = fields.Integer(load_default=None)
    vial = fields.Integer(load_default=None)
    presented = fields.UUID(load_default=None)


class ScanSchema(SeenSchema):
    """One field: a package, a lot or somebody's reference."""

    code = CodeField(required=True)


class GiveSchema(SeenSchema):
    """The dose, once every check says yes."""

    dose_id = fields.UUID(required=True)
    body_site = BodySiteField()
    ticked = fields.List(
        fields.Enum(Ticked, by_value=True),
        required=True,
        validate=validate.Length(min=len(Ticked), error=N_("Tick both.")),
        error_messages={"required": N_("Tick both.")},
    )


class TimeField(fields.Time):
    """A time of day on the clock of the clinic."""

    def __init__(self) -> None:
        sentence = N_("Enter the time of the needle, such as 09:05.")
        super().__init__(
            format="%H:%M",
            required=True,
            error_messages={"required": sentence, "invalid": sentence},
        )


class AfterwardsSchema(Schema):
    """A dose that was given before the system knew of it."""

    dose_id = fields.UUID(required=True)
    code = CodeField(required=True)
    given_at = TimeField()
    body_site = BodySiteField()
    why = fields.Enum(
        Afterwards,
        by_value=True,
        required=True,
        error_messages={"required": N_("Choose why."), "unknown": N_("Choose why.")},
    )


class ReasonField(fields.String):
    """Why a record is changed."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            validate=validate.Length(max=LONGEST_REASON, error=TOO_LONG),
            error_messages={"required": N_("Give the reason for the correction.")},
        )


class CorrectSchema(Schema):
    """What was wrong in a record; an empty code keeps the lot."""

    code = CodeField(load_default="")
    given_at = TimeField()
    body_site = BodySiteField()
    reason = ReasonField()


class WithdrawSchema(Schema):
    """Why a recorded dose was not given."""

    not_given = ReasonField()


NOT_LISTED = "other"


class EarlierSchema(Schema):
    """A dose that was given elsewhere or long ago, as the card says it."""

    earlier_id = fields.UUID(required=True)
    code = CodeField(required=True)
    other_code = CodeField(load_default="")
    given_on = DateParts(required=True, error_messages={"required": N_("Type the day.")})
    source = fields.Enum(
        Source,
        by_value=True,
        required=True,
        error_messages={
            "required": N_("Choose who says so."),
            "unknown": N_("Choose who says so."),
        },
    )
    place = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))
    lot_number = fields.String(load_default="", validate=validate.Length(max=LONGEST_CODE))


class TakeBackSchema(Schema):
    """Which entry was wrong, and why."""

    which = fields.UUID(required=True, error_messages={"required": N_("Choose an entry.")})
    reason = ReasonField()
