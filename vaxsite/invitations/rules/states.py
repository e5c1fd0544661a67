"""What an invitation lets one person do, and why it does not: its states, reasons and code."""

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_, Allowed, Decision, Refused
from vaxsite.core.ids import ALPHABET, LOOK_ALIKES

RULE = "invitations"
CODE_LENGTH = 16  # 79 random bits: nobody guesses one, however many there are.
LONGEST = timedelta(days=366)
TRIES_A_CODE = 5  # In the window of `accounts.rules`.
TRIES_A_NETWORK = 30


class Kind(StrEnum):
    """Why somebody is invited."""

    PERSONAL = "personal"
    ROSTER = "roster"
    WAITING_LIST = "waiting_list"
    DRAW = "draw"
    DEFERRAL = "deferral"
    EXCEPTION = "exception"


KINDS: Mapping[Kind, str] = {
    Kind.PERSONAL: N_("Invitation"),
    Kind.ROSTER: N_("From a roster"),
    Kind.WAITING_LIST: N_("From the waiting list"),
    Kind.DRAW: N_("Drawn"),
    Kind.DEFERRAL: N_("After a deferral"),
    Kind.EXCEPTION: N_("Exception"),
}


class InvitationState(StrEnum):
    """It can be used, was used for a booking, or was taken back. That it ran out is its dates'."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"


INVITATIONS = StateMachine(
    name="invitation",
    initial=InvitationState.OPEN,
    owners={
        InvitationState.OPEN: "resident",
        InvitationState.USED: "resident",
        InvitationState.REVOKED: "manager",
    },
    moves=(
        Move(InvitationState.OPEN, InvitationState.USED, "invitation:use"),
        Move(InvitationState.OPEN, InvitationState.REVOKED, "invitation:revoke"),
        # Its roster was undone: the appointment stays, and cancelled gives nothing back.
        Move(InvitationState.USED, InvitationState.REVOKED, "invitation:revoke"),
        # The appointment was cancelled: the person is invited as before.
        Move(InvitationState.USED, InvitationState.OPEN, "invitation:give-back"),
        # A new code and a new end; the code before opens nothing any more.
        Move(InvitationState.OPEN, InvitationState.OPEN, "invitation:renew"),
        Move(InvitationState.REVOKED, InvitationState.OPEN, "invitation:renew"),
    ),
    labels={
        InvitationState.OPEN: ("Open", "有效"),
        InvitationState.USED: ("Used", "已使用"),
        InvitationState.REVOKED: ("Taken back", "已撤回"),
    },
)


class Reason(StrEnum):
    """Why an invitation does not let somebody in, or cannot be made."""

    NOT_YET = "invitation_not_yet"
    OVER = "invitation_over"
    USED = "invitation_used"
    REVOKED = "invitation_revoked"
    OTHER_PERSON = "invitation_other_person"
    OTHER_CLINIC = "invitation_other_clinic"
    OTHER_VACCINE = "invitation_other_vaccine"
    OTHER_SESSION = "invitation_other_session"
    TOO_MANY_TRIES = "invitation_too_many_tries"
    PERIOD = "invitation_period"
    UNKNOWN_GROUP = "invitation_unknown_group"
    REASON_MISSING = "invitation_reason_missing"
    ROSTER_OVER = "invitation_roster_over"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NOT_YET: N_("Your invitation can be used from %(date)s. Come back then."),
    Reason.OVER: N_(
        "Your invitation ended on %(date)s. Call the clinic that invited you: they can renew it."
    ),
    Reason.USED: N_(
        "This invitation was used for a booking. Use the reference of that appointment "
        "to change or cancel it."
    ),
    Reason.REVOKED: N_(
        "This invitation was taken back on %(date)s. Call the clinic that invited you."
    ),
    Reason.OTHER_PERSON: N_(
        "This invitation is for another person. Check the name, the birth date and the document. "
        "If they are right, call the clinic that invited you."
    ),
    Reason.OTHER_CLINIC: N_("Your invitation is for another clinic. Choose that one."),
    Reason.OTHER_VACCINE: N_("Your invitation is for another vaccine. Choose that one."),
    Reason.OTHER_SESSION: N_("Your invitation is for another time. Choose one of the times shown."),
    Reason.TOO_MANY_TRIES: N_("You tried very often in a short time. Wait 15 minutes."),
    Reason.PERIOD: N_("An invitation ends after it begins and lasts at most %(days)s days."),
    Reason.UNKNOWN_GROUP: N_("There is no such group on that day."),
    Reason.REASON_MISSING: N_("Give the reason of the exception."),
    Reason.ROSTER_OVER: N_(
        "This invitation came with a roster and was taken back. Invite the person yourself."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an invitation is for; None is whichever.

    `group_code` is the priority group by which the appointment is allowed. `day` is the clinic's
    day of `session_id`.
    """

    product_id: int
    group_code: str
    site_id: int | None = None
    session_id: int | None = None
    day: date | None = None

    def later(self) -> "Scope":
        """Return what holds for the doses after the first: not its session."""
        return replace(self, session_id=None, day=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """An invitation as rules read it: usable during [valid_from, valid_to)."""

    id: UUID
    kind: Kind
    scope: Scope
    state: InvitationState
    valid_from: datetime
    valid_to: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What is asked for: a seat of this session; None where only the day is known yet."""

    product_id: int
    site_id: int
    day: date
    session_id: int | None = None


def judge(terms: Terms, *, now: datetime) -> Decision:
    """Decide whether the invitation can be used at all at *now*."""
    if terms.state is InvitationState.USED:
        return Refused(Reason.USED, RULE, since=terms.changed_at)
    if terms.state is InvitationState.REVOKED:
        return _dated(Reason.REVOKED, terms.changed_at)
    if now < terms.valid_from:
        return _dated(Reason.NOT_YET, terms.valid_from)
    if now >= terms.valid_to:
        return _dated(Reason.OVER, terms.valid_to)
    return Allowed(terms.scope.group_code)


def covers(scope: Scope, seat: Seat) -> Decision:
    """Decide whether the seat is one that the invitation is for."""
    if scope.product_id != seat.product_id:
        return Refused(Reason.OTHER_VACCINE, RULE)
    if scope.site_id is not None and scope.site_id != seat.site_id:
        return Refused(Reason.OTHER_CLINIC, RULE)
    known = seat.session_id is not None and scope.session_id is not None
    other_session = known and scope.session_id != seat.session_id
    if other_session or (scope.day is not None and scope.day != seat.day):
        return Refused(Reason.OTHER_SESSION, RULE)
    return Allowed(scope.group_code)


def admit(turn: Decision, scope: Scope | None, seat: Seat) -> Decision:
    """Return what an invitation makes of the decision whose *turn* it is: it only ever lets in."""
    if isinstance(turn, Allowed) or scope is None:
        return turn
    return covers(scope, seat)


def check_renewal(terms: Terms) -> Refused | None:
    """Say why an invitation is not to be renewed: a roster that was undone lets nobody in."""
    if terms.kind is Kind.ROSTER and terms.state is InvitationState.REVOKED:
        return Refused(Reason.ROSTER_OVER, RULE)
    return None


def check_period(valid_from: datetime, valid_to: datetime) -> Refused | None:
    """Refuse a period that is empty or longer than `LONGEST`."""
    if valid_from < valid_to <= valid_from + LONGEST:
        return None
    return Refused(Reason.PERIOD, RULE, detail={"days": LONGEST.days})


def new_code() -> str:
    """Return a fresh code, stored nowhere in this form."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed, or None where it cannot be one."""
    code = unicodedata.normalize("NFKC", typed).strip().upper().translate(LOOK_ALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else None


def show_code(code: str) -> str:
    """Return the form that people read: four groups of four."""
    return "-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4))


def _dated(reason: Reason, since: datetime) -> Refused:
    return Refused(reason, RULE, since=since, detail={"date": since})
