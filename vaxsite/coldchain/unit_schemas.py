"""What the forms about storage units accept."""

from marshmallow import Schema, fields, validate

from sensors.domain.units import Profile
from vaxsite.coldchain.schemas import LONGEST_NOTE, TOO_LONG
from vaxsite.core.decisions import N_

_SHORT = validate.Length(max=60, error=N_("Write at most 60 characters."))
_CODE = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}\Z", error=N_("Use letters, digits, - and ., at most 20.")
)


class UnitSchema(Schema):
    """What people know of a unit."""

    name_zh = fields.String(
        required=True, validate=_SHORT, error_messages={"required": N_("Enter the Chinese name.")}
    )
    name_en = fields.String(
        required=True, validate=_SHORT, error_messages={"required": N_("Enter the English name.")}
    )
    profile = fields.Enum(
        Profile,
        by_value=True,
        required=True,
        error_messages={"required": N_("Choose what kind it is.")},
    )
    maker = fields.String(load_default=None, validate=_SHORT)
    model = fields.String(load_default=None, validate=_SHORT)
    serial_number = fields.String(load_default=None, validate=_SHORT)
    pqs_code = fields.String(load_default=None, validate=_SHORT)
    made_in = fields.Integer(
        load_default=None,
        validate=validate.Range(1950, 2200, error=N_("Enter the year, such as 2021.")),
        error_messages={"invalid": N_("Enter the year, such as 2021.")},
    )


class NewUnitSchema(UnitSchema):
    """A unit that is added."""

    site = fields.Integer(required=True, error_messages={"required": N_("Choose a site.")})
    code = fields.String(
        required=True,
        validate=_CODE,
        error_messages={"required": N_("Enter a short code, such as F2.")},
    )


class RetireSchema(Schema):
    """Why a unit is taken out of use."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )
