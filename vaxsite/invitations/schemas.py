"""Forms of the pages about invitations."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from vaxsite.core.decisions import N_
from vaxsite.invitations.rules.states import Kind
from vaxsite.residents.rules import IdKind
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
TYPED_MAX = 300


class InviteForm(Schema):
    """Who may book what, where and until when, and why."""

    kind = fields.String(
        required=True,
        validate=OneOf([Kind.PERSONAL.value, Kind.EXCEPTION.value], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    reason = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    name = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the name of the person who will be vaccinated.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})
    id_kind = fields.String(
        load_default=IdKind.NONE.value,
        validate=OneOf([kind.value for kind in IdKind], error=CHOOSE),
    )
    id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    email = fields.Email(
        load_default=None,
        error_messages={"invalid": N_("Type an e-mail address such as name@example.com.")},
    )
    phone = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    speaks = fields.String(load_default="zh", validate=OneOf(["en", "zh"], error=CHOOSE))
    site = fields.Integer(required=True, error_messages={"required": N_("Choose a clinic.")})
    product = fields.Integer(required=True, error_messages={"required": N_("Choose a vaccine.")})
    group = fields.String(required=True, error_messages={"required": N_("Choose a group.")})
    last_day = DateParts(required=True, error_messages={"required": N_("Type the last day.")})


class RenewForm(Schema):
    """Until when the renewed invitation can be used."""

    last_day = DateParts(required=True, error_messages={"required": N_("Type the last day.")})
