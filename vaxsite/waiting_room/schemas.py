"""Forms of the waiting room."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from vaxsite.core.decisions import N_
from vaxsite.waiting_room.rules import Check
from vaxsite.web.forms import DateParts


class JoinForm(Schema):
    """The answer of a person to the sum, or of the browser to the puzzle."""

    answer = fields.String(load_default="", validate=Length(max=20))
    solved = fields.String(load_default="", validate=Length(max=20))


class OpeningForm(Schema):
    """When booking opens, and how many are let in."""

    day = DateParts(required=True, error_messages={"required": N_("Type the day.")})
    gathers = fields.Time(
        required=True, error_messages={"required": N_("Type when people can begin to gather.")}
    )
    opens = fields.Time(required=True, error_messages={"required": N_("Type when it opens.")})
    ends = fields.Time(required=True, error_messages={"required": N_("Type when it ends.")})
    per_minute = fields.Integer(
        required=True, error_messages={"required": N_("Type how many are let in each minute.")}
    )
    check = fields.String(
        load_default=Check.NONE.value, validate=OneOf([one.value for one in Check])
    )


class RateForm(Schema):
    """How many are let in each minute from now on."""

    per_minute = fields.Integer(
        required=True, error_messages={"required": N_("Type how many are let in each minute.")}
    )
