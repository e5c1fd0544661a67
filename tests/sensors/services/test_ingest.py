"""A batch of messages becomes readings, excursions, alerts and messages, or is set aside."""

import json
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import answering, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, Event, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import TopicBinding
from sensors.store.readings import ReadingRow, SensorState, SetAside
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_message, a_reading, take_in

WARM_FROM_10_TO_60 = [
    a_reading(minute=minute, celsius=9.2 if 10 <= minute < 60 else 4.5) for minute in range(90)
]


def count(session: Session, row: type) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


def excursions(session: Session) -> list[tuple[str, datetime, datetime | None, int]]:
    rows = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    )
    return [(row.rule, row.began_at, row.ended_at, row.peak_centi) for row in rows]


ONE_HOT = [("cn-hot@1", NOON + timedelta(minutes=10), NOON + timedelta(minutes=60), 920)]


def test_warm_fridge_opens_one_alert_and_calls_everybody_in_their_language(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The excursion, its alert, its event and a message for each person are one transaction."""
    take_in(sessions, WARM_FROM_10_TO_60[:41])

    alert = session.scalars(select(AlertRow)).one()
    told = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert (alert.kind, alert.state, alert.severity) == ("excursion", "open", "warning")
    assert [event.kind for event in session.scalars(select(Event))] == ["excursion:confirmed"]
    assert [(message.address, message.language) for message in told] == [
        ("wang-li", "zh"),
        ("ann-smith", "en"),
    ]
    assert told[0].subject == "【冷链报警】冰箱F1 (F1)：高于 +8.0 °C 持续 30 分钟"
    assert told[1].body.splitlines() == [
        "Chaoyang clinic · Fridge F1 (F1) · probe-1",
        "Reason: Above +8.0 °C for 30 min",
        "Since: 20:10 on 12 Jan",
        "Furthest: 9.2 °C",
        "Newest reading: 9.2 °C (20:40 on 12 Jan)",
        (
            "Do first: keep the door shut and check the power. Use no vaccine from this unit"
            " until the pharmacist has decided. Throw nothing away."
        ),
    ]


def test_end_of_an_excursion_is_told_once_and_leaves_the_alert_to_a_person(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """That the fridge recovered answers nothing about its vaccines."""
    for message in WARM_FROM_10_TO_60:
        take_in(sessions, [message])

    alert = session.scalars(select(AlertRow)).one()
    kinds = session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)).all()
    assert excursions(session) == ONE_HOT
    assert (alert.state, alert.cleared_at) == ("open", NOON + timedelta(minutes=60))
    assert kinds == ["alert:first", "alert:first", "alert:recovery", "alert:recovery"]


def test_alert_opens_once_when_a_batch_is_replayed(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A batch delivered again after a crash, or a day replayed, is not news."""
    take_in(sessions, WARM_FROM_10_TO_60)
    again = take_in(sessions, WARM_FROM_10_TO_60, now=NOON + timedelta(days=1))

    assert (again.new, again.duplicates) == (0, 90)
    assert count(session, ReadingRow) == 90
    assert count(session, AlertRow) == 1
    assert count(session, OutboxMessage) == 2
    assert verify.verify(session) == []


@pytest.mark.parametrize("seed", range(8))
def test_any_order_with_duplicates_ends_in_the_same_episodes(
    sessions: sessionmaker[Session], probe: int, session: Session, seed: int
) -> None:
    """Batches shuffled, resent and cut anywhere give what the readings in order give."""
    chance = random.Random(seed)
    messages = WARM_FROM_10_TO_60 + chance.sample(WARM_FROM_10_TO_60, 20)
    chance.shuffle(messages)
    while messages:
        size = chance.randint(1, 30)
        take_in(sessions, messages[:size], now=NOON + timedelta(minutes=95))
        messages = messages[size:]

    assert excursions(session) == ONE_HOT
    assert verify.verify(session) == []
    state = session.get_one(SensorState, probe)
    assert (state.measured_at, state.centi) == (NOON + timedelta(minutes=89), 450)


def test_late_readings_withdraw_what_was_no_excursion(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A hole of under half an hour looked warm throughout; the stored readings say otherwise."""
    warm = [a_reading(minute=minute, celsius=9.2) for minute in (0, 20, 40)]
    take_in(sessions, warm)
    assert len(excursions(session)) == 1

    take_in(sessions, [a_reading(minute=30)], now=NOON + timedelta(minutes=50))

    session.rollback()  # On SQLite the look above would hold on to its moment.
    row = session.scalars(select(ExcursionRow)).one()
    alert = session.scalars(select(AlertRow)).one()
    last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert row.withdrawn_at == NOON + timedelta(minutes=50)
    assert alert.state == "resolved"
    assert last is not None
    assert last.subject.startswith("Cold-chain correction: Fridge F1 (F1)")
    assert count(session, Event) == 2
    assert verify.verify(session) == []


def test_excursion_that_was_over_and_never_was_leaves_no_alert_open(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Whoever was told of its beginning and its end is told that it was none; nobody is due."""
    for minute, celsius in ((0, 9.2), (20, 9.2), (40, 9.2), (60, 4.5)):
        take_in(sessions, [a_reading(minute=minute, celsius=celsius)])

    take_in(sessions, [a_reading(minute=30)], now=NOON + timedelta(minutes=70))

    alert = session.scalars(select(AlertRow)).one()
    told = session.scalars(
        select(OutboxMessage.subject)
        .where(OutboxMessage.language == "en")
        .order_by(OutboxMessage.id)
    ).all()
    assert excursions(session) == []
    assert (alert.state, alert.next_notice_at) == ("resolved", None)
    assert [subject.split(":")[0] for subject in told] == [
        "Cold-chain alarm",
        "Cold chain over",
        "Cold-chain correction",
    ]


def test_two_excursions_that_were_one_are_not_called_none(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A late reading closes the hole between them: one alert stands, no alarm is taken back."""
    for minute in (0, 20, 40, 80, 100, 120):
        take_in(sessions, [a_reading(minute=minute, celsius=9.2)])
    assert len(excursions(session)) == 2
    session.rollback()

    take_in(sessions, [a_reading(minute=60, celsius=9.2)], now=NOON + timedelta(minutes=121))

    assert excursions(session) == [("cn-hot@1", NOON, None, 920)]
    rows = session.scalars(select(AlertRow).order_by(AlertRow.id)).all()
    assert [(row.state, row.cleared_at is None) for row in rows] == [
        ("open", True),
        ("resolved", False),
    ]
    told = session.scalars(select(OutboxMessage.subject)).all()
    assert not [subject for subject in told if "correction" in subject or "更正" in subject]
    assert verify.verify(session) == []


@pytest.mark.parametrize(
    ("newest", "late", "states"),
    [
        (a_reading(minute=100, celsius=9.2), (60, 80), ["resolved", "open"]),
        (a_reading(minute=100), (60,), ["resolved", "open"]),
        (a_reading(minute=60), (50,), ["resolved"]),
    ],
    ids=["lasts after all", "ended later", "ended when it was said to"],
)
def test_excursion_that_reaches_further_than_was_closed_calls_again(
    sessions: sessionmaker[Session],
    probe: int,
    session: Session,
    newest: Message,
    late: tuple[int, ...],
    states: list[str],
) -> None:
    """Late readings that prolong an excursion which people had closed open a new alert."""
    take_in(sessions, [a_reading(minute=minute, celsius=9.2) for minute in (0, 20, 40)])
    take_in(sessions, [newest], now=NOON + timedelta(minutes=100))
    with sessions() as other, transaction(other):
        answering.resolve(other, alert_id=1, actor_id="li", now=NOON + timedelta(minutes=105))

    warm = [a_reading(minute=minute, celsius=9.4) for minute in late]
    take_in(sessions, warm, now=NOON + timedelta(minutes=110))

    assert session.scalars(select(AlertRow.state).order_by(AlertRow.id)).all() == states
    assert verify.verify(session) == []


def test_history_older_than_a_week_calls_nobody(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """An old excursion is recorded, and its lots are held; nobody is woken for it."""
    take_in(sessions, WARM_FROM_10_TO_60, now=NOON + timedelta(days=9))

    assert excursions(session) == ONE_HOT
    assert count(session, AlertRow) == 1
    assert count(session, OutboxMessage) == 0


POISON = {
    "empty": b"",
    "truncated": b'{"c": 4.',
    "null": b"null",
    "empty list": b"[]",
    "NUL": b'"\\u0000"',
    "invalid UTF-8": b"\xff\xfe",
    "2,000 levels": b"[" * 2_000 + b"]" * 2_000,
    "a million levels": b"[" * 1_000_000,
    "5,000 digits": b'{"c": ' + b"9" * 5_000 + b"}",
    "1 MB": b"x" * 1_000_000,
    "wrong type": b'{"c": "warm"}',
    "another device": b'{"c": 4.5, "device": "probe-2"}',
}


@pytest.mark.parametrize("name", POISON)
def test_poisoned_payload_is_set_aside_and_its_neighbours_are_stored(
    sessions: sessionmaker[Session], probe: int, session: Session, name: str
) -> None:
    """Whatever a payload is, it is kept as it came and blocks nothing."""
    poison = a_message(POISON[name])
    result = take_in(sessions, [a_reading(minute=1), poison, a_reading(minute=2)])
    take_in(sessions, [poison])

    row = session.scalars(select(SetAside)).one()
    assert (result.new, result.set_aside) == (2, 1)
    assert row.size == len(POISON[name])
    assert row.payload == POISON[name][: 64 * 1024]
    assert row.reason


@pytest.mark.parametrize("value", ["NaN", "1e400", "-Infinity", "327.67", "null"])
def test_what_is_no_temperature_is_a_fault_of_the_probe(
    sessions: sessionmaker[Session], probe: int, session: Session, value: str
) -> None:
    """A sentinel never becomes a temperature, and is still a reading."""
    take_in(sessions, [a_message(b'{"seq": 1, "boot": "b1", "c": ' + value.encode() + b"}")])

    row = session.scalars(select(ReadingRow)).one()
    assert row.centi is None
    assert row.fault


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("vaxsite/stranger/reading", "unknown sensor stranger"),
        ("elsewhere/probe-1", "no decoder is bound to this topic"),
    ],
)
def test_unknown_sensor_and_unbound_topic_are_set_aside(
    sessions: sessionmaker[Session], probe: int, session: Session, topic: str, reason: str
) -> None:
    """Nothing is guessed about a device that nobody has registered."""
    take_in(sessions, [a_message(b'{"c": 4.5}', topic=topic)])

    assert session.scalars(select(SetAside.reason)).one() == reason
    assert count(session, ReadingRow) == 0


def test_retained_reading_is_not_news(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """What the broker kept from an earlier time is shown, not stored as if it were of now."""
    kept = a_reading(minute=1)
    retained = type(kept)(kept.topic, kept.payload, kept.received_at, retained=True)
    take_in(sessions, [retained, retained])

    assert session.scalars(select(SetAside.reason)).one() == "retained by the broker: not news"
    assert count(session, ReadingRow) == 0


def test_a_state_that_the_broker_kept_is_no_reading_and_not_set_aside(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Availability topics are retained: each would else be shown again at every start."""
    session.add(TopicBinding(topic_filter="tele/#", decoder="tasmota"))
    session.commit()
    state = type(a_reading(minute=1))("tele/fridge-3/LWT", b"Online", NOON, retained=True)

    result = take_in(sessions, [state])

    assert (result.new, result.set_aside) == (0, 0)
    assert count(session, SetAside) == 0


def test_device_whose_clock_stands_still_loses_no_reading(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Readings of one instant are told apart by their count, also when they are sent again."""
    body = [{"boot": "b1", "seq": seq, "at": NOON.isoformat(), "c": 4.5} for seq in range(50)]
    message = a_message(json.dumps(body).encode())
    first = take_in(sessions, [message])
    again = take_in(sessions, [message])

    seqs = session.scalars(select(ReadingRow.seq).order_by(ReadingRow.measured_at)).all()
    assert (first.new, again.new, again.duplicates) == (50, 0, 50)
    assert seqs == list(range(50))


def test_device_without_clock_and_count_keeps_every_reading_of_one_moment(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Two messages received in the same microseconds are two messages."""
    lists = [a_message(json.dumps([{"c": c}, {"c": c}]).encode()) for c in (4.1, 4.2)]
    result = take_in(sessions, lists)

    assert (result.new, result.duplicates) == (4, 0)


def test_duplicate_within_one_batch_is_stored_once(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The first of two equal readings is new, the second is not."""
    result = take_in(sessions, [a_reading(minute=1), a_reading(minute=1)])

    assert (result.new, result.duplicates) == (1, 1)
    assert count(session, ReadingRow) == 1


def test_probe_that_hangs_nowhere_is_stored_and_judged_by_nothing(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """A sensor on the bench is not a fridge."""

    places.a_probe(session, unit=None, device="probe-1")
    session.commit()
    take_in(sessions, WARM_FROM_10_TO_60)

    assert count(session, ReadingRow) == 90
    assert excursions(session) == []


def test_what_a_device_tells_beside_the_temperature_is_stored_with_it(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The room, the battery, the door, the supply and the compressor, as they came."""
    body = b'{"c":4.6,"ambient":24.3,"battery":87,"door":false,"power":true,"compressor":true}'
    take_in(sessions, [a_message(body)])

    row = session.scalars(select(ReadingRow)).one()
    assert (row.ambient_centi, row.battery_pct, row.humidity_pct) == (2430, 87, None)
    assert (row.door_open, row.power_on, row.compressor_on) == (False, True, True)
