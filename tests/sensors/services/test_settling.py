"""History that comes in afterwards calls once it has come; a live breach calls at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import calling, settling, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, Event
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget, Site
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_reading, take_in

NIGHT = 600  # Minutes after noon at which the backlog comes.


def late(minutes: range, celsius: float = 4.5, *, device: str = "probe-1") -> list[Message]:
    """Return the readings of *minutes* past noon as they come in the night."""
    came = NOON + timedelta(minutes=NIGHT)
    return [
        a_reading(minute=minute, celsius=celsius, device=device, received_at=came)
        for minute in minutes
    ]


def watch(sessions: sessionmaker[Session], seconds: float, *, minute: int = NIGHT) -> None:
    """Let the watch look once, *seconds* after *minute*."""
    now = NOON + timedelta(minutes=minute, seconds=seconds)
    with sessions() as session, transaction(session):
        calling.repeat_due(session, now=now)
        settling.tell_over_due(session, now=now)


def told(session: Session) -> list[str]:
    """Return the English messages, by their subjects."""
    session.rollback()
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [row.subject for row in rows if row.language == "en"]


def test_backlog_is_told_once_as_a_list_with_real_times(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Two excursions of the afternoon, sent newest first in the night: one message names both."""
    second = late(range(180, 300, 5), 9.4)
    first = late(range(30, 120, 5), 9.2)
    calm = [*late(range(0, 30, 5)), *late(range(120, 180, 5)), *late(range(300, 590, 5))]
    for batch in (second, first, calm):
        take_in(sessions, batch)
        watch(sessions, 0)
    assert told(session) == []

    watch(sessions, 59)
    assert told(session) == []
    watch(sessions, 60)
    watch(sessions, 90)

    assert told(session) == [
        "Cold-chain alarm, found late: Chaoyang clinic: 2 excursions found in late readings"
    ]
    body = session.scalars(select(OutboxMessage).where(OutboxMessage.language == "en")).one().body
    lines = [line for line in body.splitlines() if line.startswith("- ")]
    unit = "- Fridge F1 (F1) (probe-1): Above +8.0 °C for 30 min"
    assert sorted(lines) == [
        f"{unit}, since 20:30 on 12 Jan, until 22:00 on 12 Jan, furthest 9.2 °C, over",
        f"{unit}, since 23:00 on 12 Jan, until 01:00 on 13 Jan, furthest 9.4 °C, over",
    ]
    assert verify.verify(session) == []


def test_lots_are_held_before_anybody_is_called(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Waiting concerns the call: the excursion and its event stand from the commit on."""
    take_in(sessions, [*late(range(0, 90, 5), 9.2), *late(range(90, 590, 5))])

    assert told(session) == []
    kinds = list(session.scalars(select(Event.kind).order_by(Event.id)))
    assert kinds == ["excursion:confirmed", "excursion:ended"]


def test_excursion_that_the_backlog_takes_back_is_told_to_nobody(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Between two warm readings others were cold: nobody was woken, and nothing is open."""
    take_in(sessions, late(range(0, 50, 20), 9.2))
    take_in(sessions, late(range(10, 50, 20)))
    watch(sessions, 60)

    assert told(session) == []
    assert session.scalars(select(AlertRow.state)).one() == "resolved"
    assert verify.verify(session) == []


def test_more_history_waits_longer_and_a_lasting_breach_at_most_two_minutes(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A slow backlog must not keep a fridge that is warm now from its people."""
    told_at: list[int] = []
    for step, message in enumerate(late(range(0, 120, 5), 9.2)):
        at = message.received_at + timedelta(seconds=20 * step)
        take_in(sessions, [Message(message.topic, message.payload, at)])
        watch(sessions, 20 * step)
        told_at += [20 * step] if told(session) and not told_at else []

    # The seventh reading confirms it at 120 s; what comes at 220 s is the last that is waited for.
    assert told_at == [280]
    assert told(session) == ["Cold-chain alarm: Fridge F1 (F1): Above +8.0 °C for 30 min"]


def test_live_breach_calls_at_once_while_another_probe_sends_its_backlog(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The list that still waits at the site keeps nobody from the call."""
    site = session.scalars(select(Site)).one()
    places.a_probe(session, unit=places.a_fridge(session, site=site, code="F2"), device="probe-2")
    session.commit()
    take_in(sessions, late(range(0, 60, 5), 9.2))

    live = [a_reading(minute=m, celsius=9.9, device="probe-2") for m in range(NIGHT - 30, 601, 10)]
    take_in(sessions, live)

    assert told(session) == ["Cold-chain alarm: Fridge F2 (F2): Above +8.0 °C for 30 min"]


def test_late_word_that_it_is_over_waits_for_the_rest_of_the_backlog(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Told of a live breach, people hear once that it ended, not with each batch."""
    take_in(sessions, [a_reading(minute=m, celsius=9.2) for m in range(0, 31, 10)])
    with sessions() as other, transaction(other):
        other.execute(update(AlertRow).values(next_notice_at=None))  # No reminders here.
    take_in(sessions, late(range(500, 590, 5)))
    watch(sessions, 0)
    take_in(sessions, late(range(40, 100, 5), 9.2))
    take_in(sessions, late(range(100, 500, 5)))
    assert len(told(session)) == 1

    for seconds in (59, 60, 61):
        watch(sessions, seconds)

    assert [one.split(":")[0] for one in told(session)] == ["Cold-chain alarm", "Cold chain over"]
    assert "Until: 21:40 on 12 Jan" in newest_body(session)


def newest_body(session: Session) -> str:
    rows = select(OutboxMessage.body).where(OutboxMessage.language == "en")
    return session.scalars(rows.order_by(OutboxMessage.id)).all()[-1]


@pytest.mark.parametrize("minutes_late", [15, 16])
def test_what_came_within_the_time_of_a_silence_is_live(
    sessions: sessionmaker[Session], probe: int, session: Session, minutes_late: int
) -> None:
    """The probe may be silent for fifteen minutes: up to that its readings are news."""
    warm = [
        a_reading(minute=m, celsius=9.2, received_at=NOON + timedelta(minutes=m + minutes_late))
        for m in range(0, 31, 10)
    ]
    for message in warm:
        take_in(sessions, [message])

    assert len(told(session)) == (1 if minutes_late == 15 else 0)
    assert session.scalars(select(NoticeTarget.id)).all() != []
