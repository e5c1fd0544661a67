"""What the forms of duty accept."""

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from sensors.domain.escalation import Whom
from sensors.services.receipts import Outcome
from vaxsite.core.decisions import N_
from vaxsite.core.permissions import Role
from vaxsite.duty import rules

CHOOSE = N_("Choose one of the answers shown.")
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
LONGEST = 200


class ClockTime(fields.Field[int]):
    """A time of day typed as `HH:MM`; becomes the minute of the day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002 - marshmallow's signature; Any as there
        found = CLOCK.fullmatch(str(value))
        if found is None:
            raise ValidationError(N_("Enter a time, such as 14:30."))
        return int(found[1]) * 60 + int(found[2])


class WhomField(fields.Field[tuple[Whom, int | None]]):
    """Whom a step calls: a role by its name, or one person as `contact:3`."""

    def _deserialize(
        self,
        value: Any,  # Any: marshmallow's signature.
        attr: str | None,  # noqa: ARG002 - the same
        data: Any,  # noqa: ARG002 - the same
        **kwargs: Any,  # noqa: ARG002 - the same
    ) -> tuple[Whom, int | None]:
        name, _, number = str(value).partition(":")
        if name == Whom.CONTACT and number.isascii() and number.isdigit():
            return Whom.CONTACT, int(number)
        if value in set(rules.WHOM):
            return Whom(value), None
        raise ValidationError(CHOOSE)


def _text(missing: str) -> fields.String:
    too_long = N_("Write at most 200 characters.")
    return fields.String(
        required=True,
        validate=validate.Length(max=LONGEST, error=too_long),
        error_messages={"required": missing},
    )


def _channel(**more: Any) -> fields.String:  # Any: marshmallow's own arguments.
    return fields.String(validate=validate.OneOf(list(rules.CHANNELS), error=CHOOSE), **more)


class ContactSchema(Schema):
    """A person with one or two addresses."""

    name = _text(N_("Enter the person's name."))
    speaks = fields.String(
        validate=validate.OneOf(["zh", "en"], error=CHOOSE),
        required=True,
        error_messages={"required": CHOOSE},
    )
    role = fields.Enum(Role, by_value=True, required=True, error_messages={"required": CHOOSE})
    channel = _channel(required=True, error_messages={"required": CHOOSE})
    address = _text(N_("Enter the address or number."))
    channel2 = _channel(load_default=None)
    address2 = fields.String(load_default=None, validate=validate.Length(max=LONGEST))

    @validates_schema
    def _second(self, data: dict[str, Any], **_: Any) -> None:  # Any: marshmallow's signature.
        if bool(data.get("channel2")) != bool(data.get("address2")):
            raise ValidationError(
                N_("Give both the second channel and its address, or neither."), "address2"
            )


class ShiftSchema(Schema):
    """Lines of the week for one person."""

    contact = fields.Integer(required=True, error_messages={"required": CHOOSE})
    place = fields.Integer(
        required=True, validate=validate.OneOf([1, 2]), error_messages={"required": CHOOSE}
    )
    weekdays = fields.List(
        fields.Integer(validate=validate.Range(0, 6)),
        required=True,
        error_messages={"required": N_("Choose at least one day.")},
    )
    begins = ClockTime(required=True)
    ends = ClockTime(required=True)


class CoverSchema(Schema):
    """Somebody stands in."""

    contact = fields.Integer(required=True, error_messages={"required": CHOOSE})
    place = fields.Integer(
        required=True, validate=validate.OneOf([1, 2]), error_messages={"required": CHOOSE}
    )
    hours = fields.Integer(required=True, validate=validate.Range(1, 336))
    on = fields.Date(load_default=None, error_messages={"invalid": N_("Enter a day.")})
    begins = ClockTime(load_default=None)
    note = _text(N_("Write down why."))


class ChainSchema(Schema):
    """A chain of up to four steps."""

    repeat = fields.Integer(required=True, validate=validate.Range(5, 240))
    begins = ClockTime(load_default=None)
    ends = ClockTime(load_default=None)
    whom1 = WhomField(load_default=None)
    whom2 = WhomField(load_default=None)
    whom3 = WhomField(load_default=None)
    whom4 = WhomField(load_default=None)
    channel1 = _channel(load_default=None)
    wait1 = fields.Integer(load_default=15, validate=validate.Range(1, 240))
    channel2 = _channel(load_default=None)
    wait2 = fields.Integer(load_default=15, validate=validate.Range(1, 240))
    channel3 = _channel(load_default=None)
    wait3 = fields.Integer(load_default=15, validate=validate.Range(1, 240))
    channel4 = _channel(load_default=None)
    wait4 = fields.Integer(load_default=15, validate=validate.Range(1, 240))


class ReportSchema(Schema):
    """What a gateway says of one message; what else it says is its own affair."""

    class Meta:
        """Gateways add what they like."""

        unknown = EXCLUDE

    key = fields.String(required=True, validate=validate.Length(1, 200))
    outcome = fields.Enum(Outcome, by_value=True, required=True)


class TestSchema(Schema):
    """The unit of a test alarm."""

    unit = fields.Integer(required=True, error_messages={"required": CHOOSE})
