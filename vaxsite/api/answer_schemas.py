"""What the API answers, for its document. Tests hold every answer against these."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from vaxsite.booking.rules import AppointmentState
from vaxsite.slots.rules import Doses
from vaxsite.waiting_room.rules import Stand


class NamesSchema(Schema):
    """A name in both languages."""

    en = fields.String(required=True)
    zh = fields.String(required=True)


class SiteSchema(Schema):
    """A clinic."""

    code = fields.String(required=True)
    name = fields.Nested(NamesSchema, required=True)
    timezone = fields.String(required=True)


class ProductSchema(Schema):
    """A vaccine."""

    code = fields.String(required=True)
    name = fields.Nested(NamesSchema, required=True)


class SlotSchema(Schema):
    """A time to come; `group` is the priority group for which its seats are set aside."""

    slot = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    free = fields.Integer(required=True)
    group = fields.String(required=True, allow_none=True)


class SessionSchema(Schema):
    """A session of one vaccine at one clinic with its times."""

    session = fields.Integer(required=True)
    site = fields.Nested(SiteSchema, required=True)
    product = fields.Nested(ProductSchema, required=True)
    day = fields.Date(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    doses = fields.String(required=True, validate=OneOf([one.value for one in Doses]))
    slots = fields.List(fields.Nested(SlotSchema), required=True)


class AvailabilitySchema(Schema):
    """Offered times, full ones too; not `complete` where there are more than one answer holds."""

    sessions = fields.List(fields.Nested(SessionSchema), required=True)
    complete = fields.Boolean(required=True)


class HoldSchema(Schema):
    """Seats that are kept. The secret is told this once."""

    id = fields.UUID(required=True)
    secret = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    people = fields.Integer(required=True)
    slot = fields.Integer(required=True)
    second_slot = fields.Integer(required=True, allow_none=True)
    href = fields.String(required=True)


class AppointmentSchema(Schema):
    """One person's seat for one dose; `member` numbers the people of the booking."""

    reference = fields.String(required=True)
    href = fields.String(required=True)
    state = fields.String(required=True, validate=OneOf([one.value for one in AppointmentState]))
    sequence = fields.Integer(required=True)
    member = fields.Integer(required=True)
    dose_number = fields.Integer(required=True)
    slot = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)
    site = fields.Nested(SiteSchema, required=True)
    address = fields.Nested(NamesSchema, required=True)
    phone = fields.String(required=True)
    product = fields.Nested(ProductSchema, required=True)
    changeable = fields.Boolean(required=True)


class AppointmentsSchema(Schema):
    """Appointments by person and dose; `late` where the hold had run out, its seats still free."""

    appointments = fields.List(fields.Nested(AppointmentSchema), required=True)
    late = fields.Boolean()


class ChallengeSchema(Schema):
    """A question that a program answers by counting."""

    challenge = fields.String(required=True)
    bits = fields.Integer(required=True)


class StandingSchema(Schema):
    """Where a place in the waiting room stands."""

    stand = fields.String(required=True, validate=OneOf([one.value for one in Stand]))
    ahead = fields.Integer(required=True)
    wait_s = fields.Integer(required=True)
    again_s = fields.Integer(required=True)
    question = fields.Nested(ChallengeSchema, required=True, allow_none=True)


class PlaceSchema(StandingSchema):
    """A new place. The token is told this once."""

    token = fields.String(required=True)
