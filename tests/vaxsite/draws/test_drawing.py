"""A draw from its announcement to the last lapsed place, on both databases."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.draws import CLOSES, DURING, KEY, RANDOM_AT, RESULT_AT
from tests.build.stock import staff_of
from vaxsite.core.actor import RESIDENT, Actor
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.draws import queries
from vaxsite.draws.models import DrawEntry, DrawMember, DrawRight
from vaxsite.draws.rules import files
from vaxsite.draws.rules.states import DrawState, EntryState, Reason, RightState
from vaxsite.draws.services import announcing, drawing, entering, rights
from vaxsite.messages import gateways

URL = "https://vaccination.example"


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def draw_id(sessions: sessionmaker[Session], clinic: OpenClinic) -> int:
    with sessions() as session, transaction(session):
        return build.an_announced_draw(session, clinic)


def refusal(caught: pytest.ExceptionInfo[RefusedAct]) -> object:
    return caught.value.decision.reason


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"opens_at": NOW}, Reason.OPENS_IN_PAST),
        ({"closes_at": build.OPENS}, Reason.WINDOW_ORDER),
        ({"randomness_at": CLOSES}, Reason.RANDOMNESS_EARLY),
        ({"result_at": RANDOM_AT - timedelta(seconds=1)}, Reason.RESULT_EARLY),
        ({"places": 0}, Reason.PLACES_RANGE),
        ({"quotas": (("from-60", 4),)}, Reason.QUOTAS_TOO_MANY),
        ({"quotas": (("from-60", 0),)}, Reason.PLACES_RANGE),
        ({"quotas": (("nobody", 1),)}, Reason.UNKNOWN_GROUP),
        ({"quotas": (("from-60", 1), ("from-60", 1))}, Reason.UNKNOWN_GROUP),
        ({"product_id": 0}, Reason.UNKNOWN_PRODUCT),
        ({"days_to_book": 0}, Reason.DAYS_RANGE),
    ],
)
def test_a_draw_that_would_not_be_fair_is_not_announced(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    changed: dict[str, object],
    reason: Reason,
) -> None:
    """The public number comes after closing, the commitment before opening, places add up."""
    with (
        pytest.raises(RefusedAct) as caught,
        sessions() as session,
        transaction(session),
    ):
        build.an_announced_draw(session, clinic, **changed)

    assert refusal(caught) is reason


def test_what_is_announced_holds_the_commitment_and_not_the_secret(
    sessions: sessionmaker[Session], draw_id: int
) -> None:
    """Everybody can save the terms before the first entry; the secret is not among them."""
    with sessions() as session:
        told = json.loads(queries.announcement(session, draw_id))

    assert len(told["commitment"]) == 64
    assert told["signing_key"] == files.public_key(KEY)
    assert told["places"] == 3
    assert "secret" not in told


def test_somebody_without_the_site_cannot_announce_or_draw(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """A nurse, and a manager of another site, find nothing."""
    stranger = staff_of(clinic.site_id + 1, Role.MANAGER)
    for actor in (stranger, staff_of(clinic.site_id, Role.NURSE)):
        with pytest.raises(NotFound), sessions() as session, transaction(session):
            announcing.announce(
                session, plan=build.a_plan(clinic), signing_key=KEY, actor=actor, now=NOW
            )
        with pytest.raises(NotFound), sessions() as session, transaction(session):
            drawing.close(session, draw_id=draw_id, actor=actor, now=CLOSES)


def test_a_person_takes_part_once(sessions: sessionmaker[Session], draw_id: int) -> None:
    """Neither alone and again with the household, nor twice in one entry."""
    with sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [1])

    for indices, reason in (([2, 1], Reason.ALREADY_ENTERED), ([3, 3], Reason.TWICE_IN_ENTRY)):
        with pytest.raises(RefusedAct) as caught, sessions() as session, transaction(session):
            build.an_entry(session, draw_id, indices)
        assert refusal(caught) is reason
    with sessions() as session:
        assert queries.counts(session, draw_id) == (1, 1)


def test_an_entry_that_is_withdrawn_leaves_nobody_behind(
    sessions: sessionmaker[Session], draw_id: int
) -> None:
    """The people are forgotten and may enter anew; the list counts the new entry only."""
    with sessions() as session, transaction(session):
        first = build.an_entry(session, draw_id, [1, 2])
    with sessions() as session, transaction(session):
        entering.withdraw(session, entry_id=first, actor=RESIDENT, now=DURING)
    with sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [2])

    with pytest.raises(AlreadyMoved), sessions() as session, transaction(session):
        entering.withdraw(session, entry_id=first, actor=RESIDENT, now=DURING)
    with sessions() as session:
        assert queries.get_entry(session, first).state is EntryState.WITHDRAWN
        assert queries.counts(session, draw_id) == (1, 1)
        assert session.scalar(select(func.count()).select_from(DrawMember)) == 1


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (build.OPENS - timedelta(seconds=1), Reason.NOT_OPEN_YET),
        (build.OPENS, None),
        (CLOSES - timedelta(seconds=1), None),
        (CLOSES, Reason.CLOSED),
    ],
)
def test_registration_is_open_in_its_window(
    sessions: sessionmaker[Session], draw_id: int, at: object, reason: Reason | None
) -> None:
    """From the first second on, and no longer at the last one, even if nobody closed the list."""
    found: object = None
    try:
        with sessions() as session, transaction(session):
            build.an_entry(session, draw_id, [1], now=at)  # type: ignore[arg-type]  # An instant.
    except RefusedAct as refused:
        found = refused.decision.reason

    assert found is reason


def test_a_phone_and_a_network_make_a_limited_number_of_entries(
    sessions: sessionmaker[Session], draw_id: int
) -> None:
    """Three entries a phone; sixty a network in a quarter of an hour."""
    with sessions() as session, transaction(session):
        for index in (1, 2, 3):
            build.an_entry(session, draw_id, [index], phone="+8613912340000")
    with pytest.raises(RefusedAct) as caught, sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [4], phone="+8613912340000")
    assert refusal(caught) is Reason.CONTACT_LIMIT

    with sessions() as session, transaction(session):
        for _ in range(60):
            entering.check_network(session, network="2001:db8::/64", now=DURING)
        with pytest.raises(RefusedAct) as caught:
            entering.check_network(session, network="2001:db8::/64", now=DURING)
        entering.check_network(session, network="192.0.2.1", now=DURING)
    assert refusal(caught) is Reason.NETWORK_LIMIT


def read(
    sessions: sessionmaker[Session],
    draw_id: int,
    actor: Actor,
    value: str,
    *,
    at: datetime = RANDOM_AT,
    source: str = "first",
) -> None:
    with sessions() as session, transaction(session):
        drawing.type_value(
            session, draw_id=draw_id, value=value, source=source, actor=actor, now=at
        )


def draw(sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int) -> None:
    with sessions() as session, transaction(session):
        drawing.draw(session, draw_id=draw_id, actor=clinic.manager, now=RANDOM_AT)


@pytest.fixture
def closed_id(sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int) -> int:
    with sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [1])
    with sessions() as session, transaction(session):
        build.closed(session, clinic, draw_id)
    return draw_id


def test_no_number_counts_before_its_instant(
    sessions: sessionmaker[Session], clinic: OpenClinic, closed_id: int
) -> None:
    """Neither the first source before it publishes, nor the second while the first may."""
    with pytest.raises(RefusedAct) as caught:
        read(sessions, closed_id, clinic.manager, "739", at=RANDOM_AT - timedelta(seconds=1))
    assert refusal(caught) is Reason.RANDOMNESS_NOT_YET

    late = RANDOM_AT + timedelta(days=2)
    with pytest.raises(RefusedAct) as caught:
        read(sessions, closed_id, clinic.manager, "3", at=late - timedelta(1), source="second")
    assert refusal(caught) is Reason.FALLBACK_NOT_YET
    read(sessions, closed_id, clinic.manager, "3", at=late, source="second")


def test_two_people_must_have_read_the_same_number(
    sessions: sessionmaker[Session], clinic: OpenClinic, closed_id: int
) -> None:
    """One reading is none, two different ones are none; nothing is drawn twice."""
    read(sessions, closed_id, clinic.manager, " 7 3  9")
    with pytest.raises(RefusedAct) as caught:
        draw(sessions, clinic, closed_id)
    assert refusal(caught) is Reason.RANDOMNESS_MISSING

    read(sessions, closed_id, build.colleague(clinic), "7 3 8")
    with pytest.raises(RefusedAct) as caught:
        draw(sessions, clinic, closed_id)
    assert refusal(caught) is Reason.RANDOMNESS_DIFFERS

    read(sessions, closed_id, build.colleague(clinic), "7 3 9")
    draw(sessions, clinic, closed_id)
    with pytest.raises(AlreadyMoved):
        draw(sessions, clinic, closed_id)


@pytest.mark.parametrize("change", ["size", "withdrawn", "added"])
def test_an_entry_changed_after_closing_stops_the_draw(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int, change: str
) -> None:
    """Whoever reaches into the table after the digest was published draws nothing."""
    with sessions() as session, transaction(session):
        entry_id = build.an_entry(session, draw_id, [1])
        build.an_entry(session, draw_id, [2])
        spare = build.an_entry(session, draw_id, [3])
        entering.withdraw(session, entry_id=spare, actor=RESIDENT, now=DURING)
    with sessions() as session, transaction(session):
        build.closed(session, clinic, draw_id)
    values = {
        "size": (entry_id, {"size": 2}),
        "withdrawn": (entry_id, {"state": EntryState.WITHDRAWN.value}),
        "added": (spare, {"state": EntryState.LIVE.value}),
    }
    target, changed = values[change]
    with Session(sessions.kw["bind"]) as session:
        session.execute(update(DrawEntry).where(DrawEntry.id == target).values(**changed))
        session.commit()

    with sessions() as session, transaction(session):
        for actor in (clinic.manager, build.colleague(clinic)):
            drawing.type_value(
                session, draw_id=draw_id, value="1", source="first", actor=actor, now=RANDOM_AT
            )
    with pytest.raises(RefusedAct) as caught, sessions() as session, transaction(session):
        drawing.draw(session, draw_id=draw_id, actor=clinic.manager, now=RANDOM_AT)

    assert refusal(caught) is Reason.LIST_CHANGED
    with sessions() as session:
        assert queries.changed_lists(session) == [draw_id]


def states(sessions: sessionmaker[Session], draw_id: int) -> list[tuple[int, str]]:
    with sessions() as session:
        rows = session.execute(
            select(DrawRight.rank, DrawRight.state)
            .where(DrawRight.draw_id == draw_id)
            .order_by(DrawRight.rank)
        )
        return [(rank, state) for rank, state in rows]


def test_a_result_is_public_signed_and_recomputable(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """Before publishing nobody sees it; afterwards the file from the database checks out."""
    with sessions() as session, transaction(session):
        entries = [build.an_entry(session, draw_id, [index]) for index in range(1, 6)]
        build.an_entry(session, draw_id, [6, 7])
    with sessions() as session, transaction(session):
        build.drawn(session, clinic, draw_id)
    with sessions() as session:
        assert queries.get_entry(session, entries[0]).rank is None
        with pytest.raises(NotFound):
            queries.published_result(session, draw_id)

    with sessions() as session, transaction(session):
        drawing.publish(
            session, draw_id=draw_id, signing_key=KEY, actor=clinic.manager, now=RESULT_AT
        )

    with sessions() as session:
        text = queries.published_result(session, draw_id)
        listed, told = (
            queries.published_list(session, draw_id),
            queries.announcement(session, draw_id),
        )
        people = {one.state: one.people for one in queries.pool_counts(session, draw_id)}
    assert files.check(text, entries=listed, announcement=told)[0] == []
    assert people[RightState.INVITED] == 3
    assert people[RightState.WAITING] == 4


def test_a_place_that_lapses_goes_to_the_next_in_line(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """Three of five are drawn; after two days without a booking the other two are invited."""
    with sessions() as session, transaction(session):
        for index in range(1, 6):
            build.an_entry(session, draw_id, [index], email=f"{index}@example.org")
    with sessions() as session, transaction(session):
        build.published(session, clinic, draw_id)
    assert rights.tell_due(sessions, public_url=URL, now=RESULT_AT) == 5
    assert rights.tell_due(sessions, public_url=URL, now=RESULT_AT) == 0
    ends = RESULT_AT + timedelta(days=2)

    assert rights.lapse_due(sessions, now=ends - timedelta(seconds=1)) == 0
    assert rights.lapse_due(sessions, now=ends) == 3
    assert rights.lapse_due(sessions, now=ends) == 0

    waiting, invited, lapsed = RightState.WAITING, RightState.INVITED, RightState.LAPSED
    assert states(sessions, draw_id) == [
        (1, lapsed),
        (2, lapsed),
        (3, lapsed),
        (4, invited),
        (5, invited),
    ]
    assert waiting not in {state for _, state in states(sessions, draw_id)}
    assert rights.tell_due(sessions, public_url=URL, now=ends) == 2
    with sessions() as session:
        kinds = list(session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.kind)))
    assert kinds == ["draw:drawn"] * 5 + ["draw:not-drawn"] * 2


def test_a_result_goes_by_text_message_where_there_is_no_email(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """The clinic's gateway is given number and text; the vaccine is not named."""
    with sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [1], email=None)
        url = "https://sms.example/send#secret"
        gateways.add(session, site_id=clinic.site_id, url=url, actor=clinic.manager, now=RESULT_AT)
    with sessions() as session, transaction(session):
        build.published(session, clinic, draw_id)

    assert rights.tell_due(sessions, public_url=URL, now=RESULT_AT) == 1
    with sessions() as session:
        (message,) = session.scalars(select(OutboxMessage)).all()
    assert (message.kind, message.channel) == ("draw:drawn", "text")
    assert message.address.endswith(f" {url}")
    assert f"{URL}/my-entry" in message.body
    assert "CORONAVAC" not in message.body


def test_a_draw_that_is_called_off_says_why(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """Everybody reads the reason, nobody can enter any more, and it cannot be drawn."""
    with sessions() as session, transaction(session):
        announcing.withdraw_draw(
            session, draw_id=draw_id, reason="No vaccine came.", actor=clinic.manager, now=DURING
        )

    with sessions() as session:
        found = queries.get_draw(session, draw_id)
    assert (found.state, found.withdrawn_reason) == (DrawState.WITHDRAWN, "No vaccine came.")
    with pytest.raises(RefusedAct), sessions() as session, transaction(session):
        build.an_entry(session, draw_id, [1])
    with pytest.raises(AlreadyMoved), sessions() as session, transaction(session):
        build.closed(session, clinic, draw_id)


def test_the_worker_closes_what_is_due(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int
) -> None:
    """At the announced second, once, without anybody clicking."""
    assert drawing.close_due(sessions, now=CLOSES - timedelta(seconds=1)) == 0
    assert drawing.close_due(sessions, now=CLOSES) == 1
    assert drawing.close_due(sessions, now=CLOSES) == 0
    with sessions() as session:
        assert queries.get_draw(session, draw_id).state is DrawState.CLOSED
