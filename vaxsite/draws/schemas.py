"""Forms of the pages of draws. What a number or a name means is judged by `residents.rules`."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from vaxsite.core.decisions import N_
from vaxsite.draws.rules.limits import HOUSEHOLD_MAX
from vaxsite.draws.rules.lottery import Spill
from vaxsite.residents.rules import IdKind
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
TYPED_MAX = 300
SOURCE_MAX = 400


class SizeForm(Schema):
    """How many people take part together."""

    size = fields.Integer(
        required=True,
        validate=Range(1, HOUSEHOLD_MAX, error=CHOOSE),
        error_messages={"required": N_("Choose how many people take part."), "invalid": CHOOSE},
    )


class PersonForm(Schema):
    """One person of an entry."""

    name = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the name of the person who will be vaccinated.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})
    id_kind = fields.String(
        required=True,
        validate=OneOf([kind.value for kind in IdKind], error=CHOOSE),
        error_messages={"required": N_("Choose what the person will bring to show who they are.")},
    )
    id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    group = fields.String(load_default="")
    carried = fields.String(load_default="", validate=Length(max=20_000))


class ContactForm(Schema):
    """How the entry is reached."""

    phone = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type a phone number on which we can reach you.")},
    )
    email = fields.Email(
        load_default=None,
        error_messages={"invalid": N_("Type an e-mail address such as name@example.com.")},
    )
    carried = fields.String(load_default="", validate=Length(max=20_000))


class LookUpEntryForm(Schema):
    """Which entry, and a birth date of it."""

    number = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the entry number.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})


def _source(sentence: str) -> fields.String:
    return fields.String(
        required=True, validate=Length(max=SOURCE_MAX), error_messages={"required": sentence}
    )


def _day() -> DateParts:
    return DateParts(required=True, error_messages={"required": N_("Type the day.")})


def _time() -> fields.Time:
    return fields.Time(required=True, error_messages={"required": N_("Type the time.")})


class DrawForm(Schema):
    """A draw as a manager announces it; quotas are fields `quota-<group>` beside these."""

    site = fields.Integer(required=True, error_messages={"required": N_("Choose a clinic.")})
    product = fields.Integer(required=True, error_messages={"required": N_("Choose a vaccine.")})
    places = fields.Integer(
        required=True, error_messages={"required": N_("Type how many places there are.")}
    )
    opens_day = _day()
    opens_time = _time()
    closes_day = _day()
    closes_time = _time()
    randomness_day = _day()
    randomness_time = _time()
    result_day = _day()
    result_time = _time()
    randomness_source = _source(N_("Say where the public number is published."))
    fallback_source = _source(N_("Say which number counts when the first is not published."))
    spill = fields.String(
        load_default=Spill.OPEN.value,
        validate=OneOf([one.value for one in Spill], error=CHOOSE),
    )
    days_to_book = fields.Integer(
        required=True, error_messages={"required": N_("Type how many days people have to book.")}
    )
    sessions = fields.List(fields.Integer(), load_default=list)


class ValueForm(Schema):
    """What somebody read at the public source."""

    value = fields.String(
        required=True,
        validate=Length(max=SOURCE_MAX),
        error_messages={"required": N_("Type the number as it was published.")},
    )
    source = fields.String(load_default="first", validate=OneOf(["first", "second"], error=CHOOSE))


class CallOffForm(Schema):
    """Why a draw is called off."""

    reason = fields.String(
        required=True,
        validate=Length(max=SOURCE_MAX),
        error_messages={"required": N_("Say why. Everybody can read it.")},
    )
