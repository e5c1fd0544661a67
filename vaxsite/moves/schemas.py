"""Forms of the pages of moves."""

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf, Range

from vaxsite.core.decisions import N_
from vaxsite.moves.rules.states import EventKind
from vaxsite.moves.rules.texts import Cause
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
COUNT = N_("Type a number from 1.")


class EventForm(Schema):
    """What happened: one session, or the days of a clinic."""

    session = fields.Integer(load_default=None)
    site = fields.Integer(load_default=None)
    first_day = DateParts(load_default=None)
    last_day = DateParts(load_default=None)
    kind = fields.Enum(
        EventKind,
        by_value=True,
        required=True,
        error_messages={"required": CHOOSE, "unknown": CHOOSE},
    )
    doses = fields.Integer(
        load_default=None,
        validate=Range(min=1, error=COUNT),
        error_messages={"invalid": COUNT},
    )
    cause = fields.String(
        required=True,
        validate=OneOf([one.value for one in Cause], error=CHOOSE),
        error_messages={"required": N_("Choose what the people are to read.")},
    )

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, values: dict[str, object], **_: object) -> None:
        """Refuse what names no session, and short doses without a number."""
        wrong: dict[str, list[str]] = {}
        if values["session"] is None:
            if values["site"] is None:
                wrong["site"] = [N_("Choose the clinic.")]
            if values["first_day"] is None:
                wrong["first_day"] = [N_("Type the first day.")]
        if values["kind"] is EventKind.DOSES_SHORT and values["doses"] is None:
            wrong["doses"] = [N_("Type how many doses are missing.")]
        if wrong:
            raise ValidationError(wrong)


class AcceptForm(Schema):
    """The whole proposal, or its first units by rank."""

    up_to = fields.Integer(
        load_default=None,
        validate=Range(min=1, error=COUNT),
        error_messages={"invalid": COUNT},
    )
