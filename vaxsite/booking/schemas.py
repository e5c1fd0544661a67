"""Forms of the resident's pages. What a number or a name means is judged by `residents.rules`."""

from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from vaxsite.booking.doors import Reach, Relation
from vaxsite.core.decisions import N_
from vaxsite.core.ids import ROW_MAX
from vaxsite.eligibility.rules import Occupation
from vaxsite.residents.rules import ADDRESS_MAX, IdKind, Sex
from vaxsite.web.forms import DateParts

CHOOSE = N_("Choose one of the answers.")
EMAIL_MAX = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets.
TYPED_MAX = 300  # More than any field needs: the rules say what is too long.


class BirthForm(Schema):
    """When the person was born."""

    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})


class InvitationForm(Schema):
    """Which invitation, and the birth date of its person."""

    code = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the code of the invitation.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})


class RegisteredForm(Schema):
    """By which document somebody may stand on a roster, and their birth date."""

    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})
    id_kind = fields.String(
        required=True,
        validate=OneOf(
            [kind.value for kind in IdKind if kind is not IdKind.NONE],
            error=CHOOSE,
        ),
        error_messages={"required": CHOOSE},
    )
    id_number = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the number of the document.")},
    )


class OccupationForm(Schema):
    """What the person works as."""

    occupation = fields.String(
        required=True,
        validate=OneOf([one.value for one in Occupation], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )


class HealthForm(Schema):
    """Whether the person has a long-term illness."""

    ill = fields.String(
        required=True,
        validate=OneOf(["yes", "no"], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )


class VaccineForm(Schema):
    """Which vaccine."""

    product = fields.Integer(
        required=True, error_messages={"required": N_("Choose a vaccine."), "invalid": CHOOSE}
    )


class ClinicForm(Schema):
    """Which clinic."""

    site = fields.Integer(
        required=True, error_messages={"required": N_("Choose a clinic."), "invalid": CHOOSE}
    )


class DayForm(Schema):
    """Which day."""

    day = fields.Date(
        required=True, error_messages={"required": N_("Choose a day."), "invalid": CHOOSE}
    )


class TimeForm(Schema):
    """Which time."""

    slot = fields.Integer(
        required=True,
        validate=Range(1, ROW_MAX, error=CHOOSE),
        error_messages={"required": N_("Choose a time."), "invalid": CHOOSE},
    )


class DetailsForm(Schema):
    """Who the person is and how they are reached."""

    hold = fields.String(load_default="")  # What is none is one that is not kept any more.
    others = fields.String(load_default="")  # The other people of the booking, sealed.
    name = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the name of the person who will be vaccinated.")},
    )
    id_kind = fields.String(
        required=True,
        validate=OneOf([kind.value for kind in IdKind], error=CHOOSE),
        error_messages={"required": N_("Choose what the person will bring to show who they are.")},
    )
    id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    phone = fields.String(load_default="", validate=Length(max=TYPED_MAX))
    email = fields.Email(
        load_default=None,
        validate=Length(max=EMAIL_MAX),
        error_messages={"invalid": N_("Type an e-mail address such as name@example.com.")},
    )
    reach = fields.String(
        load_default="", validate=OneOf(["", *(one.value for one in Reach)], error=CHOOSE)
    )
    remind = fields.String(load_default="", validate=OneOf(["", "yes"], error=CHOOSE))
    address = fields.String(
        load_default=None,
        validate=Length(
            max=ADDRESS_MAX, error=N_("This address is too long. Type the street and the number.")
        ),
    )


class OtherForm(Schema):
    """One more person of the booking; they are reached by the contact of the first."""

    other_born_on = DateParts(
        required=True, error_messages={"required": N_("Type the birth date.")}
    )
    other_occupation = fields.String(
        required=True,
        validate=OneOf([one.value for one in Occupation], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    other_ill = fields.String(
        required=True,
        validate=OneOf(["yes", "no"], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    other_name = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the name of the person who will be vaccinated.")},
    )
    other_id_kind = fields.String(
        required=True,
        validate=OneOf([kind.value for kind in IdKind], error=CHOOSE),
        error_messages={"required": N_("Choose what the person will bring to show who they are.")},
    )
    other_id_number = fields.String(load_default="", validate=Length(max=TYPED_MAX))


class SecondDayForm(Schema):
    """On which day, at which clinic the second dose; or not now."""

    day = fields.String(required=True, error_messages={"required": N_("Choose a day.")})


class HelperForm(Schema):
    """Who helps, and that the person agrees."""

    relation = fields.String(
        required=True,
        validate=OneOf([one.value for one in Relation if one is not Relation.SELF], error=CHOOSE),
        error_messages={"required": CHOOSE},
    )
    agrees = fields.String(
        required=True,
        validate=OneOf(["yes"], error=CHOOSE),
        error_messages={
            "required": N_("Ask the person first, and tick that they agree to this booking.")
        },
    )


class LookUpForm(Schema):
    """Which appointment, and whose."""

    reference = fields.String(
        required=True,
        validate=Length(max=TYPED_MAX),
        error_messages={"required": N_("Type the reference of the appointment.")},
    )
    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})


class LaterForm(Schema):
    """On which day the person wants to be asked again."""

    until = DateParts(
        required=True, error_messages={"required": N_("Type the day on which we ask again.")}
    )


class ChangeForm(Schema):
    """To which time, and which state of the appointment the person saw."""

    slot = fields.Integer(
        required=True,
        validate=Range(1, ROW_MAX, error=CHOOSE),
        error_messages={"required": N_("Choose a time."), "invalid": CHOOSE},
    )
    sequence = fields.Integer(required=True, validate=Range(0, ROW_MAX))
    everyone = fields.String(load_default="", validate=OneOf(["", "yes"], error=CHOOSE))


class CalculatorForm(Schema):
    """Whoever it is about, and perhaps one more dose."""

    born_on = DateParts(required=True, error_messages={"required": N_("Type the birth date.")})
    sex = fields.String(
        load_default=Sex.UNKNOWN.value,
        validate=OneOf([one.value for one in Sex], error=CHOOSE),
    )
    code = fields.String(load_default="", validate=Length(max=20, error=CHOOSE))
    given_on = DateParts(load_default=None)
