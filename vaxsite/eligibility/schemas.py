"""Forms of the manager's pages about phases."""

from marshmallow import Schema, fields

from vaxsite.core.decisions import N_
from vaxsite.web.forms import DateParts


class PhaseForm(Schema):
    """Which group, at which site, from which day to which last day."""

    site = fields.Integer(required=True, error_messages={"required": N_("Choose a clinic.")})
    group = fields.String(required=True, error_messages={"required": N_("Choose a group.")})
    first_day = DateParts(required=True, error_messages={"required": N_("Type the first day.")})
    last_day = DateParts(load_default=None)


class CloseForm(Schema):
    """Which day is the last one."""

    last_day = DateParts(required=True, error_messages={"required": N_("Type the last day.")})
