"""What the forms of the cold chain accept, and what a chart is given to draw."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from sensors.domain.units import Band, Maintenance, MaintenanceKind
from vaxsite.coldchain.answers import Quiet
from vaxsite.coldchain.follow_up import Action, Cause, Finding
from vaxsite.coldchain.history import Kind
from vaxsite.coldchain.queries.places import Span
from vaxsite.coldchain.queries.series import Series
from vaxsite.core.decisions import N_
from vaxsite.stock.rules import Decision

LONGEST_NOTE = 1_000
TOO_LONG = N_("Write at most 1,000 characters.")


class AcknowledgeSchema(Schema):
    """The answer to an alert."""

    note = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down what you found or did.")},
    )


class RulesSchema(Schema):
    """The choice of a unit's alarm rules."""

    rule_set = fields.String(
        required=True, error_messages={"required": N_("Choose a set of rules.")}
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why you choose these rules.")},
    )


class QuietSchema(Schema):
    """How an alert is quiet, for how long and why."""

    kind = fields.Enum(Quiet, by_value=True, required=True)
    hours = fields.Integer(required=True, validate=validate.Range(1, 10_000))
    note = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )


class HandOverSchema(Schema):
    """Who has an alert in hand from now on."""

    to = fields.UUID(required=True)
    note = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down what they should know.")},
    )


class DisplaySchema(Schema):
    """A browser that is to become a display."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=60, error=N_("Write at most 60 characters.")),
        error_messages={"required": N_("Write where the display hangs.")},
    )
    site = fields.Integer(
        required=True, error_messages={"required": N_("Choose the wall that it shows.")}
    )


_UNANSWERED: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": N_("Answer each question.")
}  # Any: as marshmallow types it.


class ChecksSchema(Schema):
    """The first checks after an excursion: an answer to those that are always asked."""

    door = fields.Enum(Finding, by_value=True, required=True, error_messages=_UNANSWERED)
    power = fields.Enum(Finding, by_value=True, required=True, error_messages=_UNANSWERED)
    thermostat = fields.Enum(Finding, by_value=True, required=True, error_messages=_UNANSWERED)
    probe = fields.Enum(Finding, by_value=True, required=True, error_messages=_UNANSWERED)
    moved = fields.Enum(Finding, by_value=True, required=True, error_messages=_UNANSWERED)
    battery = fields.Enum(Finding, by_value=True, load_default=None)
    ice = fields.Enum(Finding, by_value=True, load_default=None)
    loading = fields.Enum(Finding, by_value=True, load_default=None)
    room = fields.Enum(Finding, by_value=True, load_default=None)
    note = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG)
    )


class ActionSchema(Schema):
    """Why an excursion came about, and what was done."""

    cause = fields.Enum(
        Cause, by_value=True, required=True, error_messages={"required": N_("Choose the cause.")}
    )
    cause_note = fields.String(
        load_default="", validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG)
    )
    action = fields.Enum(
        Action, by_value=True, required=True, error_messages={"required": N_("Choose the action.")}
    )
    action_note = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down what you found or did.")},
    )


class Degrees(fields.Float):
    """A temperature in °C as it stands on a display, with a point or a comma."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> Any:  # Any: marshmallow's signature.
        return super()._deserialize(str(value).replace(",", "."), attr, data, **kwargs)


NO_TEMPERATURE = N_("Enter the temperature in °C, such as 4.8.")


def check_schema(unit_id: int) -> Schema:
    """Return the form of one unit among several on the page of readings by people."""
    shown = Degrees(
        data_key=f"shown-{unit_id}",
        required=True,
        validate=validate.Range(-120, 60, error=NO_TEMPERATURE),
        error_messages={
            "required": NO_TEMPERATURE,
            "invalid": NO_TEMPERATURE,
            "special": NO_TEMPERATURE,
            "too_large": NO_TEMPERATURE,
        },
    )
    note = fields.String(
        data_key=f"note-{unit_id}",
        load_default="",
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
    )
    return Schema.from_dict({"shown": shown, "note": note}, name="CheckSchema")()


def late_note_schema(unit_id: int) -> Schema:
    """Return the form of a note about a day of one unit among several on a page."""
    note = fields.String(
        data_key=f"late-{unit_id}",
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why it was missed.")},
    )
    day = fields.Date(data_key=f"day-{unit_id}", required=True)
    return Schema.from_dict({"day": day, "late": note}, name="LateNoteSchema")()


class AdoptSchema(Schema):
    """Which unit a found device hangs in."""

    unit = fields.Integer(required=True, error_messages={"required": N_("Choose a unit.")})
    every = fields.Integer(
        required=True,
        validate=validate.Range(
            min=1, max=86_400, error=N_("Enter the seconds, at most those of a day.")
        ),
    )
    past = fields.String(required=True, validate=validate.OneOf(("yes", "no")))


class IgnoreSchema(Schema):
    """Why a found device is none of ours."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )


class BindSchema(Schema):
    """Which decoder reads which topics."""

    topic_filter = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Enter a topic.")},
    )
    decoder = fields.String(
        required=True,
        error_messages={"required": N_("Choose a decoder.")},
    )


class MaintenanceSchema(Schema):
    """Work on a unit: what, for how long, and why."""

    kind = fields.Enum(
        MaintenanceKind,
        by_value=True,
        required=True,
        error_messages={"required": N_("Choose what is done.")},
    )
    minutes = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=720, error=N_("Enter minutes, at most 720.")),
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why.")},
    )


_NO_DATE: dict[str, str | list[Any] | dict[Any, Any]] = {
    "invalid": N_("Enter a real date, with day, month and year as numbers.")
}  # Any: as marshmallow types it.


class HistorySchema(Schema):
    """A search of the past; what is left empty is not asked."""

    unit = fields.Integer(validate=validate.Range(1, 2**31 - 1))
    kind = fields.Enum(Kind, by_value=True)
    lot = fields.String(validate=validate.Length(max=60, error=N_("Write at most 60 characters.")))
    by = fields.UUID()
    since = fields.Date(error_messages=_NO_DATE)
    until = fields.Date(error_messages=_NO_DATE)


def decision_schema(lot_id: int) -> Schema:
    """Return the form of one lot among several on a page: its note has a name of its own."""
    note = fields.String(
        data_key=f"note-{lot_id}",
        required=True,
        validate=validate.Length(max=LONGEST_NOTE, error=TOO_LONG),
        error_messages={"required": N_("Write down why you decide so.")},
    )
    return Schema.from_dict(
        {
            "note": note,
            "decision": fields.Enum(Decision, by_value=True, required=True),
            "seen_until": fields.AwareDateTime(load_default=None),
            "seen_peak": fields.Integer(load_default=None),
        },
        name="DecisionSchema",
    )()


def chart(
    series: Series,
    band: Band,
    excursions: Sequence[Span],
    timezone: str,
    work: Sequence[Maintenance] = (),
) -> dict[str, object]:
    """Return what the chart of one probe draws, in seconds and degrees."""
    return {
        **line(series),
        "band": [band.low_centi / 100, band.high_centi / 100],
        "window": [_seconds(series.since), _seconds(series.until)],
        "excursions": _spans(excursions, series.until),
        "work": [
            [max(_seconds(one.from_at), _seconds(series.since)), _seconds(one.to_at)]
            for one in work
        ],
        "doors": _spans(series.door_open, series.until),
        "power": _spans(series.power_off, series.until),
        "timezone": timezone,
    }


def line(series: Series) -> dict[str, list[Any]]:  # Any: seconds, and degrees or null.
    """Return the points of *series*: `at` in seconds, `low` and `high` in degrees.

    A null between two points is a hole: the line stops and starts again.
    """
    at: list[int] = []
    low: list[float | None] = []
    high: list[float | None] = []
    for place, bucket in enumerate(series.buckets):
        if series.hole_before(place):
            at.append(_seconds(series.buckets[place - 1].last_at) + 1)
            low.append(None)
            high.append(None)
        at.append(_seconds(bucket.first_at))
        low.append(_degrees(bucket.low_centi))
        high.append(_degrees(bucket.high_centi))
    return {"at": at, "low": low, "high": high}


def _spans(spans: Sequence[Span], until: datetime) -> list[list[int]]:
    return [[_seconds(span.began_at), _seconds(span.ended_at or until)] for span in spans]


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _degrees(centi: int | None) -> float | None:
    return None if centi is None else centi / 100
