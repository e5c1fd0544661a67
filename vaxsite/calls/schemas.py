"""What the form of a call accepts."""

from marshmallow import Schema, fields

from vaxsite.calls.rules import CallResult
from vaxsite.core.decisions import N_

CHOOSE = N_("Choose what came of the call.")


class ResultSchema(Schema):
    """What came of a try; *tries* is how many were known when the page was shown."""

    tries = fields.Integer(required=True)
    result = fields.Enum(
        CallResult,
        by_value=True,
        required=True,
        error_messages={"required": CHOOSE, "unknown": CHOOSE},
    )
