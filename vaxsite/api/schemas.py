"""What requests of the API hold. What a number or a name means is judged by `residents.rules`."""

from datetime import date
from typing import Any  # Any: marshmallow's signatures, and the words of the document.

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from vaxsite.api import rules
from vaxsite.booking.doors import Reach, Relation
from vaxsite.booking.rules import HOUSEHOLD_MOST
from vaxsite.booking.schemas import CHOOSE, EMAIL_MAX, TYPED_MAX
from vaxsite.core.decisions import N_
from vaxsite.core.ids import ROW_MAX
from vaxsite.core.typed import seen
from vaxsite.eligibility.rules import Occupation
from vaxsite.residents.rules import ADDRESS_MAX, IdKind
from vaxsite.web.forms import FIRST_YEAR, LAST_YEAR

LONG = N_("This is too long.")
REAL = N_("Enter a real date.")
FAR = N_("There is no such number here.")
HOUSEHOLD = N_("Book for one to six people at once.")
GROUPS_MOST = 20
PRODUCT_MAX = 100


def told(words: str) -> dict[str, Any]:
    """Return what the document says about a field."""
    return {"description": words}


class Text(fields.String):
    """Text as pages read it: without NUL, marks that nobody sees, and white space around it."""

    def __init__(self, *, longest: int = TYPED_MAX, **kwargs: Any) -> None:
        super().__init__(validate=Length(max=longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        typed = str(super()._deserialize(value, attr, data, **kwargs))
        return seen(typed.replace("\0", "")).strip()


class Day(fields.Date):
    """A day of the calendar, far from both of its ends."""

    def __init__(self, **kwargs: Any) -> None:
        limits = Range(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31), error=REAL)
        super().__init__(validate=limits, **kwargs)


def choice(kind: Any, **kwargs: Any) -> fields.String:
    """Return the field of one of the codes of an enum."""
    return fields.String(validate=OneOf([one.value for one in kind], error=CHOOSE), **kwargs)


def slot_id(**kwargs: Any) -> fields.Integer:
    """Return the field of the number of a slot."""
    return fields.Integer(validate=Range(1, ROW_MAX, error=FAR), **kwargs)


class AvailabilityQuery(Schema):
    """Which free seats are asked for: of a clinic, of a day, or both."""

    site = Text(load_default=None, metadata=told("code of a clinic"))
    product = Text(load_default=None, metadata=told("code of a vaccine"))
    day = Day(load_default=None, metadata=told("local day at the clinic"))


class CodeSchema(Schema):
    """Something that its person was given: a code, opened with their birth date."""

    code = Text(required=True)
    born_on = Day(required=True)


class SolvedSchema(Schema):
    """The answer to a question."""

    challenge = Text(required=True)
    solved = Text(
        required=True,
        longest=20,
        metadata=told("text for which SHA-256 of challenge:solved begins with `bits` zero bits"),
    )


class HoldRequest(Schema):
    """Seats to keep for ten minutes: the same times for all people, as on the pages."""

    slot = slot_id(required=True, metadata=told("the time of the first dose that is booked"))
    second_slot = slot_id(load_default=None, metadata=told("the time of the dose after it"))
    people = fields.Integer(load_default=1, validate=Range(1, HOUSEHOLD_MOST, error=HOUSEHOLD))
    groups = fields.List(
        Text(longest=PRODUCT_MAX),
        load_default=list,
        validate=Length(max=GROUPS_MOST, error=LONG),
        metadata=told("groups for which seats are set aside, as the people say; confirming judges"),
    )
    invitation = fields.Nested(CodeSchema, load_default=None)
    draw_entry = fields.Nested(CodeSchema, load_default=None)
    answer = fields.Nested(SolvedSchema, load_default=None, metadata=told("to a question"))


class PersonSchema(Schema):
    """Who will be vaccinated."""

    name = Text(required=True)
    born_on = Day(required=True)
    occupation = choice(Occupation, load_default=Occupation.OTHER.value)
    long_term_illness = fields.Boolean(required=True)
    id_kind = choice(IdKind, required=True)
    id_number = Text(load_default="")


class ContactSchema(Schema):
    """How the people are reached: one contact for all."""

    phone = Text(load_default="")
    email = fields.Email(
        load_default=None,
        validate=Length(max=EMAIL_MAX),
        error_messages={"invalid": N_("Type an e-mail address such as name@example.com.")},
    )
    address = Text(load_default=None, longest=ADDRESS_MAX)
    reach = choice(Reach, load_default=None)
    remind = fields.Boolean(
        load_default=False,
        metadata=told("of overdue doses, by e-mail, else by text message or call"),
    )


class BehalfSchema(Schema):
    """Who books for the people, if not one of them."""

    relation = choice([one for one in Relation if one is not Relation.SELF], required=True)
    agrees = fields.Boolean(
        required=True,
        validate=OneOf(
            [True],
            error=N_("Ask the person first, and tick that they agree to this booking."),
        ),
    )


class AppointmentRequest(Schema):
    """The people of a hold, in its order."""

    hold = fields.UUID(required=True)
    people = fields.List(
        fields.Nested(PersonSchema),
        required=True,
        validate=Length(1, HOUSEHOLD_MOST, error=HOUSEHOLD),
    )
    contact = fields.Nested(ContactSchema, load_default=dict)
    on_behalf = fields.Nested(BehalfSchema, load_default=None)
    invitation = fields.Nested(CodeSchema, load_default=None)


class ChangeRequest(Schema):
    """To which time, and which state of the appointment was seen."""

    slot = slot_id(required=True)
    sequence = fields.Integer(required=True, validate=Range(0, ROW_MAX, error=FAR))
    everyone = fields.Boolean(load_default=False, metadata=told("also who comes at that time"))


class CancelQuery(Schema):
    """Whose appointments."""

    everyone = fields.Boolean(load_default=False, metadata=told("all people of the booking"))


class PlaceRequest(Schema):
    """A place in the waiting room."""

    answer = fields.Nested(SolvedSchema, load_default=None)


class KeyHeaders(Schema):
    """What comes with every request that makes something."""

    key = Text(required=True, data_key=rules.HEADER_KEY, metadata=told("16 to 128 characters"))


class HoldHeaders(KeyHeaders):
    """What comes with a request for seats."""

    queue = Text(data_key=rules.HEADER_QUEUE, metadata=told("of a place in the waiting room"))


class SecretHeaders(Schema):
    """What proves that a hold is yours."""

    secret = Text(required=True, data_key=rules.HEADER_HOLD, metadata=told("as the hold gave it"))


class ConfirmHeaders(KeyHeaders, SecretHeaders):
    """What comes with a confirmation."""


class BornHeaders(Schema):
    """What proves that an appointment is yours: a header, because addresses are logged."""

    born_on = Day(required=True, data_key=rules.HEADER_BORN, metadata=told("of its person"))


class QueueHeaders(Schema):
    """Whose place in the waiting room is asked for."""

    queue = Text(load_default=None, data_key=rules.HEADER_QUEUE)
