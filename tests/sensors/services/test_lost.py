"""An excursion whose probe is lost ends as unknown, is asked about, and is never forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import answering, lost, silence, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, Event, ExcursionRow
from sensors.store.outbox import Lease
from sensors.store.transaction import transaction
from tests.build.messages import NOON, a_reading, take_in

Seen = list[tuple[int, int | None, str | None]]


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def hot(first: int, last: int) -> list[Message]:
    return [a_reading(minute=minute, celsius=9.2) for minute in range(first, last + 1)]


def watch(sessions: sessionmaker[Session], minute: int) -> int:
    """Sweep at *minute* as the watch does."""
    now = after(minute)
    with sessions() as session, transaction(session):
        silence.sweep(session, now=now)
    with sessions() as session, transaction(session):
        ended = lost.sweep(session, now=now)
        answering.return_due(session, now=now)
    return ended


def fall_silent(sessions: sessionmaker[Session], minute: int) -> None:
    """Let the subscriber listen all day, and sweep."""
    with sessions() as session, transaction(session):
        silence.listen(session, holder="subscriber", now=NOON)
    with sessions() as session, transaction(session):
        session.execute(update(Lease).values(expires_at=after(24 * 60)))
    watch(sessions, minute)


def seen(session: Session) -> Seen:
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    )
    return [
        (
            int((row.began_at - NOON).total_seconds() / 60),
            row.ended_at and int((row.ended_at - NOON).total_seconds() / 60),
            row.end_reason,
        )
        for row in rows
    ]


def excursion_alert(session: Session) -> AlertRow:
    session.rollback()
    wanted = select(AlertRow).where(AlertRow.kind == "excursion").order_by(AlertRow.id)
    return session.scalars(wanted).first() or AlertRow()


def test_it_ends_as_unknown_at_the_last_reading_and_its_alert_still_calls(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Not before the rule's gap has passed; the event says that the end is unknown."""
    take_in(sessions, hot(0, 40))
    fall_silent(sessions, 60)
    assert seen(session) == [(0, None, None)]

    assert [watch(sessions, minute) for minute in (70, 71, 72)] == [0, 1, 0]

    assert seen(session) == [(0, 40, "unknown")]
    assert (excursion_alert(session).state, excursion_alert(session).cleared_at) == ("open", None)
    ended = session.scalars(select(Event).where(Event.kind == "excursion:ended")).one()
    assert ended.detail["reason"] == "unknown"
    assert verify.verify(session) == []


def test_who_had_answered_is_asked_again(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """What they answered was about a unit that was still watched."""
    take_in(sessions, hot(0, 40))
    with sessions() as store, transaction(store):
        alert_id = store.scalars(select(AlertRow.id)).one()
        answering.acknowledge(
            store, alert_id=alert_id, actor_id="li", note="door shut", now=after(41)
        )
    fall_silent(sessions, 60)

    watch(sessions, 71)

    assert excursion_alert(session).state == "open"


def test_a_probe_that_comes_back_after_the_hole_bridges_nothing(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The old excursion stays unknown and is told once; hot again is another one."""
    take_in(sessions, hot(0, 40))
    fall_silent(sessions, 60)
    watch(sessions, 71)

    take_in(sessions, hot(90, 125))

    assert seen(session) == [(0, 40, "unknown"), (90, None, None)]
    assert excursion_alert(session).cleared_at is not None
    kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert kinds.count("excursion:ended") == 1
    assert verify.verify(session) == []


def test_readings_from_the_devices_memory_tell_the_end_after_all(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """It was hot until minute 80, and then well: the same excursion, with its real end."""
    take_in(sessions, hot(0, 40))
    fall_silent(sessions, 60)
    watch(sessions, 71)

    memory = [*hot(41, 80), *(a_reading(minute=minute) for minute in range(81, 90))]
    take_in(sessions, memory, now=after(90))

    assert seen(session) == [(0, 81, "recovered")]
    assert len(session.scalars(select(ExcursionRow)).all()) == 1
    assert verify.verify(session) == []


def test_nothing_is_lost_while_nobody_listens(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """What the subscriber did not hear says nothing of the probe."""
    take_in(sessions, hot(0, 40))
    with sessions() as store, transaction(store):
        assert lost.sweep(store, now=after(300)) == 0

    assert seen(session) == [(0, None, None)]
