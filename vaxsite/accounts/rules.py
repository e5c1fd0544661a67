"""What a password must be, how often one may try, how long a sign-in lasts. Pure."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pyotp

from vaxsite.core.decisions import N_, Allowed, Decision, Refused
from vaxsite.core.permissions import Role

# NIST SP 800-63B-4 section 3.1.1.2: length and a blocklist, no rules of composition. It asks for
# 15 characters where the password stands alone and 8 beside a second factor; ours has one.
MIN_PASSWORD = 12
MAX_PASSWORD = 256  # Longer ones only keep the hash busy.
# Words that make a long password easy to guess.
COMMON = (
    "password", "qwerty", "letmein", "welcome", "iloveyou", "admin", "vaxsite", "vaccine",
    "123456789", "987654321", "abcdefgh", "111111111", "000000000", "woaini", "5201314",
    "mima", "yimiao", "jiekou",
)  # fmt: skip
MIN_DISTINCT = 5

WINDOW = timedelta(minutes=15)
# Few from one place, more from all: a stranger elsewhere cannot shut a nurse out of her clinic.
# NIST SP 800-63B-4 section 3.2.2 allows at most 100 failures in a row.
TRIES_A_PAIR = 5  # Of one account, from one network address.
TRIES_AN_EMAIL = 30
TRIES_AN_ADDRESS = 60  # A clinic stands behind one address, with everybody in it.
WRONG_CODES = 5
LOCKED_FOR = timedelta(minutes=15)

CODE_STEP_S = 30  # RFC 6238 section 5.2, the default time step.
CODE_DRIFT_STEPS = 1  # One step of drift each way, as RFC 6238 section 5.2 recommends.
CODE_TIME = timedelta(minutes=10)  # Between the password and the code.
RECOVERY_CODES = 10
RECOVERY_DIGITS = 12

# OWASP ASVS 5.0 section 7.3 asks for both: an end after inactivity and one whatever happens.
IDLE = timedelta(minutes=15)
LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # How exactly the last use is known: not a write a request.


ROLE_LABELS: dict[Role, str] = {
    Role.NURSE: N_("Nurse"),
    Role.PHARMACIST: N_("Pharmacist"),
    Role.MANAGER: N_("Manager"),
    Role.PHONE_AGENT: N_("Phone agent"),
}


# The order matters: most browsers also claim to be those further down.
BROWSERS = (
    ("MicroMessenger", N_("WeChat")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN_BROWSER = N_("another browser")
UNKNOWN_SYSTEM = N_("another system")


@dataclass(frozen=True)
class DeviceName:
    """A browser and the system it runs on, in words."""

    browser: str
    system: str


class Reason(StrEnum):
    """Why an account or a sign-in was refused."""

    PASSWORD_SHORT = "password_short"  # noqa: S105 - a reason
    PASSWORD_LONG = "password_long"  # noqa: S105 - a reason
    PASSWORD_COMMON = "password_common"  # noqa: S105 - a reason
    PASSWORD_OWN = "password_own"  # noqa: S105 - a reason
    WRONG = "wrong"
    TOO_MANY = "too_many"
    LOCKED = "locked"
    CODE_WRONG = "code_wrong"
    NOT_SIGNED_IN = "not_signed_in"


SENTENCES: dict[StrEnum, str] = {
    Reason.PASSWORD_SHORT: N_("A password has at least %(least)s characters."),
    Reason.PASSWORD_LONG: N_("A password has at most %(most)s characters."),
    Reason.PASSWORD_COMMON: N_("That password is easy to guess. Use several words of your own."),
    Reason.PASSWORD_OWN: N_("A password may not hold your name or e-mail address."),
    Reason.WRONG: N_("The e-mail address or the password is not right."),
    Reason.TOO_MANY: N_("Too many tries. Wait %(minutes)s minutes, then try again."),
    Reason.LOCKED: N_("Too many wrong codes. Wait %(minutes)s minutes, then sign in again."),
    Reason.CODE_WRONG: N_("That code is not right, or it was used already. Wait for the next one."),
    Reason.NOT_SIGNED_IN: N_("You were signed out. Sign in again."),
}


def judge_password(password: str, *, name: str, email: str) -> Decision:
    """Decide whether *password* may be the password of this person."""
    if len(password) < MIN_PASSWORD:
        return Refused(Reason.PASSWORD_SHORT, "password-length", detail={"least": MIN_PASSWORD})
    if len(password) > MAX_PASSWORD:
        return Refused(Reason.PASSWORD_LONG, "password-length", detail={"most": MAX_PASSWORD})
    plain = password.casefold()
    own = [part for part in (*name.casefold().split(), *email.casefold().split("@")) if part]
    if any(len(part) >= 4 and part in plain for part in own):
        return Refused(Reason.PASSWORD_OWN, "password-own")
    # What is left without the common words must still be a password of some length.
    rest = plain
    for word in COMMON:
        rest = rest.replace(word, "")
    if len(set(plain)) < MIN_DISTINCT or len(rest) < MIN_PASSWORD // 2:
        return Refused(Reason.PASSWORD_COMMON, "password-common")
    return Allowed("password")


def window_of(now: datetime) -> datetime:
    """Return the start of the window in which a try at *now* counts."""
    length = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // length * length, UTC)


def judge_tries(tries: int, allowed: int, *, now: datetime) -> Decision:
    """Decide whether try number *tries* of this window is still one of those *allowed*."""
    if tries <= allowed:
        return Allowed("tries")
    left = window_of(now) + WINDOW - now
    return Refused(Reason.TOO_MANY, "tries", detail={"minutes": minutes(left)})


def judge_lock(locked_until: datetime | None, *, now: datetime) -> Decision:
    """Decide whether the account may try a code now."""
    if locked_until is None or locked_until <= now:
        return Allowed("lock")
    return Refused(Reason.LOCKED, "lock", detail={"minutes": minutes(locked_until - now)})


def judge_session(
    created_at: datetime, seen_at: datetime, ended_at: datetime | None, *, now: datetime
) -> Decision:
    """Decide whether a sign-in still holds: not ended, not idle too long, not too old."""
    if ended_at is None and now < seen_at + IDLE and now < created_at + LIFE:
        return Allowed("session")
    return Refused(Reason.NOT_SIGNED_IN, "session", since=ended_at)


def minutes(left: timedelta) -> int:
    """Return *left* in whole minutes, rounded up."""
    return -(-int(left.total_seconds()) // 60)


def fitting_step(secret: str, code: str, *, used_step: int, now: datetime) -> int | None:
    """Return the time step for which *code* is right and which was not used yet, or None."""
    totp = pyotp.TOTP(secret, interval=CODE_STEP_S)
    present = int(now.timestamp()) // CODE_STEP_S
    fits = [
        step
        for step in range(present - CODE_DRIFT_STEPS, present + CODE_DRIFT_STEPS + 1)
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode())
    ]
    return next((step for step in fits if step > used_step), None)


def name_device(agent: str) -> DeviceName:
    """Return what people call the browser that names itself *agent*; the first sign that fits."""
    return DeviceName(
        next((name for sign, name in BROWSERS if sign in agent), UNKNOWN_BROWSER),
        next((name for sign, name in SYSTEMS if sign in agent), UNKNOWN_SYSTEM),
    )


def normal_email(email: str) -> str:
    """Return the form of an e-mail address by which an account is found."""
    return email.strip().casefold()


def normal_code(typed: str) -> str:
    """Return a typed code without spaces and dashes, wide digits of a Chinese keyboard narrowed."""
    return unicodedata.normalize("NFKC", typed).replace(" ", "").replace("-", "")
