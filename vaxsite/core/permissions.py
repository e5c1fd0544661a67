"""Who may do what: permissions named `resource:action`, and the roles that hold them."""

from collections.abc import Mapping
from enum import StrEnum


class Permission(StrEnum):
    """One thing that a signed-in person may do."""

    VISIT_READ = "visit:read"
    VISIT_WRITE = "visit:write"
    DOSE_RECORD = "dose:record"
    COLDCHAIN_READ = "coldchain:read"
    ALERT_ACKNOWLEDGE = "alert:acknowledge"
    LOT_DISPOSE = "lot:dispose"
    DUTY_WRITE = "duty:write"
    DISPLAY_WRITE = "display:write"
    LOGGER_IMPORT = "logger_file:import"
    UNIT_WRITE = "unit:write"
    UNIT_CHECK = "unit:check"
    MONTH_SIGN = "month:sign"
    STOCK_WRITE = "stock:write"
    PHASE_WRITE = "phase:write"
    SESSION_WRITE = "session:write"
    DRAW_WRITE = "draw:write"
    INVITATION_WRITE = "invitation:write"
    EXCEPTION_WRITE = "exception:write"
    ROSTER_WRITE = "roster:write"
    OPENING_WRITE = "opening:write"
    BOOKING_READ = "booking:read"
    BOOKING_PHONE = "booking:phone"
    BOOKING_COUNTER = "booking:counter"
    SEAT_ADD = "seat:add"
    CALL_WRITE = "call:write"
    STAFF_WRITE = "staff:write"
    AUDIT_READ = "audit:read"


class Role(StrEnum):
    """A job at a site."""

    NURSE = "nurse"
    PHARMACIST = "pharmacist"
    MANAGER = "manager"
    PHONE_AGENT = "phone_agent"


ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.NURSE: frozenset(
        {
            Permission.VISIT_READ,
            Permission.VISIT_WRITE,
            Permission.DOSE_RECORD,
            Permission.BOOKING_READ,
            Permission.BOOKING_COUNTER,
            Permission.CALL_WRITE,
            Permission.COLDCHAIN_READ,
            Permission.UNIT_CHECK,
        }
    ),
    Role.PHARMACIST: frozenset(
        {
            Permission.COLDCHAIN_READ,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.LOT_DISPOSE,
            Permission.DUTY_WRITE,
            Permission.DISPLAY_WRITE,
            Permission.LOGGER_IMPORT,
            Permission.UNIT_WRITE,
            Permission.UNIT_CHECK,
            Permission.MONTH_SIGN,
            Permission.STOCK_WRITE,
        }
    ),
    Role.MANAGER: frozenset(
        {
            Permission.PHASE_WRITE,
            Permission.SESSION_WRITE,
            Permission.DRAW_WRITE,
            Permission.INVITATION_WRITE,
            Permission.EXCEPTION_WRITE,
            Permission.ROSTER_WRITE,
            Permission.OPENING_WRITE,
            Permission.SEAT_ADD,
            Permission.BOOKING_READ,
            Permission.CALL_WRITE,
            Permission.VISIT_READ,
            Permission.COLDCHAIN_READ,
            Permission.ALERT_ACKNOWLEDGE,
            Permission.DUTY_WRITE,
            Permission.UNIT_WRITE,
            Permission.STAFF_WRITE,
            Permission.AUDIT_READ,
        }
    ),
    Role.PHONE_AGENT: frozenset({Permission.BOOKING_PHONE, Permission.CALL_WRITE}),
}
