"""Accounts below the pages: what is refused, what is left in the audit, what is forgotten."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.sites import a_site
from tests.conftest import FrozenClock
from vaxsite.accounts import queries, services
from vaxsite.accounts.models import RateLimit, UserSession
from vaxsite.accounts.services import AlreadyThere, NewStaff
from vaxsite.core.actor import system
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Allowed, Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.permissions import Permission, Role


def _add(session: Session, clock: FrozenClock, **changes: str) -> NewStaff:
    wanted = {"name": "Nina Zhou", "email": "nina@example.com", "password": "seven quiet herons"}
    return services.add_staff(
        session,
        **{**wanted, **changes},
        posts=[(a_site(session, code="r"), Role.NURSE), (a_site(session, code="h"), Role.MANAGER)],
        language="zh",
        actor=system("cli"),
        now=clock.now,
    )


def test_roles_hold_at_their_site_only(session: Session, clock: FrozenClock) -> None:
    """A nurse of one clinic who manages another has the rights of each where she holds them."""
    made = _add(session, clock)
    token = services.open_session(session, staff_id=made.staff_id, device="x", now=clock.now)
    session.flush()

    live = queries.find_live_session(session, token_hash=services.token_hash(token), now=clock.now)

    assert live is not None
    posts = queries.posts(session, staff_id=made.staff_id)
    assert [post.role for post in posts] == [Role.NURSE, Role.MANAGER]
    assert len(live.actor.sites(Permission.DOSE_RECORD)) == 1
    assert len(live.actor.sites(Permission.PHASE_WRITE)) == 1
    assert live.actor.sites(Permission.DOSE_RECORD) != live.actor.sites(Permission.PHASE_WRITE)


def test_one_account_an_address(session: Session, clock: FrozenClock) -> None:
    """The same address in other capitals is the same account."""
    _add(session, clock)
    session.commit()

    with pytest.raises(AlreadyThere):
        services.add_staff(
            session,
            name="Other",
            email=" NINA@example.com",
            password="nine loud geese fly",
            posts=[],
            language="zh",
            actor=system("cli"),
            now=clock.now,
        )


def test_weak_password_is_refused_with_its_reason(session: Session, clock: FrozenClock) -> None:
    """The reason names the length that is needed."""
    with pytest.raises(RefusedAct) as refused:
        _add(session, clock, password="short")

    assert refused.value.decision.detail == {"least": 12}


def test_uri_fits_an_authenticator_app(session: Session, clock: FrozenClock) -> None:
    """The address in the QR code names the service and the account."""
    made = _add(session, clock)

    assert made.totp_uri.startswith("otpauth://totp/Vaxsite:nina%40example.com?secret=")


def test_counting_goes_through_the_guard_and_ends_with_the_window(
    sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """Tries are counted over sessions, forgotten when the window is over."""

    def one_try() -> Allowed | Refused:
        with sessions() as session, transaction(session):
            return services.count_try(
                session, email="nina@example.com", address="203.0.113.7", now=clock.now
            )

    decisions = [one_try() for _ in range(6)]
    assert [isinstance(one, Allowed) for one in decisions] == [True] * 5 + [False]

    clock.advance(minutes=15)
    assert isinstance(one_try(), Allowed)
    with sessions() as session, transaction(session):
        assert services.forget_old_tries(session, now=clock.now) == 3
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(RateLimit)) == 3


def test_revoking_ends_every_session_with_one_entry(session: Session, clock: FrozenClock) -> None:
    """A lost tablet: all sign-ins end, the audit says how many."""
    made = _add(session, clock)
    for device in ("tablet", "phone"):
        services.open_session(session, staff_id=made.staff_id, device=device, now=clock.now)

    ended = services.revoke_sessions(
        session, staff_id=made.staff_id, actor=system("cli"), now=clock.now
    )
    session.flush()

    assert ended == 2
    assert all(row.ended_at == clock.now for row in session.scalars(select(UserSession)))
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.detail) == ("staff:revoke", {"sessions": 2})
