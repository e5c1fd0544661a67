"""Forms of the pages about rosters."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from vaxsite.core.decisions import N_
from vaxsite.rosters.rules.states import Take
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
TYPED_MAX = 200


class UploadForm(Schema):
    """Whose list it is, for which group, vaccine and clinic, on which days, in which language."""

    organisation = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX, error=N_("That name is too long.")),
        error_messages={"required": N_("Type the name of the employer or community.")},
    )
    site = fields.Integer(
        required=True, error_messages={"required": N_("Choose a clinic."), "invalid": CHOOSE}
    )
    product = fields.Integer(
        required=True, error_messages={"required": N_("Choose a vaccine."), "invalid": CHOOSE}
    )
    group = fields.String(required=True, error_messages={"required": N_("Choose a group.")})
    speaks = fields.String(load_default="zh", validate=OneOf(["zh", "en"], error=CHOOSE))
    first_day = DateParts(load_default=None)
    last_day = DateParts(load_default=None)


class AcceptForm(Schema):
    """What is done with faulty rows, and whether the people are invited."""

    take = fields.Enum(
        Take,
        by_value=True,
        required=True,
        error_messages={"required": CHOOSE, "unknown": CHOOSE},
    )
    invite = fields.String(
        required=True,
        validate=OneOf(["yes", "no"], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    book_by = DateParts(load_default=None)
