"""Tables of staff: who may sign in, with which roles at which site, and their live sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Staff(Base):
    """A member of staff. The sign-in name is an e-mail address, found by its blind index."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(EncryptedText("staff.name"))
    email: Mapped[str] = mapped_column(EncryptedText("staff.email"))
    email_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    language: Mapped[str]
    password_hash: Mapped[str]  # argon2id
    totp_secret: Mapped[str] = mapped_column(EncryptedText("staff.totp_secret"))
    totp_used_step: Mapped[int] = mapped_column(default=0, server_default="0")  # A code works once.
    failed_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)
    roles: Mapped[list["StaffRole"]] = relationship(back_populates="staff", lazy="selectin")


class StaffRole(Base):
    """A role that somebody holds at a site."""

    __tablename__ = "staff_role"
    __table_args__ = (UniqueConstraint("staff_id", "site_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    role: Mapped[str]  # vaxsite.core.permissions.Role
    staff: Mapped[Staff] = relationship(back_populates="roles")


class UserSession(Base):
    """A sign-in on one device. The cookie holds a random token; here stands only its hash."""

    __tablename__ = "user_session"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str]  # The browser's own name of itself, cut to 200 characters.


class RecoveryCode(Base):
    """A code for the day the phone is lost; works once."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RateLimit(Base):
    """Tries counted by what is tried and by whom, in windows; counts survive a restart."""

    __tablename__ = "rate_limit"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # No address in clear.
    window_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    tries: Mapped[int]
