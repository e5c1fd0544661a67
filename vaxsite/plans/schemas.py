"""Forms of the manager's pages about plans, deliveries and closed days."""

from typing import Any

from marshmallow import Schema, fields, validate

from vaxsite.core.decisions import N_
from vaxsite.slots.rules import Doses
from vaxsite.stock.deliveries import DeliveryState
from vaxsite.web.forms import DateParts

DOSES_MAX = 10_000_000
Messages = dict[str, str | list[Any] | dict[Any, Any]]  # Any: as marshmallow types them.
NUMBER: Messages = {"required": N_("Type a number.")}
CLINIC: Messages = {"required": N_("Choose a clinic.")}
VACCINE: Messages = {"required": N_("Choose a vaccine.")}
ANSWER: Messages = {"required": N_("Choose one of the answers.")}


class TemplateForm(Schema):
    """What a plan says apart from its hours."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=80),
        error_messages={"required": N_("Give the plan a name.")},
    )
    product = fields.Integer(required=True, error_messages=VACCINE)
    sites = fields.List(
        fields.Integer(),
        required=True,
        error_messages={"required": N_("Choose at least one clinic.")},
    )
    first_on = DateParts(required=True, error_messages={"required": N_("Type the first day.")})
    last_on = DateParts(required=True, error_messages={"required": N_("Type the last day.")})
    slot_minutes = fields.Integer(required=True, error_messages=NUMBER)
    person_minutes = fields.Integer(required=True, error_messages=NUMBER)
    overbook = fields.Integer(load_default=0)
    holidays = fields.Boolean(required=True, error_messages=ANSWER)
    together = fields.Boolean(required=True, error_messages=ANSWER)


class StaffForm(Schema):
    """How many stations there are, and how many people who vaccinate."""

    stations = fields.Integer(required=True, error_messages=NUMBER)
    vaccinators = fields.Integer(required=True, error_messages=NUMBER)


class HoursForm(StaffForm):
    """Hours that come again every week."""

    doses = fields.Enum(Doses, by_value=True, required=True, error_messages=ANSWER)
    weekdays = fields.List(
        fields.Integer(validate=validate.Range(0, 6)),
        required=True,
        error_messages={"required": N_("Choose at least one day of the week.")},
    )
    starts = fields.Time(required=True, error_messages={"required": N_("Type when it starts.")})
    ends = fields.Time(required=True, error_messages={"required": N_("Type when it ends.")})
    break_starts = fields.Time(load_default=None)
    break_ends = fields.Time(load_default=None)
    first_on = DateParts(load_default=None)
    last_on = DateParts(load_default=None)


class DeliveryChangeForm(Schema):
    """When it comes, and how much."""

    arrives_on = DateParts(required=True, error_messages={"required": N_("Type the day.")})
    doses = fields.Integer(
        required=True, validate=validate.Range(1, DOSES_MAX), error_messages=NUMBER
    )


class DeliveryForm(DeliveryChangeForm):
    """What will come, to whom, and who says so."""

    site = fields.Integer(required=True, error_messages=CLINIC)
    product = fields.Integer(required=True, error_messages=VACCINE)
    expires_on = DateParts(load_default=None)
    source = fields.String(
        required=True,
        validate=validate.Length(max=200),
        error_messages={"required": N_("Write who announced it.")},
    )


class DeliveryEndForm(Schema):
    """What became of it."""

    target = fields.Enum(DeliveryState, by_value=True, required=True)


class DayForm(Schema):
    """A day on which a clinic is closed, or open although it is a holiday."""

    site = fields.Integer(required=True, error_messages=CLINIC)
    day = DateParts(required=True, error_messages={"required": N_("Type the day.")})
    opened = fields.Boolean(required=True, error_messages=ANSWER)
    reason = fields.String(
        required=True,
        validate=validate.Length(max=200),
        error_messages={"required": N_("Write why.")},
    )
