"""Pages of duty: who is on call, the chain, a test alarm, the link of a message, the report."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import calling, receipts
from sensors.store.duty import ChainRow, Contact, ContactAddress, DutyCover, DutyShift, StepRow
from sensors.store.episodes import AlertAct, AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import clinic as build
from tests.build.clinic import Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.duty import rules
from vaxsite.duty.rules import Bucket
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
HOME = "/coldchain/duty"


@pytest.fixture
def site_id(app: Flask, clock: FrozenClock) -> int:
    """Store the clinic with its fridge and probe; return its id."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic: Clinic = build.a_stocked_clinic(store)
        store.commit()
        return clinic.site.id


@pytest.fixture
def pharmacist(client: PageClient, site_id: int) -> PageClient:
    """Return a browser in which the clinic's pharmacist is signed in."""
    client.sign_in(Role.PHARMACIST, site=site_id)
    return client


def stored(app: Flask, kind: type) -> list[object]:
    """Return every row of a table."""
    with app.app_context():
        return list(db.session().scalars(select(kind)))


def add_person(client: PageClient, site_id: int, **more: str) -> None:
    """Add Li with a text message and a telephone."""
    given = {"name": "Li Na", "role": "pharmacist", "speaks": "zh", "channel": "apprise"}
    given |= {"address": "ntfy://li-na", "channel2": "voice", "address2": "13800001234"}
    client.submit(f"{HOME}/{site_id}/people", **(given | more))


@LANGUAGES
def test_every_page_of_duty_opens_for_a_pharmacist(
    pharmacist: PageClient, site_id: int, language: str
) -> None:
    """With somebody on call, and without."""
    pages = [HOME, f"{HOME}/{site_id}/people", f"{HOME}/{site_id}/week"]
    pages += [f"{HOME}/{site_id}/hand-over", f"{HOME}/{site_id}/chain/critical"]
    pages += [f"{HOME}/{site_id}/chain/warning", "/coldchain/report"]
    for _ in range(2):
        assert [pharmacist.get(one, language=language).status_code for one in pages] == [200] * 7
        add_person(pharmacist, site_id)
        pharmacist.submit(
            f"{HOME}/{site_id}/week",
            contact="1",
            place="1",
            weekdays="0",
            begins="18:00",
            ends="8:00",
        )


def test_person_with_two_channels_is_added_and_shown_without_the_whole_number(
    pharmacist: PageClient, app: Flask, site_id: int
) -> None:
    """Colleagues know the address by its end; nobody reads it from the page."""
    add_person(pharmacist, site_id)

    shown = pharmacist.get(HOME).text
    assert "···1234" in shown
    assert "13800001234" not in shown
    addresses = stored(app, ContactAddress)
    assert [(one.rank, one.channel) for one in addresses] == [(1, "apprise"), (2, "voice")]  # type: ignore[attr-defined]  # rows


def test_half_a_second_channel_is_refused(pharmacist: PageClient, app: Flask, site_id: int) -> None:
    """A channel without an address would be tried in vain."""
    add_person(pharmacist, site_id, address2="")
    assert stored(app, Contact) == []


def test_night_shift_of_two_days_reaches_into_the_mornings(
    pharmacist: PageClient, app: Flask, site_id: int
) -> None:
    """From 18:00 until 08:00 is fourteen hours."""
    add_person(pharmacist, site_id)
    token = pharmacist.token()
    data = {"contact": "1", "place": "1", "weekdays": ["0", "4"], "begins": "18:00"}
    pharmacist.post(f"{HOME}/{site_id}/week", data={**data, "ends": "08:00", "csrf_token": token})

    found = stored(app, DutyShift)
    assert [(one.weekday, one.starts_minute, one.lasts_minutes) for one in found] == [  # type: ignore[attr-defined]  # rows
        (0, 1080, 840),
        (4, 1080, 840),
    ]
    pharmacist.post(f"{HOME}/{site_id}/week/1/remove", data={"csrf_token": token})
    assert len(stored(app, DutyShift)) == 1


def test_duty_is_handed_over_with_a_note_and_an_end(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """Without a note it is not."""
    add_person(pharmacist, site_id)
    where = f"{HOME}/{site_id}/hand-over"
    refused = pharmacist.submit(where, contact="1", place="1", hours="12", note="")
    pharmacist.submit(where, contact="1", place="1", hours="12", note="Wang is ill")

    assert refused.status_code == 422
    (cover,) = stored(app, DutyCover)
    assert cover.ends_at == clock.now + timedelta(hours=12)  # type: ignore[attr-defined]  # a row
    assert "Wang is ill" in pharmacist.get(HOME).text


def test_cover_is_planned_on_the_clock_of_the_site_and_taken_back(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """A holiday is entered before it; half a beginning, the past and another site are refused."""
    add_person(pharmacist, site_id)
    where = f"{HOME}/{site_id}/hand-over"
    cover = {"contact": "1", "place": "1", "hours": "48", "note": "holiday"}
    ahead = (clock.now + timedelta(days=9)).date().isoformat()
    past = (clock.now - timedelta(days=2)).date().isoformat()
    for wrong in ({"on": ahead}, {"begins": "08:00"}, {"on": past, "begins": "08:00"}):
        assert pharmacist.submit(where, **(cover | wrong)).status_code == 422
    assert pharmacist.submit(where, **(cover | {"on": ahead, "begins": "8:00"})).status_code == 303

    (row,) = stored(app, DutyCover)
    beijing = datetime.fromisoformat(f"{ahead}T08:00+08:00")
    assert (row.starts_at, row.ends_at) == (beijing, beijing + timedelta(hours=48))  # type: ignore[attr-defined]  # a row
    assert "Standing in" in pharmacist.get(HOME).text
    pharmacist.get(HOME)
    token = pharmacist.token()
    pharmacist.post(f"{where}/1/end", data={"csrf_token": token})
    assert stored(app, DutyCover) == []


def test_step_names_one_person_and_a_channel(
    pharmacist: PageClient, app: Flask, site_id: int
) -> None:
    """Somebody of another site, or of none, cannot be named."""
    add_person(pharmacist, site_id)
    where = f"{HOME}/{site_id}/chain/critical"
    chain = {"repeat": "30", "whom1": "contact:1", "channel1": "voice", "whom2": "everybody"}
    assert pharmacist.submit(where, **chain).status_code == 303

    steps = stored(app, StepRow)
    assert [(one.whom, one.contact_id, one.channel) for one in steps] == [  # type: ignore[attr-defined]  # rows
        ("contact", 1, "voice"),
        ("everybody", None, None),
    ]
    assert "Li Na (Telephone call)" in pharmacist.get(HOME).text
    assert '<option value="contact:1" selected' in pharmacist.get(where).text
    for wrong, status in (("contact:9", 404), ("contact:x", 422), ("contact", 422)):
        assert pharmacist.submit(where, **(chain | {"whom1": wrong})).status_code == status


def test_chain_is_saved_in_its_order_and_replaced_by_the_next(
    pharmacist: PageClient, app: Flask, site_id: int
) -> None:
    """Empty places are left out; half of the hours is refused; no step is refused."""
    where = f"{HOME}/{site_id}/chain/critical"
    empty = {f"whom{place}": "" for place in range(1, 5)} | {"repeat": "30"}
    for faulty in ({"whom1": "on_call", "begins": "08:00", "ends": ""}, {"repeat": "30"}):
        assert pharmacist.submit(where, **(empty | faulty)).status_code == 422
    for wait in ("10", "20"):
        pharmacist.submit(where, **(empty | {"whom1": "on_call", "wait1": wait, "whom3": "role"}))

    assert len(stored(app, ChainRow)) == 1
    steps = stored(app, StepRow)
    assert [(one.place, one.whom, one.role, one.wait_minutes) for one in steps] == [  # type: ignore[attr-defined]  # rows
        (1, "on_call", None, 20),
        (2, "role", "manager", 15),
    ]


def test_test_alarm_calls_and_its_message_is_confirmed_by_its_link_only_by_a_post(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """A mail scanner that follows the link confirms nothing; a made-up link is not found."""
    add_person(pharmacist, site_id)
    answer = pharmacist.submit(HOME, unit="1")
    assert answer.headers["Location"].startswith("/coldchain/alerts/")
    assert pharmacist.get(answer.headers["Location"]).status_code == 200
    with app.app_context():
        key = (
            db.session()
            .scalars(
                select(OutboxMessage.delivery_key).where(OutboxMessage.recipient == "contact:1")
            )
            .one()
        )
        number = (
            db.session()
            .scalars(select(OutboxMessage.id).where(OutboxMessage.delivery_key == key))
            .one()
        )
        link = f"/received/{receipts.token_of(number, key)}"

    def state() -> str:
        with app.app_context():
            return db.session().get_one(OutboxMessage, number).state

    pharmacist.get(link)
    before = state()
    pharmacist.submit(link)
    assert (before, state()) == ("waiting", "confirmed")
    assert pharmacist.get(link[:-1] + "-", check=False).status_code == 404


def test_alert_is_snoozed_with_an_end_and_refused_without_one_that_is_allowed(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """25 hours are too long; one hour is fine, and then it calls again."""
    where = pharmacist.submit(HOME, unit="1").headers["Location"]
    long = pharmacist.submit(f"{where}/quiet", kind="snooze", hours="25", note="part")
    pharmacist.submit(f"{where}/quiet", kind="snooze", hours="1", note="part comes")

    assert long.status_code == 422
    (row,) = stored(app, AlertRow)
    assert (row.state, row.returns_at) == ("snoozed", clock.now + timedelta(hours=1))  # type: ignore[attr-defined]  # a row
    assert pharmacist.get(where, language="zh").status_code == 200


def test_acknowledged_alert_is_handed_to_a_colleague_who_may_answer(
    pharmacist: PageClient, app: Flask, site_id: int
) -> None:
    """The page offers whoever may answer at that clinic, and nobody else."""
    where = pharmacist.submit(HOME, unit="1").headers["Location"]
    with app.app_context(), Session(db.engine) as store, transaction(store) as session:
        session.get_one(AlertRow, 1).kind = "silence"
    pharmacist.submit(where, note="on my way")
    pharmacist.get(f"{where}/hand-over")
    offered = [
        one.attributes["value"]
        for one in pharmacist.page.all("input")
        if one.attributes.get("name") == "to"
    ]
    pharmacist.submit(f"{where}/hand-over", to=offered[0], note="my shift ends")

    assert len(offered) == 1
    acts = [one.act for one in stored(app, AlertAct)]  # type: ignore[attr-defined]  # rows
    assert acts == ["alert:acknowledge", "alert:hand-over"]


def test_alert_that_nobody_answers_is_shouted_on_the_wall(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """After the last step of its chain."""
    empty = {f"whom{place}": "" for place in range(1, 5)} | {"repeat": "30"}
    pharmacist.submit(
        f"{HOME}/{site_id}/chain/critical",
        **(empty | {"whom1": "everybody", "whom2": "everybody", "wait1": "5", "wait2": "5"}),
    )
    pharmacist.submit(HOME, unit="1")
    assert "NOBODY ANSWERS" not in pharmacist.get("/coldchain/wall").text
    for _ in range(2):
        clock.advance(minutes=5)
        with app.app_context(), Session(db.engine) as store, transaction(store) as session:
            calling.repeat_due(session, now=clock.now)

    assert "NOBODY ANSWERS" in pharmacist.get("/coldchain/wall").text


def test_report_counts_answers_by_their_time_and_gives_each_alert_as_csv(
    pharmacist: PageClient, app: Flask, site_id: int, clock: FrozenClock
) -> None:
    """A drill is counted by itself."""
    where = pharmacist.submit(HOME, unit="1").headers["Location"]
    clock.advance(minutes=10)
    pharmacist.submit(where, note="heard it")

    month = f"{build.OPENED:%Y-%m}"
    lines = pharmacist.get(f"/coldchain/report.csv?month={month}").text.splitlines()
    assert lines[0].lstrip("\ufeff").startswith("alert,site,unit,kind")
    assert lines[1].split(",")[3:5] + lines[1].split(",")[6:] == ["test", "critical", "10", "10"]
    assert pharmacist.get(f"/coldchain/report?month={month}&site={site_id}").status_code == 200


@pytest.mark.parametrize(
    ("minutes", "bucket"),
    [(0, "30"), (30, "30"), (30.1, "60"), (60, "60"), (120, "120"), (121, "more"), (None, "never")],
)
def test_limit_of_a_bucket_belongs_to_it(minutes: float | None, bucket: str) -> None:
    """Thirty minutes are within thirty minutes."""
    took = None if minutes is None else timedelta(minutes=minutes)
    assert rules.bucket(took) is Bucket(bucket)


def test_nurse_may_not_change_who_is_called_and_a_stranger_sees_another_site_not(
    client: PageClient, site_id: int
) -> None:
    """The door and the record are guarded by themselves."""
    client.sign_in(Role.NURSE, site=site_id)
    assert client.get(HOME, check=False).status_code == 403
    assert client.get("/coldchain/report").status_code == 200
