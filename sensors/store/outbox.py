"""Tables of what must leave the house, and of who may act: the outbox and the lease."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class OutboxMessage(Base):
    """A message to one address, written in the transaction of its cause and sent afterwards.

    At least once under one `delivery_key`; never for a cause that was rolled back.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        # The sender: what is due, oldest first.
        Index(
            "ix_outbox_send_after",
            "send_after",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # How many messages somebody got lately.
        Index("ix_outbox_recipient_created_at", "recipient", "created_at"),
        # Whose second channel is due.
        Index(
            "ix_outbox_second_at",
            "second_at",
            sqlite_where=text("second_at IS NOT NULL"),
            postgresql_where=text("second_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # What it says: alert:opened, booking:confirmed, ...
    about: Mapped[str] = mapped_column(
        index=True
    )  # The record it is about: alert:7, appointment:...
    channel: Mapped[str]
    address: Mapped[str] = mapped_column(EncryptedText("outbox.address"))
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(EncryptedText("outbox.subject"))
    body: Mapped[str] = mapped_column(EncryptedText("outbox.body"))
    # An iCalendar file that goes with an e-mail.
    calendar: Mapped[str | None] = mapped_column(EncryptedText("outbox.calendar"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    send_after: Mapped[datetime] = mapped_column(
        UtcDateTime
    )  # Pushed on by a lease and by a retry.
    state: Mapped[str]  # sensors.services.outbox.MESSAGES
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    receipt: Mapped[str | None]
    failure: Mapped[str | None]
    recipient: Mapped[str | None]  # contact:3 or target:7, for messages to staff.
    rank: Mapped[int] = mapped_column(default=1, server_default="1")  # Of the contact's addresses.
    second_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # Then, without a receipt, the person's next channel is tried.
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lease(Base):
    """Who acts for the system in one role until when; taken by compare-and-set."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
