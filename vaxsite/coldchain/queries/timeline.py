"""The story of an excursion: measured, told, answered, decided, followed up; in order of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain.excursions import EndReason
from sensors.domain.rules import Direction
from sensors.domain.units import Band
from sensors.rulebook import RULES
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor
from vaxsite.coldchain.queries.alerts import ExcursionFacts
from vaxsite.coldchain.queries.follow_ups import FollowUpView
from vaxsite.coldchain.queries.series import Series, read_series
from vaxsite.coldchain.story import Step
from vaxsite.coldchain.worsening import worse_steps
from vaxsite.stock.queries import AffectedLot
from vaxsite.stock.rules import Decision

# What the door and the power did before it belongs to the story.
BEFORE = timedelta(hours=1)
LONGEST = timedelta(days=7)
MESSAGES = 100
_ENDS: Mapping[str, Step] = {
    EndReason.UNKNOWN: Step.LOST,
    EndReason.RULES_CHANGED: Step.JUDGED_OTHERWISE,
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; `by` is the id of a person, null for the system."""

    at: datetime
    step: Step
    by: str | None = None
    note: str | None = None
    lot: str | None = None
    lasted_s: int | None = None
    channel: str | None = None
    centi: int | None = None
    label: tuple[str, str] | None = None  # In English and Chinese.


def of_excursion(
    session: Session,
    facts: ExcursionFacts,
    sensor: Sensor,
    band: Band,
    unit_id: int,
    alert: AlertRow | None,
    lots: Sequence[AffectedLot],
    followed: FollowUpView,
    *,
    now: datetime,
) -> tuple[Happening, ...]:
    """Return all that is known to have happened, the first first."""
    steps = [
        *_own_steps(facts),
        *_signals(session, facts, sensor, band, now),
        *_warnings(session, facts, unit_id, now),
        *_told(session, facts, alert),
        *_alert_steps(alert),
        *_decisions(lots),
        *_followed(followed),
    ]
    return tuple(sorted(steps, key=lambda happening: happening.at))


def _signals(
    session: Session, facts: ExcursionFacts, sensor: Sensor, band: Band, now: datetime
) -> Iterator[Happening]:
    """Give when the probe told of an open door or of no power, within the first days."""
    since = facts.began_at - BEFORE
    until = min(facts.ended_at or now, facts.began_at + LONGEST)
    series = read_series(session, sensor=sensor, band=band, since=since, until=until)
    for step, spans in ((Step.DOOR, series.door_open), (Step.POWER, series.power_off)):
        for span in spans:
            lasted = (span.ended_at or until) - span.began_at
            yield Happening(span.began_at, step, lasted_s=int(lasted.total_seconds()))
    yield from _worse(facts, series)


def _worse(facts: ExcursionFacts, series: Series) -> Iterator[Happening]:
    """Give when it got worse, within the first days."""
    cold = facts.direction == Direction.COLD
    points = [
        (max(bucket.first_at, facts.began_at), centi)
        for bucket in series.buckets
        if bucket.last_at >= facts.began_at
        and (centi := bucket.low_centi if cold else bucket.high_centi) is not None
    ]
    for at, centi in worse_steps(points, facts.direction):
        yield Happening(at, Step.WORSENED, centi=centi)


def _warnings(
    session: Session, facts: ExcursionFacts, unit_id: int, now: datetime
) -> Iterator[Happening]:
    """Give what warned in the unit meanwhile, or shortly before: each rule by its name."""
    until = facts.ended_at or now
    rows = session.scalars(
        select(ConditionRow)
        .where(
            ConditionRow.unit_id == unit_id,
            ConditionRow.withdrawn_at.is_(None),
            ConditionRow.began_at < until,
            or_(ConditionRow.ended_at.is_(None), ConditionRow.ended_at > facts.began_at - BEFORE),
        )
        .order_by(ConditionRow.began_at)
        .limit(MESSAGES)
    )
    for row in rows:
        rule = RULES.get(row.rule)
        yield Happening(
            row.began_at,
            Step.WARNED,
            lasted_s=int(((row.ended_at or now) - row.began_at).total_seconds()),
            label=rule.label if rule else (row.rule, row.rule),
        )


def _told(session: Session, facts: ExcursionFacts, alert: AlertRow | None) -> Iterator[Happening]:
    """Give the messages about it by the time at which a channel took them.

    Taken by a channel is not yet read by a person. Addresses are kept from the page.
    """
    about = [f"excursion:{facts.excursion_id}"]
    if alert:
        about.append(f"alert:{alert.id}")
    rows = session.execute(
        select(OutboxMessage.sent_at, OutboxMessage.channel)
        .where(OutboxMessage.about.in_(about), OutboxMessage.sent_at.is_not(None))
        .order_by(OutboxMessage.id)
        .limit(MESSAGES)
    )
    for sent_at, channel in rows:
        if sent_at is not None:
            yield Happening(sent_at, Step.TOLD, channel=channel)


def _followed(step: FollowUpView) -> Iterator[Happening]:
    if step.checked_at:
        yield Happening(step.checked_at, Step.CHECKED, by=step.checked_by, note=step.check_note)
    if step.acted_at:
        yield Happening(step.acted_at, Step.ACTED, by=step.acted_by, note=step.action_note)
    if step.signed_at:
        yield Happening(step.signed_at, Step.SIGNED, by=step.signed_by)


def _own_steps(facts: ExcursionFacts) -> Iterator[Happening]:
    yield Happening(facts.began_at, Step.BEGAN)
    yield Happening(facts.confirmed_at, Step.CONFIRMED)
    if facts.ended_at:
        yield Happening(facts.ended_at, _ENDS.get(facts.end_reason or "", Step.ENDED))
    if facts.withdrawn_at:
        yield Happening(facts.withdrawn_at, Step.WITHDRAWN)


def _alert_steps(alert: AlertRow | None) -> Iterator[Happening]:
    if alert and alert.acknowledged_at:
        yield Happening(
            alert.acknowledged_at, Step.ACKNOWLEDGED, by=alert.acknowledged_by, note=alert.note
        )
    if alert and alert.resolved_at:
        yield Happening(alert.resolved_at, Step.RESOLVED)


def _decisions(lots: Sequence[AffectedLot]) -> Iterator[Happening]:
    for lot in lots:
        for decided in lot.dispositions:
            released = decided.decision is Decision.RELEASE
            yield Happening(
                decided.decided_at,
                Step.RELEASED if released else Step.REJECTED,
                by=decided.decided_by,
                note=decided.note,
                lot=lot.lot.number,
            )
