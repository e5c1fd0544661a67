"""Acts on accounts: add staff, let them in by two factors, let them out. Every act is audited."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.store.encrypted import blind_index
from sensors.store.places import Site
from vaxsite.accounts import rules, tries
from vaxsite.accounts.models import RateLimit, RecoveryCode, Staff, StaffRole, UserSession
from vaxsite.accounts.queries import EMAIL, Credential
from vaxsite.accounts.rules import SENTENCES, Reason
from vaxsite.core import audit, ids
from vaxsite.core.actor import RESIDENT, Actor, ActorKind
from vaxsite.core.decisions import N_, Allowed, Decision, Refused
from vaxsite.core.errors import DomainError, RefusedAct
from vaxsite.core.permissions import Role

# OWASP Password Storage Cheat Sheet: argon2id with m=19 MiB, t=2, p=1. The library's default of
# 64 MiB would take 4 GiB when all 64 threads of the web check a password at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
ISSUER = "Vaxsite"
DEVICE_LENGTH = 200


class AlreadyThere(DomainError):
    """An account with this e-mail address exists."""

    sentence = N_("There is an account with this e-mail address already.")


@dataclass(frozen=True)
class NewStaff:
    """A new account and its secrets, shown once to the person who made it."""

    staff_id: UUID
    totp_secret: str
    totp_uri: str
    recovery_codes: tuple[str, ...]


def add_staff(
    session: Session,
    *,
    name: str,
    email: str,
    password: str,
    posts: Sequence[tuple[Site, Role]],
    language: str,
    actor: Actor,
    now: datetime,
) -> NewStaff:
    """Make an account with its roles at sites; raise `RefusedAct` or `AlreadyThere`."""
    _check_password(password, name, email)
    staff = Staff(
        id=ids.new_id(now),
        name=name,
        email=email.strip(),
        email_index=blind_index(EMAIL, rules.normal_email(email)),
        language=language,
        password_hash=_hasher.hash(password),
        totp_secret=pyotp.random_base32(),
        roles=[StaffRole(site_id=site.id, role=role.value) for site, role in posts],
    )
    session.add(staff)
    try:
        session.flush()
    except IntegrityError as err:
        if "email_index" in str(err.orig):
            raise AlreadyThere from err
        raise
    audit.record(
        session,
        actor=actor,
        action="staff:add",
        subject=f"staff:{staff.id}",
        now=now,
        detail={"roles": [f"{site.code}:{role.value}" for site, role in posts]},
    )
    return _with_secrets(session, staff)


def _check_password(password: str, name: str, email: str) -> None:
    decision = rules.judge_password(password, name=name, email=email)
    if isinstance(decision, Refused):
        raise RefusedAct(decision, SENTENCES)


def _with_secrets(session: Session, staff: Staff) -> NewStaff:
    totp = pyotp.TOTP(staff.totp_secret, interval=rules.CODE_STEP_S)
    return NewStaff(
        staff.id,
        staff.totp_secret,
        totp.provisioning_uri(name=staff.email, issuer_name=ISSUER),
        _new_recovery_codes(session, staff.id),
    )


def _new_recovery_codes(session: Session, staff_id: UUID) -> tuple[str, ...]:
    codes = tuple(_new_recovery_code() for _ in range(rules.RECOVERY_CODES))
    session.add_all(
        RecoveryCode(code_hash=_recovery_hash(staff_id, rules.normal_code(code)), staff_id=staff_id)
        for code in codes
    )
    session.flush()
    return codes


def _new_recovery_code() -> str:
    """Return twelve random digits: every phone shows a keyboard of digits for them."""
    digits = f"{secrets.randbelow(10**rules.RECOVERY_DIGITS):0{rules.RECOVERY_DIGITS}}"
    return " ".join(digits[place : place + 4] for place in range(0, rules.RECOVERY_DIGITS, 4))


def count_try(session: Session, *, email: str, address: str, now: datetime) -> Decision:
    """Count a try to sign in before anything is compared; refuse it when there were too many.

    The limits are the same whether or not the account exists.
    """
    limits = (
        (_address_key(address), rules.TRIES_AN_ADDRESS),
        (_pair_key(email, address), rules.TRIES_A_PAIR),
        (_email_key(email), rules.TRIES_AN_EMAIL),
    )
    for key, allowed in limits:
        decision = rules.judge_tries(tries.count(session, key, now), allowed, now=now)
        if isinstance(decision, Refused):
            return decision
    return Allowed("tries")


def forget_old_tries(session: Session, *, now: datetime) -> int:
    """Delete the counts of windows that are over; return how many. For a job, now and then."""
    old = delete(RateLimit).where(RateLimit.window_at < rules.window_of(now))
    return int(session.execute(old).rowcount)  # type: ignore[attr-defined]  # A CursorResult.


def password_fits(credential: Credential | None, password: str) -> bool:
    """Compare a password; an unknown account takes as long as a wrong password.

    Slow on purpose: call it outside a transaction.
    """
    try:
        _hasher.verify(credential.password_hash if credential else _stand_in(), password)
    except (VerificationError, InvalidHashError):
        return False
    return credential is not None


def record_failed_password(
    session: Session, *, credential: Credential | None, now: datetime
) -> Refused:
    """Leave in the audit that a password was wrong; the answer names no reason but that."""
    subject = f"staff:{credential.staff_id}" if credential else "staff:unknown"
    audit.record(session, actor=RESIDENT, action="staff:password_wrong", subject=subject, now=now)
    return Refused(Reason.WRONG, "password")


def check_code(
    session: Session, *, staff_id: UUID, code: str, address: str, language: str, now: datetime
) -> Decision:
    """Compare the second factor: a code of the app or a recovery code, each works once.

    Wrong codes in a row lock the account for a while; a right one ends the counting of tries.
    *language* is the one of this sign-in and becomes that of messages to the person.
    """
    staff = session.get_one(Staff, staff_id, with_for_update=True)
    decision = rules.judge_lock(staff.locked_until, now=now)
    if isinstance(decision, Refused) or not staff.active:
        return decision if isinstance(decision, Refused) else Refused(Reason.WRONG, "active")
    if not _use_code(session, staff, rules.normal_code(code), now):
        return _record_wrong_code(session, staff, now)
    session.execute(
        update(Staff)
        .where(Staff.id == staff_id)
        .values(failed_tries=0, locked_until=None, language=language)
    )
    counted = (_pair_key(staff.email, address), _email_key(staff.email))
    session.execute(delete(RateLimit).where(or_(*map(tries.is_key, counted))))
    return Allowed("code")


def _use_code(session: Session, staff: Staff, code: str, now: datetime) -> bool:
    step = rules.fitting_step(staff.totp_secret, code, used_step=staff.totp_used_step, now=now)
    if step is not None:
        used = session.execute(
            update(Staff)
            .where(Staff.id == staff.id, Staff.totp_used_step < step)
            .values(totp_used_step=step)
        )
        return bool(used.rowcount == 1)  # type: ignore[attr-defined]  # A CursorResult.
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == _recovery_hash(staff.id, code),
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # A CursorResult.
        return False
    audit.record(
        session,
        actor=_self(staff.id),
        action="staff:recovery_code",
        subject=f"staff:{staff.id}",
        now=now,
    )
    return True


def _record_wrong_code(session: Session, staff: Staff, now: datetime) -> Refused:
    wrong = staff.failed_tries + 1
    locks = wrong >= rules.WRONG_CODES
    staff.failed_tries = 0 if locks else wrong
    staff.locked_until = now + rules.LOCKED_FOR if locks else staff.locked_until
    audit.record(
        session,
        actor=RESIDENT,
        action="staff:lock" if locks else "staff:code_wrong",
        subject=f"staff:{staff.id}",
        now=now,
    )
    session.flush()
    if locks:
        detail = {"minutes": rules.minutes(rules.LOCKED_FOR)}
        return Refused(Reason.LOCKED, "lock", since=now, detail=detail)
    return Refused(Reason.CODE_WRONG, "code")


def open_session(session: Session, *, staff_id: UUID, device: str, now: datetime) -> str:
    """Begin a sign-in and return its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=token_hash(token),
            staff_id=staff_id,
            created_at=now,
            seen_at=now,
            device=device[:DEVICE_LENGTH],
        )
    )
    audit.record(
        session,
        actor=_self(staff_id),
        action="staff:sign_in",
        subject=f"staff:{staff_id}",
        now=now,
    )
    session.flush()
    return token


def keep_alive(session: Session, *, token: str, now: datetime) -> None:
    """Note that a sign-in is in use."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == token_hash(token), UserSession.ended_at.is_(None))
        .values(seen_at=now)
    )


def close_session(session: Session, *, token: str, actor: Actor, now: datetime) -> None:
    """End the sign-in of *token*."""
    _close(session, UserSession.token_hash == token_hash(token), actor, "staff:sign_out", now)


def close_other_sessions(
    session: Session, *, staff_id: UUID, token: str, actor: Actor, now: datetime
) -> int:
    """End every sign-in of *staff_id* but that of *token*; return how many."""
    which = (UserSession.staff_id == staff_id) & (UserSession.token_hash != token_hash(token))
    return _close(session, which, actor, "staff:sign_out_others", now)


def revoke_sessions(session: Session, *, staff_id: UUID, actor: Actor, now: datetime) -> int:
    """End every sign-in of *staff_id*, as for a lost tablet; return how many."""
    return _close(session, UserSession.staff_id == staff_id, actor, "staff:revoke", now)


def _close(
    session: Session, which: ColumnElement[bool], actor: Actor, action: str, now: datetime
) -> int:
    ended = session.execute(
        update(UserSession)
        .where(which, UserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(UserSession.staff_id)
    ).scalars()
    owners = list(ended)
    for staff_id in sorted(set(owners)):
        audit.record(
            session,
            actor=actor,
            action=action,
            subject=f"staff:{staff_id}",
            now=now,
            detail={"sessions": owners.count(staff_id)},
        )
    return len(owners)


def token_hash(token: str) -> bytes:
    """Return what stands in the table for *token*, which is random and needs no salt."""
    return hashlib.sha256(token.encode()).digest()


def _self(staff_id: UUID) -> Actor:
    """Return the person as the one who acts, before the roles matter."""
    return Actor(ActorKind.STAFF, str(staff_id))


@cache
def _stand_in() -> str:
    """Return a hash to compare with where there is no account, so that it takes as long."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _recovery_hash(staff_id: UUID, code: str) -> bytes:
    return blind_index("recovery_code.code_hash", f"{staff_id}:{code}")


def _email_key(email: str) -> str:
    return f"sign-in as {rules.normal_email(email)}"


def _pair_key(email: str, address: str) -> str:
    return f"sign-in as {rules.normal_email(email)} from {address}"


def _address_key(address: str) -> str:
    return f"sign-in from {address}"
