"""Refusals and faults reach people as a page in their language, programs as problem+json."""

from datetime import date, datetime, timedelta
from enum import StrEnum

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from sensors.store.outbox import OutboxMessage
from sensors.store.readings import SensorState
from tests.build.sites import a_sensor
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.app import create_app
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.settings import WebSettings
from vaxsite.web.access import public
from vaxsite.web.db import db


class Reason(StrEnum):
    """Why the second dose waits."""

    EARLY = "early"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "We cannot find that"), ("zh", "没有找到相关内容")]
)
def test_unknown_address(client: PageClient, language: str, title: str) -> None:
    """A wrong address gets a page that helps on."""
    response = client.get("/nothing-here", language=language)

    assert response.status_code == 404
    assert client.page.all("h1")[0].text == title


def test_unknown_address_as_json(client: PageClient) -> None:
    """A program gets RFC 9457."""
    response = client.get("/nothing-here", headers={"Accept": "application/json"})

    assert response.mimetype == "application/problem+json"
    assert response.get_json()["status"] == 404
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_somebody_else_was_first(client: PageClient, language: str) -> None:
    """A record that moved meanwhile is no fault: the person looks again."""
    response = client.get("/gallery/moved", language=language)

    assert response.status_code == 409
    assert {"en": "Somebody else was first.", "zh": "已有其他人先行处理。"}[
        language
    ] in response.text


def test_a_form_without_token_is_refused_in_words(client: PageClient) -> None:
    """A forged or stale form changes nothing and says what to do."""
    response = client.post("/gallery", data={"name": "x"})

    assert response.status_code == 400
    assert "This page was open too long" in response.text


def test_wrong_method(client: PageClient) -> None:
    """A form sent where none is says so, and names what is possible."""
    response = client.get("/sign-out")

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_too_large_a_body(client: PageClient) -> None:
    """More than two megabytes is refused."""
    response = client.post("/gallery", data={"note": "x" * 3_000_000})

    assert response.status_code == 413


def test_a_refused_act_shows_its_reason_with_dates_in_words(app: Flask, client: PageClient) -> None:
    """The reason of a rule reaches page and JSON alike."""
    sentences = {Reason.EARLY: "The second dose is due on %(due)s."}

    @public
    def refuse() -> str:
        detail = {"due": date(2026, 3, 1)}
        raise RefusedAct(Refused(Reason.EARLY, "interval@2", detail=detail), dict(sentences))

    app.add_url_rule("/refuse", view_func=refuse)

    assert "The second dose is due on 1 March 2026." in client.get("/refuse").text
    problem = client.get("/refuse", headers={"Accept": "application/json"}).get_json()
    assert (problem["reason"], problem["rule"]) == ("early", "interval@2")


def test_a_fault_of_ours_tells_nothing_of_itself(
    app: Flask, client: PageClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page apologises; the log has the fault, the page has not."""

    @public
    def fail() -> str:
        raise RuntimeError("row 7 of Ana")

    app.add_url_rule("/fail", view_func=fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    response = client.get("/fail", language="zh")

    assert response.status_code == 500
    assert "系统出现故障" in response.text
    assert "Ana" not in response.text


def test_health(client: PageClient) -> None:
    """A process at the newest migration is ready; before the first reading there is no age."""
    assert client.get("/healthz").get_json() == {"alive": True}
    assert client.get("/readyz").get_json() == {
        "ready": True,
        "database": True,
        "migrated": True,
        "newest_reading_age_s": None,
        "outbox_age_s": None,
    }


@pytest.fixture
def cut_off(data_keys: str) -> FlaskClient:
    """Return the browser of somebody who is signed in, while the database server is away."""
    settings = WebSettings(
        database_url="postgresql://nobody@127.0.0.1:1/none",
        data_keys=data_keys,
        secret_key="s" * 32,
    )
    app = create_app(settings)
    app.test_client_class = PageClient
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = "some"
    return client


def test_a_database_that_is_away_is_503(cut_off: FlaskClient) -> None:
    """People are asked to come back, even those whom the database would have to name."""
    response = cut_off.get("/account", headers={"Accept-Language": "zh"})

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "系统暂时无法访问" in response.text


def test_a_database_that_goes_away_after_the_answer_spoils_nothing(
    app: Flask, client: PageClient
) -> None:
    """What was done is told although the session cannot be ended well; the next request is new."""

    @public
    def answer() -> str:
        connection = db.session.connection()
        connection.exec_driver_sql("SELECT 1")
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.close()
        return "done"

    app.add_url_rule("/answer", view_func=answer)

    assert client.get("/answer").text == "done"
    assert client.get("/readyz").get_json()["ready"]


def test_not_ready_without_database(cut_off: FlaskClient) -> None:
    """Without its database the web is alive, not ready, and says nothing of addresses."""
    with cut_off.session_transaction() as cookie:
        cookie.clear()

    assert cut_off.get("/healthz").status_code == 200
    response = cut_off.get("/readyz")

    assert response.status_code == 503
    assert response.get_json() == {"ready": False, "database": False}


def test_age_of_readings_and_lateness_of_messages(
    client: PageClient, session: Session, clock: FrozenClock
) -> None:
    """A message for tomorrow is not late; the oldest due one counts, and the newest reading."""
    sensor = a_sensor(session)
    session.add(
        SensorState(sensor_id=sensor.id, received_at=clock.now - timedelta(seconds=40), rules={})
    )
    session.add(_a_message("late", clock.now - timedelta(seconds=90)))
    session.add(_a_message("later", clock.now + timedelta(days=1)))
    session.commit()

    found = client.get("/readyz").get_json()

    assert (found["newest_reading_age_s"], found["outbox_age_s"]) == (40, 90)


def _a_message(key: str, send_after: datetime) -> OutboxMessage:
    return OutboxMessage(
        delivery_key=key,
        kind="alert:opened",
        about="alert:7",
        channel="console",
        address="nina@example.com",
        language="en",
        subject="Fridge 1",
        body="Too warm",
        created_at=send_after - timedelta(days=1),
        send_after=send_after,
        state="waiting",
    )


def test_cookies_over_tls(sqlite_url: str, data_keys: str) -> None:
    """On an https address the cookie is bound to this host and to TLS."""
    settings = WebSettings(
        database_url=sqlite_url,
        data_keys=data_keys,
        secret_key="s" * 32,
        public_url="https://vax.example",
    )
    client = create_app(settings).test_client()

    response = client.get("/sign-in", base_url="https://vax.example")

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-vax=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
    assert "max-age" in response.headers["Strict-Transport-Security"]
