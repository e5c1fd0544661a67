"""Forms of the board of doses left over."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from vaxsite.core.decisions import N_

TYPED_MAX = 300


class StartForm(Schema):
    """For which vaccine people are called out, until when, and whether the group is widened."""

    product = fields.Integer(required=True)
    ends = fields.Time(required=True, error_messages={"required": N_("Type when it ends.")})
    widened = fields.String(load_default=None, validate=Length(max=TYPED_MAX))


class PickForm(Schema):
    """Who is invited out of turn, and why."""

    number = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the number of the waiting list.")},
    )
    reason = fields.String(load_default="", validate=Length(max=TYPED_MAX))
