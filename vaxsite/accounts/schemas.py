"""What the forms of sign-in hold."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from vaxsite.accounts.rules import MAX_PASSWORD
from vaxsite.core.decisions import N_

LONG = N_("That is too long.")


class SignInSchema(Schema):
    """The first factor."""

    email = fields.String(
        required=True,
        validate=Length(max=320, error=LONG),
        error_messages={"required": N_("Enter your e-mail address.")},
    )
    password = fields.String(
        required=True,
        validate=Length(max=MAX_PASSWORD, error=LONG),
        error_messages={"required": N_("Enter your password.")},
        metadata={"verbatim": True},
    )


class CodeSchema(Schema):
    """The second factor."""

    code = fields.String(
        required=True,
        validate=Length(max=40, error=LONG),
        error_messages={"required": N_("Enter the code.")},
    )
