"""Tables of messages to residents: what must arrive, and how a clinic sends text messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Letter(Base):
    """A message to a resident whose arrival is followed until it is settled or past.

    The message itself stands in the outbox under the same `delivery_key`.
    """

    __tablename__ = "letter"
    __table_args__ = (
        # Whose end is still to be seen.
        Index(
            "ix_letter_closes_at",
            "closes_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    delivery_key: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    name: Mapped[str] = mapped_column(EncryptedText("letter.name"))
    phone: Mapped[str | None] = mapped_column(EncryptedText("letter.phone"))
    # The same as a text message, tried where an e-mail does not arrive.
    short: Mapped[str | None] = mapped_column(EncryptedText("letter.short"))
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)  # From then on it is past.
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TextGateway(Base):
    """How a clinic sends text messages: a webhook URL with its secret, or an apprise URL."""

    __tablename__ = "text_gateway"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    url: Mapped[str] = mapped_column(EncryptedText("text_gateway.url"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
