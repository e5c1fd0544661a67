"""Transmissions over HTTP: stored before the answer, each once, or refused with a reason."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.store.episodes import ExcursionRow
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow, SetAside
from sensors.store.transaction import transaction
from tests.build import places as build
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.exchange import services
from vaxsite.exchange.models import TransmissionSource

ADDRESS = "/api/v1/cce/transmissions"
TEST = system("test")


def transmission(*records: dict[str, Any], **report: Any) -> dict[str, Any]:  # Any: JSON.
    """Return *records* as the RTM transmission of one appliance."""
    return {
        "meta": {
            "schemaVersion": "0.8.1",
            "transferType": "rtm",
            "transferId": "t-7",
            "transferSrc": "org.example",
            "transferredAt": "2026-01-12T03:15:04Z",
        },
        "data": [
            {
                "AMID": "log-1",
                "CID": "CN",
                "EDOP": None,
                "EMFR": None,
                "EMOD": None,
                "EPQS": None,
                "ESER": "77",
                "EMSV": "1.2",
                "DLST": {"TVC": {}},
                "records": list(records),
                **report,
            }
        ],
    }


def record(at: str = "20260112T030000Z", **codes: Any) -> dict[str, Any]:  # Any: JSON.
    """Return a calm record with *codes* changed."""
    return {"ABST": at, "TVC": 4.6, "BEMD": 210.0, "ALRM": None, "EERR": None, **codes}


@pytest.fixture
def token(session: Session, sessions: sessionmaker[Session], clock: FrozenClock) -> str:
    """Return the token of a supplier of one site, where its logger hangs in a fridge."""
    site = build.a_site(session)
    probe = build.a_probe(session, unit=build.a_fridge(session, site=site), device="log-1")
    probe.channel = "TVC"
    site_id = site.id
    session.commit()
    with sessions() as other, transaction(other):
        return services.add_source(
            other, name="org.example", site_id=site_id, actor=TEST, now=clock()
        )


def send(client: PageClient, token: str, body: object, **headers: str) -> TestResponse:
    """Send *body*, JSON or bytes, as the supplier with *token*."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(ADDRESS, data=data, headers={"Authorization": f"Bearer {token}", **headers})


def stored(session: Session) -> list[int | None]:
    """Return the temperatures that are stored, in their order."""
    session.rollback()
    rows = session.execute(select(ReadingRow.centi).order_by(ReadingRow.measured_at))
    return [row.centi for row in rows]


@pytest.mark.parametrize(
    "instants",
    [
        ("20260112T000000Z", "20260112T001500Z"),
        ("20260712T000000Z", "20260712T001500Z"),
        ("2026-1-12", None),
    ],
    ids=["right clock", "wrong clock", "no time that can be read"],
)
def test_a_transmission_is_stored_before_the_answer_and_once_when_repeated(
    client: PageClient,
    token: str,
    session: Session,
    clock: FrozenClock,
    instants: tuple[str, str],
) -> None:
    """A supplier that heard no answer sends it again; nothing is counted twice."""
    body = transmission(record(instants[0]), record(instants[1], TVC=8.1))

    first = send(client, token, body)
    clock.advance(minutes=20)
    again = send(client, token, body)

    assert first.json == {"transferId": "t-7", "new": 2, "duplicates": 0, "unknown": []}
    assert again.json == {"transferId": "t-7", "new": 0, "duplicates": 2, "unknown": []}
    assert stored(session) == [460, 810]
    actions = session.scalars(
        select(audit.AuditEntry.action)
        .where(audit.AuditEntry.actor_id == "source:org.example")
        .order_by(audit.AuditEntry.id)
    )
    assert list(actions) == ["transmission:accept", "transmission:repeat"]


def test_readings_sent_again_in_another_transmission_are_stored_once(
    client: PageClient, token: str, session: Session
) -> None:
    """The standard asks suppliers to send everything since the last attempt."""
    send(client, token, transmission(record("20260112T000000Z")))

    answer = send(
        client,
        token,
        transmission(record("20260112T000000Z"), record("20260112T001500Z", TVC=8.1)),
    )

    assert answer.json is not None
    assert (answer.json["new"], answer.json["duplicates"]) == (1, 1)
    assert stored(session) == [460, 810]


def test_a_transmission_may_be_packed_by_gzip(
    client: PageClient, token: str, session: Session
) -> None:
    """What travels is at most 1 MB; what it unpacks to may be more."""
    instants = [f"202601{day:02}T{hour:02}0000Z" for day in range(1, 13) for hour in range(24)]
    records = [record(instant, EERR="x" * 4_000) for instant in instants]
    body = gzip.compress(json.dumps(transmission(*records)).encode())

    answer = send(client, token, body, **{"Content-Encoding": "gzip"})

    assert (answer.status_code, len(stored(session))) == (200, len(records))


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"x" * 1_048_577, "identity", 413),
        (gzip.compress(b" " * 16_777_217), "gzip", 413),
        (gzip.compress(b"{}")[:-3], "gzip", 415),
        (gzip.compress(b"{}") + b"more", "gzip", 415),
        (b"{}", "gzip", 415),
        (b"{}", "br", 415),
        (b"", "identity", 422),
        (b'{"meta":', "identity", 422),
        (b"[" * 100_000, "identity", 422),
    ],
    ids=["1 MB", "bomb", "cut off", "more", "not packed", "other", "empty", "no JSON", "deep"],
)
def test_a_body_that_cannot_be_taken_is_refused_as_a_problem(
    client: PageClient, token: str, session: Session, body: bytes, encoding: str, status: int
) -> None:
    """None of these statuses asks the supplier to try the same again."""
    answer = send(client, token, body, **{"Content-Encoding": encoding})

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert answer.json["detail"]
    assert stored(session) == []


def test_a_refusal_says_what_is_wrong_and_where(
    client: PageClient, token: str, session: Session
) -> None:
    """One wrong record refuses the transmission whole, and nothing of it is kept."""
    broken = record("20260112T031500Z")
    del broken["ALRM"]

    answer = send(client, token, transmission(record(), broken))

    assert answer.json is not None
    assert answer.json["detail"].endswith("data[0].records[1] lacks ALRM")
    assert stored(session) == []
    assert session.scalar(select(func.count()).select_from(SetAside)) == 0


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic d3Jvbmc6"])
def test_nobody_sends_without_a_token_of_a_source(
    client: PageClient, token: str, header: str
) -> None:
    """The answer names the way, and does not tell a wrong token from a missing one."""
    answer = client.post(ADDRESS, data=b"{}", headers={"Authorization": header})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.mimetype == "application/problem+json"


def test_a_revoked_source_sends_no_more(
    client: PageClient, token: str, sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """From the commit of the revocation; its name cannot be given again."""
    with sessions() as session, transaction(session):
        services.revoke_source(session, name="org.example", actor=TEST, now=clock())

    assert send(client, token, transmission(record())).status_code == 401
    with (
        sessions() as session,
        pytest.raises(services.NoSuchSource),
        transaction(session),
    ):
        services.revoke_source(session, name="org.example", actor=TEST, now=clock())
    with (
        sessions() as session,
        pytest.raises(services.SourceThere),
        transaction(session),
    ):
        services.add_source(session, name="org.example", site_id=None, actor=TEST, now=clock())


def test_the_token_itself_is_not_kept(session: Session, token: str) -> None:
    """A stolen database lets nobody send."""
    kept = session.scalars(select(TransmissionSource.token_digest)).one()

    assert kept == services.digest(token)
    assert token.encode() not in kept


def test_an_unknown_probe_is_told_and_set_aside(
    client: PageClient, token: str, session: Session
) -> None:
    """Responsibility is taken for all of it: the known is stored, the rest waits for adoption."""
    body = transmission(record())
    body["data"] += transmission(record(), AMID="log-9")["data"]

    answer = send(client, token, body)

    assert answer.json is not None
    assert (answer.json["new"], answer.json["unknown"]) == (1, ["log-9 TVC"])
    session.rollback()
    assert session.scalars(select(SetAside.topic)).all() == ["cce/org.example/transmission"]


def test_a_source_of_one_site_cannot_speak_for_probes_of_another(
    client: PageClient, token: str, session: Session, clock: FrozenClock
) -> None:
    """A supplier, or a thief of its token, cannot make another clinic's fridge look cold."""
    unit = build.a_fridge(session, site=build.a_site(session, code="haidian"))
    probe = build.a_probe(session, unit=unit, device="elsewhere")
    probe.channel = "TVC"
    session.commit()

    answer = send(client, token, transmission(record(), AMID="elsewhere"))

    assert answer.json is not None
    assert (answer.json["new"], answer.json["unknown"]) == (0, ["elsewhere TVC"])


def test_a_rule_acts_on_what_was_sent(
    client: PageClient, token: str, session: Session, clock: FrozenClock
) -> None:
    """Readings over HTTP are judged like those over MQTT."""
    began = clock() - timedelta(hours=6)
    records = [
        record((began + timedelta(minutes=15 * n)).strftime("%Y%m%dT%H%M%SZ"), TVC=13.0)
        for n in range(24)
    ]

    send(client, token, transmission(*records))

    session.rollback()
    sensor = session.scalars(select(Sensor).where(Sensor.device == "log-1")).one()
    found = session.scalars(select(ExcursionRow).where(ExcursionRow.sensor_id == sensor.id))
    assert [one.peak_centi for one in found] == [1300]
