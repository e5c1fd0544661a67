"""What the transmissions over HTTP take and answer, for the document of the API."""

from marshmallow import Schema, fields


class PeriodQuery(Schema):
    """The period [since, until)."""

    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)


class AcceptedSchema(Schema):
    """How many records of a transmission were new, and which probes are not ours."""

    transferId = fields.String(required=True)  # noqa: N815 - as the standard writes it
    new = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    not_ours = fields.List(fields.String(), required=True, data_key="unknown")
