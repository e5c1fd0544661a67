"""The form of the manager's page that plans a session."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from vaxsite.core.decisions import N_
from vaxsite.slots.trickling import WINDOW_HOURS
from vaxsite.web.forms import DateParts


class PlanForm(Schema):
    """Which vaccine, where, on which day, from when to when, with how many seats."""

    site = fields.Integer(required=True, error_messages={"required": N_("Choose a clinic.")})
    product = fields.Integer(required=True, error_messages={"required": N_("Choose a vaccine.")})
    day = DateParts(required=True, error_messages={"required": N_("Type the day.")})
    starts = fields.Time(required=True, error_messages={"required": N_("Type when it starts.")})
    ends = fields.Time(required=True, error_messages={"required": N_("Type when it ends.")})
    minutes = fields.Integer(
        required=True, error_messages={"required": N_("Type how long a slot is.")}
    )
    seats = fields.Integer(
        required=True, error_messages={"required": N_("Type how many seats a slot has.")}
    )


class ReleaseForm(Schema):
    """Within how many hours the seats become bookable; at once when left out."""

    hours = fields.Integer(
        load_default=None,
        validate=OneOf(WINDOW_HOURS, error=N_("Choose one of the answers shown.")),
    )


class AddedForm(Schema):
    """How many seats staff may add to each time."""

    limit = fields.Integer(required=True, error_messages={"required": N_("Type how many seats.")})


class SetAsideForm(Schema):
    """Which times of a session, and for which group."""

    slots = fields.List(
        fields.Integer(),
        required=True,
        validate=Length(min=1, error=N_("Choose at least one time.")),
        error_messages={"required": N_("Choose at least one time.")},
    )
    group = fields.String(required=True, error_messages={"required": N_("Choose for whom.")})
