"""What the demonstration says on the terminal."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.encrypted import blind_index
from vaxsite.accounts.models import Staff
from vaxsite.accounts.queries import EMAIL
from vaxsite.accounts.rules import normal_email
from vaxsite.core.ids import show_reference
from vaxsite.demo import sample
from vaxsite.demo.appointments import Booked
from vaxsite.demo.folder import SignIn


def codes(session: Session, sign_ins: list[SignIn], now: datetime) -> list[str]:
    """Return a line for each sign-in, with the code that works now."""
    lines = [f"  {'Role':<12}{'E-mail':<27}{'Password':<18}{'Code':<9}Secret for an app"]
    for item in sign_ins:
        index = blind_index(EMAIL, normal_email(item.email))
        secret = session.scalar(select(Staff.totp_secret).where(Staff.email_index == index))
        if secret is None:
            continue
        code = pyotp.TOTP(secret).at(now)
        lines.append(f"  {item.role:<12}{item.email:<27}{item.password:<18}{code:<9}{secret}")
    return lines


def appointments(booked: list[Booked]) -> list[str]:
    """Return a line for each appointment of today."""
    zone = ZoneInfo(sample.load()["timezone"])
    return [
        f"  {item.at.astimezone(zone):%H:%M}  {show_reference(item.reference)}  "
        f"{item.born_on}  {item.name}"
        for item in booked
    ]


def vials() -> list[str]:
    """Return a trace code to scan of each lot of the clinic in which people are expected."""
    notes = {
        "DEMO2602B": "kept well: accepted",
        "DEMO2601A": "its fridge is warm: refused",
        "DEMO2604D": "its fridge was warm: refused until the pharmacist releases it",
        "DEMO2409X": "expired: refused",
    }
    lots = {lot["number"]: lot["code_stem"] for lot in sample.load()["lot"]}
    return [
        f"  {sample.trace_codes(lots[number], 1)[0]}  lot {number}, {note}"
        for number, note in notes.items()
    ]
