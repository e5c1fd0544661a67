"""What the forms about probes and their certificates accept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from sensors.domain.calibration import Point
from vaxsite.coldchain.schemas import LONGEST_NOTE, NO_TEMPERATURE, TOO_LONG, Degrees
from vaxsite.core.decisions import N_
from vaxsite.web.forms import DateParts, date_parts

# A laboratory tests a thermometer for fridges at three points or so; more are two certificates.
POINTS = 5
HALF_A_POINT = N_("Enter both what the probe read and what the reference showed, or neither.")
NO_POINT = N_("Enter at least one point.")


class MoveSchema(Schema):
    """When a probe was moved, and why."""

    on = DateParts(required=True, error_messages={"required": N_("Enter the day.")})
    time = fields.Time(
        required=True,
        error_messages={
            "required": N_("Enter a time, such as 14:30."),
            "invalid": N_("Enter a time, such as 14:30."),
        },
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )


class IntoUnitSchema(MoveSchema):
    """Into which unit a probe was hung."""

    unit = fields.Integer(required=True, error_messages={"required": N_("Choose a unit.")})


class ReplaceSchema(MoveSchema):
    """Which probe took the place of another."""

    successor = fields.Integer(required=True, error_messages={"required": N_("Choose a probe.")})


class WithdrawSchema(Schema):
    """Why a certificate is taken back."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )


class _CertificateSchema(Schema):
    """What stands on the paper, the points apart."""

    number = fields.String(
        required=True,
        validate=validate.Length(max=100, error=N_("Write at most 100 characters.")),
        error_messages={"required": N_("Enter the number of the certificate.")},
    )
    laboratory = fields.String(
        required=True,
        validate=validate.Length(max=100, error=N_("Write at most 100 characters.")),
        error_messages={"required": N_("Enter who calibrated the probe.")},
    )
    calibrated_on = DateParts(
        required=True, error_messages={"required": N_("Enter the day of calibration.")}
    )
    expires_on = DateParts(
        required=True, error_messages={"required": N_("Enter the day on which it runs out.")}
    )


def _degrees() -> Degrees:
    return Degrees(
        load_default=None,
        validate=validate.Range(-100, 150, error=NO_TEMPERATURE),
        error_messages=dict.fromkeys(("invalid", "special", "too_large"), NO_TEMPERATURE),
    )


def certificate_schema() -> Schema:
    """Return the form of a certificate: the paper, and its points in °C."""
    names = [name for number in range(1, POINTS + 1) for name in point_names(number)]
    made = _CertificateSchema.from_dict({name: _degrees() for name in names}, name="Certificate")
    return made()


def point_names(number: int) -> tuple[str, str]:
    """Return the names of the two fields of a point, from 1 on."""
    return f"reading{number}", f"reference{number}"


def read_points(values: Mapping[str, Any]) -> tuple[list[Point], dict[str, str]]:  # Any: a form's.
    """Return the points of a form in centi-degrees, and what is wrong with them by field."""
    points: list[Point] = []
    wrong: dict[str, str] = {}
    for number in range(1, POINTS + 1):
        names = point_names(number)
        read, shown = (values.get(name) for name in names)
        if read is not None and shown is not None:
            points.append(Point(round(read * 100), round(shown * 100)))
        elif read is not None or shown is not None:
            wrong[names[read is not None]] = HALF_A_POINT
    if not points and not wrong:
        wrong[point_names(1)[0]] = NO_POINT
    return points, wrong


def moment(values: Mapping[str, Any], timezone: str, now: datetime) -> datetime:  # Any: a form's.
    """Return when it was, typed to the minute on the site's clock; this minute is now."""
    zone = ZoneInfo(timezone)
    typed: datetime = datetime.combine(values["on"], values["time"], zone)
    this_minute = now.astimezone(zone).replace(second=0, microsecond=0)
    return now if typed == this_minute else typed.astimezone(now.tzinfo)


def at_now(timezone: str, now: datetime) -> dict[str, Any]:  # Any: as a form's `raw`.
    """Return what the fields of `MoveSchema` show before anybody typed: now, at the site."""
    here = now.astimezone(ZoneInfo(timezone))
    return {
        "on": date_parts(here),
        "time": f"{here:%H:%M}",
    }
