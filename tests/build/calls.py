"""Builders of calls to residents."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tests.build.booking import NOW
from vaxsite.calls import services
from vaxsite.calls.rules import CallReason
from vaxsite.calls.services import Callee, Wanted
from vaxsite.core.actor import system

ABOUT = "appointment:018f0000-0000-7000-8000-000000000001"


def a_call(
    session: Session,
    *,
    site_id: int,
    key: str = "reminder:1",
    about: str = ABOUT,
    name: str = "陈安娜",
    phone: str | None = "+8613912345678",
    closes_at: datetime = NOW + timedelta(days=1),
    now: datetime = NOW,
) -> bool:
    """Ask for a call to somebody; True where it is new."""
    wanted = Wanted(
        key=key,
        site_id=site_id,
        about=about,
        reason=CallReason.NO_CHANNEL,
        callee=Callee(name=name, phone=phone, language="zh"),
        subject="预约提醒",
        body="明天9:00已为您预留一剂疫苗。",
        closes_at=closes_at,
    )
    return services.ask(session, wanted, actor=system("test"), now=now)
