"""Forms of the manager's pages about phases."""

from marshmallow import Schema, fields

from vaxsite.core.decisions import N_
from vaxsite.web.forms import DateParts


class DaysForm(Schema):
    """From which day to which last day."""

    first_day = DateParts(required=True, error_messages={"required": N_("Type the first day.")})
    last_day = DateParts(load_default=None)


class PhaseForm(DaysForm):
    """Which group, where, and when."""

    where = fields.String(
        required=True, error_messages={"required": N_("Choose for which clinics.")}
    )
    group = fields.String(required=True, error_messages={"required": N_("Choose a group.")})

    class Meta:
        """The order of the page, in which mistakes are listed."""

        fields = ("where", "group", "first_day", "last_day")
