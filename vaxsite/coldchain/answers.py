"""Acts that answer an alert for a while: be told later, set aside, hand on. All of them end."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from sensors.services import answering
from vaxsite.accounts import queries as accounts
from vaxsite.coldchain import rules
from vaxsite.coldchain.queries.alerts import AlertView, get_alert
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission


class Quiet(StrEnum):
    """How an alert is quiet: for a shift, or until a spare part comes."""

    SNOOZE = "snooze"
    SHELVE = "shelve"


def quiet(
    session: Session,
    *,
    alert_id: int,
    kind: Quiet,
    lasts: timedelta,
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Let an alert be quiet for *lasts*; raises `RefusedAct` for longer than its kind allows."""
    _check(session, alert_id, note, actor, now)
    act = answering.snooze if kind is Quiet.SNOOZE else answering.shelve
    until = now + lasts
    try:
        act(session, alert_id=alert_id, actor_id=actor.id, note=note.strip(), until=until, now=now)
    except answering.TooLong as err:
        too_long = Refused(rules.ColdchainReason.TOO_LONG, "coldchain:quiet")
        raise RefusedAct(too_long, rules.SENTENCES) from err
    _record(session, actor, f"alert:{kind}", alert_id, now, until=until.isoformat())


def hand_over(
    session: Session, *, alert_id: int, to: str, note: str, actor: Actor, now: datetime
) -> None:
    """Give an acknowledged alert into the hands of *to*, who must be able to answer it."""
    found = _check(session, alert_id, note, actor, now)
    able = accounts.staff_who_may(session, Permission.ALERT_ACKNOWLEDGE, site_id=found.unit.site_id)
    if to not in able:
        raise NotFound
    answering.hand_over(
        session, alert_id=alert_id, actor_id=actor.id, to=to, note=note.strip(), now=now
    )
    _record(session, actor, answering.HAND_OVER, alert_id, now, to=to)


def _check(session: Session, alert_id: int, note: str, actor: Actor, now: datetime) -> AlertView:
    found = get_alert(session, actor=actor, alert_id=alert_id, now=now)
    if not actor.may(Permission.ALERT_ACKNOWLEDGE, found.unit.site_id):
        raise NotFound
    verdict = rules.may_acknowledge(note)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, rules.SENTENCES)
    return found


def _record(
    session: Session, actor: Actor, action: str, alert_id: int, now: datetime, **detail: object
) -> None:
    audit.record(
        session, actor=actor, action=action, subject=f"alert:{alert_id}", now=now, detail=detail
    )
