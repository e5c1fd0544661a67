"""Forms of the booking desk."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from vaxsite.booking.doors import CameBy, Relation
from vaxsite.core.decisions import N_
from vaxsite.web.forms import DateParts

TYPED_MAX = 300
CHOOSE = N_("Choose one of the answers.")


class BeginForm(Schema):
    """Who asks, and by which door."""

    relation = fields.Enum(
        Relation,
        by_value=True,
        required=True,
        error_messages={"required": CHOOSE, "unknown": CHOOSE},
    )
    came_by = fields.Enum(
        CameBy, by_value=True, load_default=None, error_messages={"unknown": CHOOSE}
    )


class SearchForm(Schema):
    """Who is looked for: a reference, a document, or name and birth date."""

    reference = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    name = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    born_on = DateParts(load_default=None)
