"""Signing in by pages: two factors, the same answer for everybody who is wrong, an end in time."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from tests.build.sites import a_site
from tests.conftest import FrozenClock
from tests.web_client import PageClient, code_now
from vaxsite.accounts import services
from vaxsite.accounts.models import RecoveryCode, Staff, UserSession
from vaxsite.accounts.services import NewStaff
from vaxsite.core.actor import system
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role

PASSWORD = "seven quiet herons wade"


@pytest.fixture
def site(session: Session) -> Site:
    """Return the clinic where Nina works."""
    site = a_site(session)
    session.commit()
    return site


@pytest.fixture
def nina(session: Session, site: Site, clock: FrozenClock) -> NewStaff:
    """Return the account of a nurse."""
    made = services.add_staff(
        session,
        name="Nina Zhou",
        email="Nina@Example.com",
        password=PASSWORD,
        posts=[(site, Role.NURSE)],
        language="en",
        actor=system("test"),
        now=clock.now,
    )
    session.commit()
    return made


def _enter(client: PageClient, nina: NewStaff, clock: FrozenClock) -> None:
    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    code = code_now(nina.totp_secret, clock.now.timestamp())
    assert client.submit("/sign-in/code", code=code).location == "/home"


def _actions(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_password_then_code_lets_her_in(
    client: PageClient, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """Password and code lead to the account; the cookie holds no password state any more."""
    response = client.submit("/sign-in", email="NINA@example.com ", password=PASSWORD)
    assert response.location == "/sign-in/code"

    code = code_now(nina.totp_secret, clock.now.timestamp())
    response = client.submit("/sign-in/code", code=f"{code[:3]} {code[3:]}")

    assert response.location == "/home"
    assert "Nina Zhou" in client.get("/account").text
    assert _actions(session) == ["staff:add", "staff:sign_in"]
    with client.session_transaction() as cookie:
        assert "pending" not in cookie


def test_password_alone_opens_nothing(client: PageClient, nina: NewStaff) -> None:
    """After the password only the code page follows; nothing else opens."""
    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)

    assert client.get("/account").location == "/sign-in?next=/account"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_unknown_user_and_wrong_password_get_the_same_answer(
    client: PageClient, nina: NewStaff, language: str
) -> None:
    """Nobody learns from the answer whether an account exists."""
    known = client.submit("/sign-in", language, email="nina@example.com", password="wrong guess 12")
    unknown = client.submit(
        "/sign-in", language, email="nobody@example.com", password="wrong guess 12"
    )

    sentence = {
        "en": "The e-mail address or the password is not right.",
        "zh": "电子邮箱或密码不正确。",
    }[language]
    assert known.status_code == unknown.status_code == 422
    assert sentence in known.text
    assert sentence in unknown.text


def test_unknown_user_is_compared_with_a_stand_in(nina: NewStaff) -> None:
    """An unknown account costs a hash too, and never fits."""
    assert services.password_fits(None, PASSWORD) is False


def test_sixth_try_in_a_window_is_refused_even_when_right(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """Five tries in a quarter of an hour, then also the right password waits."""
    for _ in range(5):
        client.submit("/sign-in", email="nina@example.com", password="wrong guess 12")
    refused = client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    assert "Too many tries. Wait 15 minutes, then try again." in refused.text

    clock.advance(minutes=15)
    allowed = client.submit("/sign-in", email="nina@example.com", password=PASSWORD)

    assert allowed.location == "/sign-in/code"


def test_a_stranger_elsewhere_does_not_shut_her_out(client: PageClient, nina: NewStaff) -> None:
    """Wrong tries from another address leave the nurse in her clinic alone."""
    client.environ_base["REMOTE_ADDR"] = "203.0.113.66"
    for _ in range(6):
        client.submit("/sign-in", email="nina@example.com", password="wrong guess 12")

    client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    response = client.submit("/sign-in", email="nina@example.com", password=PASSWORD)

    assert response.location == "/sign-in/code"


def test_a_forged_address_counts_for_nothing(client: PageClient, nina: NewStaff) -> None:
    """Without a trusted proxy the header that names another address is not believed."""
    for number in range(6):
        client.get("/sign-in")
        response = client.post(
            "/sign-in",
            data={
                "csrf_token": client.token(),
                "email": "nina@example.com",
                "password": "wrong guess 12",
            },
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )

    assert "Too many tries." in response.text


def test_unknown_user_is_limited_like_a_known_one(client: PageClient, site: Site) -> None:
    """The limit tells nothing about the account either."""
    for _ in range(5):
        client.submit("/sign-in", email="nobody@example.com", password="wrong guess 12")

    refused = client.submit("/sign-in", email="nobody@example.com", password="wrong guess 12")

    assert "Too many tries." in refused.text


def test_a_code_works_once(client: PageClient, nina: NewStaff, clock: FrozenClock) -> None:
    """A code that was used is refused, as by somebody who read it over her shoulder."""
    code = code_now(nina.totp_secret, clock.now.timestamp())
    _enter(client, nina, clock)
    client.post("/sign-out", data={"csrf_token": client.token()})

    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    again = client.submit("/sign-in/code", code=code)

    assert "it was used already" in again.text


def test_five_wrong_codes_lock_the_account(
    client: PageClient, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """The fifth wrong code locks; the right one is refused until the lock ends."""
    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    for _ in range(5):
        response = client.submit("/sign-in/code", code="000000")
    assert "Wait 15 minutes, then sign in again." in response.text
    right = code_now(nina.totp_secret, clock.now.timestamp())
    assert client.submit("/sign-in/code", code=right).status_code == 422
    assert _actions(session)[-1] == "staff:lock"

    clock.advance(minutes=15)
    _enter(client, nina, clock)


def test_a_recovery_code_works_once(
    client: PageClient, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """A recovery code stands in for the phone, once, and the audit says so."""
    typed = nina.recovery_codes[0].replace(" ", "-")
    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    assert client.submit("/sign-in/code", code=typed).location == "/home"
    client.post("/sign-out", data={"csrf_token": client.token()})

    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)
    assert client.submit("/sign-in/code", code=typed).status_code == 422

    assert "staff:recovery_code" in _actions(session)
    stored = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(stored) == 10
    assert all(len(value) == 32 for value in stored)


def test_code_page_without_a_password_goes_back(client: PageClient, nina: NewStaff) -> None:
    """The second step cannot be entered first, nor ten minutes late."""
    assert client.get("/sign-in/code").location == "/sign-in"


def test_code_page_ends_after_ten_minutes(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """Somebody else must not find the second step open."""
    client.submit("/sign-in", email="nina@example.com", password=PASSWORD)

    clock.advance(minutes=10)

    assert client.get("/sign-in/code").location == "/sign-in"


def test_idle_session_ends_and_a_used_one_lasts(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """A sign-in lasts while it is used, and fifteen minutes longer."""
    _enter(client, nina, clock)
    for _ in range(3):
        clock.advance(minutes=14)
        assert client.get("/account").status_code == 200

    clock.advance(minutes=15)

    assert client.get("/account").location == "/sign-in?next=/account"


def test_session_ends_after_twelve_hours_whatever_happens(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """No sign-in is older than a shift."""
    _enter(client, nina, clock)
    for _ in range(71):
        clock.advance(minutes=10)
        assert client.get("/account", check=False).status_code == 200

    clock.advance(minutes=10)

    assert client.get("/account").status_code == 302


def test_sign_out_ends_the_session_on_the_server(
    client: PageClient, app: Flask, nina: NewStaff, clock: FrozenClock
) -> None:
    """A copied cookie is worth nothing after signing out."""
    _enter(client, nina, clock)
    cookie = client.get_cookie("vax")
    assert cookie is not None
    client.post("/sign-out", data={"csrf_token": client.token()})

    thief = app.test_client()
    thief.set_cookie("vax", cookie.value)

    assert thief.get("/account").status_code == 302


def test_signing_out_elsewhere_keeps_this_one(
    client: PageClient, app: Flask, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """A forgotten tablet is signed out from the phone, in the audit by name."""
    tablet = app.test_client()
    assert isinstance(tablet, PageClient)
    _enter(tablet, nina, clock)
    clock.advance(seconds=30)
    _enter(client, nina, clock)
    client.get("/account", language="zh")

    client.submit("/account")
    client.post("/account/sign-out-others", data={"csrf_token": client.token()})

    assert tablet.get("/account").status_code == 302
    assert client.get("/account").status_code == 200
    assert _actions(session)[-1] == "staff:sign_out_others"


def test_table_of_sessions_holds_no_token(
    client: PageClient, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """Who reads the database cannot sign in with what stands there."""
    _enter(client, nina, clock)

    with client.session_transaction() as cookie:
        token = cookie["token"]
    (live,) = session.scalars(select(UserSession)).all()

    assert live.token_hash == services.token_hash(token)
    assert token.encode() not in live.token_hash


def test_next_leads_only_into_this_site(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """A crafted link to the sign-in page does not lead elsewhere afterwards."""
    client.submit("/sign-in?next=//evil.example/", email="nina@example.com", password=PASSWORD)
    code = code_now(nina.totp_secret, clock.now.timestamp())

    assert client.submit("/sign-in/code", code=code).location == "/home"


def test_next_leads_back_to_the_page_that_was_asked_for(
    client: PageClient, nina: NewStaff, clock: FrozenClock
) -> None:
    """After signing in the page opens that was wanted."""
    asked = client.get("/account")
    client.submit(asked.location, email="nina@example.com", password=PASSWORD)
    code = code_now(nina.totp_secret, clock.now.timestamp())

    assert client.submit("/sign-in/code", code=code).location == "/account"


def test_secrets_of_staff_are_not_in_clear(nina: NewStaff, session: Session) -> None:
    """Name, address, second factor and password cannot be read from the table."""
    row = (
        session.connection()
        .exec_driver_sql("SELECT name, email, totp_secret, password_hash FROM staff")
        .one()
    )

    assert b"Nina" not in bytes(row[0])
    assert b"xample" not in bytes(row[1])
    assert nina.totp_secret.encode() not in bytes(row[2])
    assert row[3].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_revoked_and_inactive_staff_are_out(
    client: PageClient, nina: NewStaff, clock: FrozenClock, session: Session
) -> None:
    """Who leaves the clinic is out at once."""
    _enter(client, nina, clock)
    session.rollback()
    session.get_one(Staff, nina.staff_id).active = False
    session.commit()

    assert client.get("/account").status_code == 302
