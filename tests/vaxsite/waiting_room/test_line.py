"""Eight thousand people in line, over a restart and a second process, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from tests.build.booking import NOW
from tests.build.sites import a_site
from tests.build.stock import staff_of
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Role
from vaxsite.waiting_room import queries, rules, services
from vaxsite.waiting_room.models import QueuePlace
from vaxsite.waiting_room.rules import Check, Reason, Stand

OPENS = NOW + timedelta(hours=1)
ENDS = NOW + timedelta(hours=5)
PEOPLE = 8_000


@pytest.fixture
def manager(sessions: sessionmaker[Session]) -> Actor:
    with sessions() as session, transaction(session):
        site_id = a_site(session).id
        audit.record(session, actor=services.KEEPER, action="test:build", subject="x:1", now=NOW)
    return staff_of(site_id, Role.MANAGER)


@pytest.fixture
def opening_id(sessions: sessionmaker[Session], manager: Actor) -> int:
    return switch_on(sessions, manager)


def switch_on(sessions: sessionmaker[Session], actor: Actor, **changed: object) -> int:
    values: dict[str, object] = {
        "gathers_at": NOW,
        "opens_at": OPENS,
        "until_at": ENDS,
        "per_minute": 60,
        "check": Check.NONE,
    }
    with sessions() as session, transaction(session):
        return services.switch_on(
            session,
            timezone="Asia/Shanghai",
            actor=actor,
            now=NOW,
            **{**values, **changed},  # type: ignore[arg-type]  # Values of many types.
        )


def join(sessions: sessionmaker[Session], token: str, now: datetime, network: str = "") -> None:
    with sessions() as session, transaction(session):
        services.join(session, token=token, network=network or token, now=now)


def look(sessions: sessionmaker[Session], token: str | None, now: datetime) -> queries.Standing:
    with sessions() as session, transaction(session):
        return services.look(session, token=token, now=now)


def gather(sessions: sessionmaker[Session], opening_id: int, count: int) -> None:
    """Let *count* browsers come before the opening, at once."""
    rows = [
        {
            "id": new_id(NOW + timedelta(milliseconds=n)),
            "opening_id": opening_id,
            "token_hash": queries.token_hash(f"early {n}"),
            "network_hash": b"%d" % n,
            "place": None,
            "arrived_at": NOW,
            "seen_at": NOW,
        }
        for n in range(count)
    ]
    with sessions() as session, transaction(session):
        session.execute(insert(QueuePlace), rows)


def places(sessions: sessionmaker[Session]) -> dict[bytes, int | None]:
    with sessions() as session:
        rows = session.execute(select(QueuePlace.token_hash, QueuePlace.place))
        return {bytes(token): place for token, place in rows}


@pytest.fixture
def restarted(
    sessions: sessionmaker[Session], database_url: str
) -> Iterator[sessionmaker[Session]]:
    """The sessions of another process that knows nothing but the database."""
    engine = open_engine(database_url)
    factory = session_factory(engine)
    audit.guard(factory)
    yield factory
    engine.dispose()


def test_eight_thousand_keep_their_places_over_a_restart(
    sessions: sessionmaker[Session], restarted: sessionmaker[Session], opening_id: int
) -> None:
    """Drawn once, numbered without a gap, the same for another process; later ones line up."""
    gather(sessions, opening_id, PEOPLE)
    assert services.draw_due(sessions, now=OPENS - timedelta(seconds=1)) == 0
    assert services.draw_due(sessions, now=OPENS) == 1
    drawn = places(sessions)

    assert services.draw_due(restarted, now=OPENS + timedelta(seconds=5)) == 0
    join(restarted, "late 1", OPENS + timedelta(seconds=6))
    join(sessions, "late 2", OPENS + timedelta(seconds=7))
    for _ in range(3):
        join(sessions, "late 1", OPENS + timedelta(seconds=8))

    after = places(restarted)
    assert sorted(place or 0 for place in drawn.values()) == list(range(1, PEOPLE + 1))
    assert {token: after[token] for token in drawn} == drawn
    assert after[queries.token_hash("late 1")] == PEOPLE + 1
    assert after[queries.token_hash("late 2")] == PEOPLE + 2
    arrived = [drawn[queries.token_hash(f"early {n}")] for n in range(PEOPLE)]
    assert arrived != list(range(1, PEOPLE + 1))


def test_one_person_goes_from_the_room_to_the_end_of_the_turn(
    sessions: sessionmaker[Session], opening_id: int
) -> None:
    """Outside, gathering, waiting with an honest number, let in for half an hour, over."""
    assert look(sessions, None, NOW).stand is Stand.OUTSIDE
    for name in ("ana", "bo", "chen"):
        join(sessions, name, NOW)
    assert look(sessions, "ana", NOW).stand is Stand.GATHERING

    found = {name: look(sessions, name, OPENS) for name in ("ana", "bo", "chen")}
    assert sorted(one.place or 0 for one in found.values()) == [1, 2, 3]
    last = next(name for name, one in found.items() if one.place == 3)
    assert (found[last].ahead, found[last].wait) == (2, timedelta(seconds=3))
    turn = OPENS + timedelta(seconds=3)
    assert look(sessions, last, turn - timedelta(milliseconds=1)).stand is Stand.WAITING
    slept = turn + timedelta(hours=1)
    let_in = look(sessions, last, slept)
    assert (let_in.stand, let_in.until) == (Stand.ADMITTED, slept + rules.ADMITTED_FOR)
    assert look(sessions, last, slept + rules.ADMITTED_FOR).stand is Stand.OVER
    assert look(sessions, "bo", ENDS).stand is Stand.NO_ROOM


def test_who_comes_in_the_moment_of_the_drawing_is_not_lost(
    sessions: sessionmaker[Session], opening_id: int
) -> None:
    """A place that was stored while the others were drawn gets the next number when it looks."""
    gather(sessions, opening_id, 5)
    services.draw_due(sessions, now=OPENS)
    with sessions() as session, transaction(session):
        session.execute(
            insert(QueuePlace),
            [
                {
                    "id": new_id(OPENS),
                    "opening_id": opening_id,
                    "token_hash": queries.token_hash("between"),
                    "network_hash": b"x",
                    "place": None,
                    "arrived_at": OPENS,
                    "seen_at": OPENS,
                }
            ],
        )

    assert look(sessions, "between", OPENS).place == 6


def test_a_network_has_a_limit_of_places(
    sessions: sessionmaker[Session], opening_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One network cannot fill the line; its neighbours and those it has already go on."""
    monkeypatch.setattr(rules, "PLACES_A_NETWORK", 3)
    for n in range(3):
        join(sessions, f"script {n}", NOW, "2001:db8::/64")

    with pytest.raises(RefusedAct) as caught:
        join(sessions, "script 3", NOW, "2001:db8::/64")
    join(sessions, "script 1", NOW, "2001:db8::/64")
    join(sessions, "ana", NOW, "192.0.2.1")

    assert caught.value.decision.reason is Reason.NETWORK_FULL
    assert len(places(sessions)) == 4


def test_a_rate_is_changed_and_the_room_is_taken_away(
    sessions: sessionmaker[Session], opening_id: int, manager: Actor
) -> None:
    """Faster from now on, nobody put back; after the end nobody waits."""
    gather(sessions, opening_id, 100)
    services.draw_due(sessions, now=OPENS)
    later = OPENS + timedelta(seconds=10)
    with sessions() as session, transaction(session):
        services.change_rate(
            session, opening_id=opening_id, per_minute=600, actor=manager, now=later
        )
    with sessions() as session:
        opening = queries.current(session, now=later)
        assert opening is not None
        assert opening.pace.let_in(later) == 10
        assert opening.pace.let_in(later + timedelta(seconds=1)) == 20
        figures = queries.figures(session, opening, now=later)
    assert (figures.places, figures.waiting) == (100, 90)

    with sessions() as session, transaction(session):
        services.end(session, opening_id=opening_id, actor=manager, now=later)
    assert look(sessions, "early 1", later).stand is Stand.NO_ROOM


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"opens_at": NOW}, Reason.IN_THE_PAST),
        ({"until_at": OPENS}, Reason.TIMES_ORDER),
        ({"gathers_at": OPENS + timedelta(seconds=1)}, Reason.TIMES_ORDER),
        ({"per_minute": 0}, Reason.RATE_RANGE),
        ({"per_minute": 10_001}, Reason.RATE_RANGE),
    ],
)
def test_a_room_that_makes_no_sense_is_refused(
    sessions: sessionmaker[Session], manager: Actor, changed: dict[str, object], reason: Reason
) -> None:
    """Times in order, a moment to come, a rate that lets somebody in."""
    with pytest.raises(RefusedAct) as caught:
        switch_on(sessions, manager, **changed)

    assert caught.value.decision.reason is reason


def test_two_rooms_do_not_overlap_and_a_nurse_makes_none(
    sessions: sessionmaker[Session], opening_id: int, manager: Actor
) -> None:
    """One line at a time, switched on by managers only."""
    with pytest.raises(RefusedAct) as caught:
        switch_on(sessions, manager)
    assert caught.value.decision.reason is Reason.OVERLAPS

    site_id = next(iter(manager.grants))
    with pytest.raises(NotFound):
        switch_on(sessions, staff_of(site_id, Role.NURSE), gathers_at=ENDS)
