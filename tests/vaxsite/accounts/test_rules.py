"""Passwords, windows, sessions and codes at their edges."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from vaxsite.accounts import rules
from vaxsite.accounts.rules import Reason
from vaxsite.core.decisions import Allowed, Refused

NOW = datetime(2026, 1, 12, 1, 7, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("seven quiet herons wade", None),
        ("七只安静的白鹭在水边走路", None),
        ("abcde fghi1", Reason.PASSWORD_SHORT),
        ("abcde fghi12", None),
        ("x y z 9 " * 33, Reason.PASSWORD_LONG),
        ("Password1234", Reason.PASSWORD_COMMON),
        ("aaaaaaaaaaaaaaaa", Reason.PASSWORD_COMMON),
        ("woaini5201314", Reason.PASSWORD_COMMON),
        ("my password of seven herons", None),
        ("nina likes quiet herons", Reason.PASSWORD_OWN),
        ("herons at example.com wade", Reason.PASSWORD_OWN),
    ],
)
def test_passwords(password: str, reason: Reason | None) -> None:
    """Length and guesses decide, never a rule of composition."""
    decision = rules.judge_password(password, name="Nina Zhou", email="n.zhou@example.com")

    assert (decision.reason if isinstance(decision, Refused) else None) == reason


def test_the_window_says_how_long_to_wait() -> None:
    """The sixth try at seven past waits for the quarter."""
    assert isinstance(rules.judge_tries(5, 5, now=NOW), Allowed)

    refused = rules.judge_tries(6, 5, now=NOW)

    assert isinstance(refused, Refused)
    assert refused.detail == {"minutes": 8}


@pytest.mark.parametrize(
    ("idle", "age", "ended", "holds"),
    [
        (timedelta(minutes=15, seconds=-1), timedelta(hours=1), False, True),
        (timedelta(minutes=15), timedelta(hours=1), False, False),
        (timedelta(0), timedelta(hours=12, seconds=-1), False, True),
        (timedelta(0), timedelta(hours=12), False, False),
        (timedelta(0), timedelta(0), True, False),
    ],
    ids=["just used", "idle", "at the end of the shift", "too old", "signed out"],
)
def test_sessions_end(idle: timedelta, age: timedelta, ended: bool, holds: bool) -> None:
    """Fifteen minutes without use, twelve hours whatever happens."""
    decision = rules.judge_session(NOW - age, NOW - idle, NOW if ended else None, now=NOW)

    assert isinstance(decision, Allowed) is holds


@pytest.mark.parametrize(
    ("drift_s", "fits"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
)
def test_codes_drift_one_step(drift_s: int, fits: bool) -> None:
    """A phone whose clock is half a minute wrong still works."""
    code = pyotp.TOTP(SECRET).at(int(NOW.timestamp()) + drift_s)

    step = rules.fitting_step(SECRET, code, used_step=0, now=NOW)

    assert (step is not None) is fits


def test_a_used_step_does_not_fit_again() -> None:
    """Neither the used code nor an older one fits."""
    code = pyotp.TOTP(SECRET).at(int(NOW.timestamp()))
    used = rules.fitting_step(SECRET, code, used_step=0, now=NOW)
    assert used is not None

    assert rules.fitting_step(SECRET, code, used_step=used, now=NOW) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "é"])
def test_what_is_no_code_does_not_fit(code: str) -> None:
    """Odd input is a wrong code, not a fault."""
    assert rules.fitting_step(SECRET, code, used_step=0, now=NOW) is None


def test_codes_are_read_as_people_type_them() -> None:
    """Spaces, dashes and the wide digits of a Chinese keyboard are all the same code."""
    assert rules.normal_code(" 123 456 ") == "123456"
    assert rules.normal_code("１２３４５６") == "123456"
    assert rules.normal_code("1234-5678-9012") == "123456789012"
