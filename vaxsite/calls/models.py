"""Tables of calls to residents: whom to ring up about what, and each try."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText

PENDING = text("state IN ('open', 'wants_to_cancel')")


class ResidentCall(Base):
    """Somebody at the clinic is to ring a resident up, once for each `call_key`."""

    __tablename__ = "resident_call"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries_not_negative"),
        # The list of a clinic: whose turn it is, first.
        Index(
            "ix_resident_call_site_id_due_at",
            "site_id",
            "due_at",
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
        # What is past by now.
        Index(
            "ix_resident_call_closes_at",
            "closes_at",
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    call_key: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    about: Mapped[str] = mapped_column(index=True)  # The record it is about: appointment:...
    reason: Mapped[str]  # vaxsite.calls.rules.CallReason
    state: Mapped[str]  # vaxsite.calls.rules.CALLS
    name: Mapped[str] = mapped_column(EncryptedText("resident_call.name"))
    phone: Mapped[str | None] = mapped_column(EncryptedText("resident_call.phone"))
    language: Mapped[str]  # In which the person is spoken to, and `body` is written.
    subject: Mapped[str] = mapped_column(EncryptedText("resident_call.subject"))
    body: Mapped[str] = mapped_column(EncryptedText("resident_call.body"))  # What to tell them.
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)  # From then on it is past.
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CallTry(Base):
    """One try, what came of it, and who made it."""

    __tablename__ = "call_try"

    call_id: Mapped[UUID] = mapped_column(ForeignKey("resident_call.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # From 1.
    result: Mapped[str]  # vaxsite.calls.rules.CallResult
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str]
