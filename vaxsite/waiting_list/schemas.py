"""Forms of the pages of the waiting list. The services judge what the answers mean."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from vaxsite.booking.schemas import OtherForm
from vaxsite.core.decisions import N_
from vaxsite.waiting_list.rules.fits import HOUSEHOLD_MOST, NOTICES, Part, Reach
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
TYPED_MAX = 300
CARRIED_MAX = 20_000


class WishForm(Schema):
    """What suits the people who wait together."""

    product = fields.Integer(
        required=True, error_messages={"required": N_("Choose a vaccine."), "invalid": CHOOSE}
    )
    size = fields.Integer(
        required=True,
        validate=Range(1, HOUSEHOLD_MOST, error=CHOOSE),
        error_messages={"required": N_("Choose how many people wait together."), "invalid": CHOOSE},
    )
    sites = fields.List(
        fields.Integer(),
        required=True,
        error_messages={"required": N_("Choose at least one clinic.")},
    )
    weekdays = fields.List(
        fields.Integer(validate=Range(0, 6, error=CHOOSE)),
        required=True,
        error_messages={"required": N_("Choose at least one day of the week.")},
    )
    parts = fields.List(
        fields.String(validate=OneOf([part.value for part in Part], error=CHOOSE)),
        required=True,
        error_messages={"required": N_("Choose at least one part of the day.")},
    )
    notice = fields.Integer(
        required=True,
        validate=OneOf(NOTICES, error=CHOOSE),
        error_messages={"required": N_("Choose how soon you can come."), "invalid": CHOOSE},
    )


class PersonForm(OtherForm):
    """One of the people, with what was typed before."""

    wish = fields.String(load_default="", validate=Length(max=CARRIED_MAX))
    others = fields.String(load_default="", validate=Length(max=CARRIED_MAX))


class ContactForm(Schema):
    """How they are reached, with what was typed before."""

    wish = fields.String(load_default="", validate=Length(max=CARRIED_MAX))
    others = fields.String(load_default="", validate=Length(max=CARRIED_MAX))
    reach = fields.String(
        required=True,
        validate=OneOf([one.value for one in Reach], error=CHOOSE),
        error_messages={"required": N_("Choose how we reach you.")},
    )
    phone = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type a phone number on which we can reach you.")},
    )
    email = fields.Email(
        load_default=None,
        error_messages={"invalid": N_("Type an e-mail address such as name@example.com.")},
    )
    leftover = fields.String(load_default="", validate=OneOf(["", "yes"], error=CHOOSE))


class LookUpForm(Schema):
    """Which entry, and a birth date of it."""

    number = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the number of the waiting list.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})
