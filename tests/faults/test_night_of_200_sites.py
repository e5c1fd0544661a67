"""A night of 200 sites: exactly the calls that a person would want, and every breach answered."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import (
    answering,
    calling,
    delivery,
    ingest,
    known,
    leases,
    receipts,
    silence,
)
from sensors.store.engine import session_factory
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import night

STEP = timedelta(seconds=15)


@dataclass(frozen=True)
class Told:
    """One message that was queued for a person."""

    at: datetime
    recipient: str
    rank: int
    kind: str
    about: str
    key: str


@dataclass(frozen=True)
class Morning:
    """What stands in the database when the night is over."""

    told: list[Told]
    alerts: list[AlertRow]
    breaches: list[ExcursionRow]
    sms: night.Gateway
    voice: night.Gateway

    def groups(self, kind: str) -> dict[int, list[AlertRow]]:
        """Return the alerts of one kind by their group."""
        found: dict[int, list[AlertRow]] = defaultdict(list)
        for alert in self.alerts:
            if alert.kind == kind:
                found[alert.group_id or 0].append(alert)
        return found

    def site_of(self, alert: AlertRow) -> int:
        """Return the number of the site of an alert; units were stored in the order of sites."""
        return (alert.unit_id - 1) // night.UNITS


@pytest.fixture
def morning(engine: Engine, session: Session) -> Iterator[Morning]:
    """Let the night pass in steps of fifteen seconds."""
    night.build(session)
    sessions = session_factory(engine)
    sms, voice = night.Gateway(loses=frozenset({"on-call-12"})), night.Gateway(honest=True)
    staff = night.Staff(sessions, (sms, voice))
    with sessions() as reading:
        what_is_known = known.load(reading)
    chance = random.Random(7)
    for number in range(1, night.HOURS * 240 + 1):
        since, until = (number - 1) * STEP, number * STEP
        now = night.BEGIN + until
        _take_in(sessions, what_is_known, since, until)
        with sessions() as one, transaction(one):
            silence.sweep(one, now=now)
            answering.return_due(one, now=now)
            calling.repeat_due(one, now=now)
            receipts.second_channel_due(one, now=now)
        gateways = {"sms": sms, "voice": voice}
        delivery.deliver_due(sessions, gateways, now=now, jitter=chance)
        staff.live(now)
    with sessions() as reading:
        yield _look(reading, sms, voice)


def _take_in(
    sessions: sessionmaker[Session], what: known.Known, since: timedelta, until: timedelta
) -> None:
    batch = list(night.readings(since, until))
    now = night.BEGIN + until
    listening = not night.AWAY[0] < until <= night.AWAY[1]
    with sessions() as session, transaction(session):
        if listening:
            silence.listen(session, holder="subscriber", now=now)
        elif until == night.AWAY[0] + STEP:
            leases.release(session, silence.LISTENING, "subscriber")
        if batch:
            ingest.ingest_batch(session, batch, known=what, now=now)


def _look(session: Session, sms: night.Gateway, voice: night.Gateway) -> Morning:
    rows = session.execute(
        select(
            OutboxMessage.created_at,
            OutboxMessage.recipient,
            OutboxMessage.rank,
            OutboxMessage.kind,
            OutboxMessage.about,
            OutboxMessage.delivery_key,
        ).order_by(OutboxMessage.created_at)
    )
    return Morning(
        [Told(*row) for row in rows],
        list(session.scalars(select(AlertRow).order_by(AlertRow.id))),
        list(session.scalars(select(ExcursionRow).order_by(ExcursionRow.id))),
        sms,
        voice,
    )


def test_a_night_of_200_sites_calls_as_a_person_would_want(morning: Morning) -> None:
    """One night, all promises: it takes too long to live it once for each."""
    _one_group_for_each_cause(morning)
    _at_most_one_message_a_step(morning)
    _nobody_is_flooded(morning)
    _every_breach_is_answered_or_at_the_end_of_its_chain(morning)
    _lying_gateways_do_not_end_a_call(morning)


def _one_group_for_each_cause(morning: Morning) -> None:
    silent = morning.groups("silence")
    by_site = Counter(morning.site_of(alerts[0]) for alerts in silent.values())
    assert by_site == Counter([*night.DARK, *night.BROKEN])
    sizes = Counter(len(alerts) for alerts in silent.values())
    assert sizes == {night.UNITS: len(night.DARK), 1: len(night.BROKEN)}
    sites = [night.WARM, night.WARM_IN_THE_DARK, night.FREEZING]
    assert sorted({(row.unit_id - 1) // night.UNITS for row in morning.breaches}) == sorted(sites)


def _at_most_one_message_a_step(morning: Morning) -> None:
    for kind in ("alert:first", "alert:recovery"):
        told = Counter(
            (one.about, one.recipient, one.rank) for one in morning.told if one.kind == kind
        )
        assert max(told.values()) == 1, (kind, told.most_common(3))
    up = Counter(one.key for one in morning.told if one.kind == "alert:escalation")
    assert max(up.values(), default=1) == 1
    away_from, away_until = (night.BEGIN + end for end in night.AWAY)
    news = [one for one in morning.told if away_from <= one.at <= away_until + 2 * STEP]
    assert [one for one in news if one.kind == "alert:first"] == []


def _nobody_is_flooded(morning: Morning) -> None:
    by_person: dict[str, list[datetime]] = defaultdict(list)
    for one in morning.told:
        by_person[one.recipient].append(one.at)
    for person, instants in by_person.items():
        for place in range(len(instants) - 10):
            apart = instants[place + 10] - instants[place]
            assert apart >= timedelta(minutes=10), (person, instants[place])


def _every_breach_is_answered_or_at_the_end_of_its_chain(morning: Morning) -> None:
    alerts = [one for one in morning.alerts if one.excursion_id is not None]
    assert {one.excursion_id for one in alerts} == {row.id for row in morning.breaches}
    for alert in alerts:
        assert alert.first_answered_at is not None or alert.unanswered_at is not None
        if alert.first_answered_at is not None:
            assert alert.first_answered_at - alert.opened_at <= timedelta(minutes=45)
    how = {morning.site_of(one): (one.acknowledged_by, one.unanswered_at) for one in alerts}
    assert how[night.WARM][0] is None, "everybody of this site was asleep"
    assert how[night.FREEZING] == ("manager-2", None)
    assert how[night.WARM_IN_THE_DARK] == ("second-0", None)


def _lying_gateways_do_not_end_a_call(morning: Morning) -> None:
    asleep = [one for one in morning.told if one.rank == 2]
    assert asleep, "nobody was tried by the second channel"
    taken = {key for _, key in [*morning.sms.arrived, *morning.voice.arrived]}
    lost = {
        one.key
        for one in morning.told
        if one.key not in taken and one.at < night.BEGIN + timedelta(hours=night.HOURS, minutes=-5)
    }
    assert {key.split(":")[-2] for key in lost} <= {_contact_of("on-call-12", morning)}


def _contact_of(person: str, morning: Morning) -> str:
    """Return the id of the contact whose text messages are lost."""
    arrived = dict(morning.voice.arrived)
    return arrived[person].split(":")[-2] if person in arrived else ""
