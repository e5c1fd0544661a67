"""Forms of the booking desk."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from vaxsite.booking.doors import CameBy, Relation
from vaxsite.booking.schemas import OtherForm
from vaxsite.core.decisions import N_
from vaxsite.desk.walking_in import Why
from vaxsite.visits.schemas import PutOffSchema
from vaxsite.web.forms import DateParts

TYPED_MAX = 300
CHOOSE = N_("Choose one of the answers.")
OTHER_DOOR = N_("You do not book for people who come this way. Begin again.")
WHO_ASKS = N_("Choose who asks: the person, or somebody for them.")


class BeginForm(Schema):
    """Who asks, and by which door."""

    relation = fields.Enum(
        Relation,
        by_value=True,
        required=True,
        error_messages={"required": WHO_ASKS, "unknown": WHO_ASKS},
    )
    came_by = fields.Enum(
        CameBy, by_value=True, load_default=None, error_messages={"unknown": OTHER_DOOR}
    )


class WalkInForm(OtherForm):
    """Who came without an appointment, for which time, and why a seat is added."""

    slot = fields.Integer(
        required=True, error_messages={"required": N_("Choose a time."), "invalid": CHOOSE}
    )
    phone = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    why = fields.Enum(Why, by_value=True, load_default=None, error_messages={"unknown": CHOOSE})

    class Meta:
        """The order of the page, in which mistakes are listed."""

        fields = (
            "slot",
            "other_name",
            "other_born_on",
            "other_id_kind",
            "other_id_number",
            "phone",
            "other_ill",
            "other_occupation",
            "why",
        )


class PutOffForm(OtherForm, PutOffSchema):
    """Who stands there, which vaccine is put off, why and until when."""

    phone = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    product = fields.Integer(
        required=True, error_messages={"required": N_("Choose a vaccine."), "invalid": CHOOSE}
    )

    class Meta:
        """The order of the page, in which mistakes are listed."""

        fields = (
            "other_name",
            "other_born_on",
            "other_id_kind",
            "other_id_number",
            "phone",
            "other_ill",
            "other_occupation",
            "product",
            "why",
            "until",
        )


class SearchForm(Schema):
    """Who is looked for: a reference, a document, or name and birth date."""

    reference = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    name = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    born_on = DateParts(load_default=None)
