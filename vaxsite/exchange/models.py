"""Tables of the exchange with others: who may send us transmissions, and who gets ours."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class TransmissionSource(Base):
    """A supplier of loggers, known by its bearer token, of which only the digest is kept."""

    __tablename__ = "transmission_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    # Null: a supplier of every site. Otherwise readings of probes elsewhere are set aside.
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TransmissionTarget(Base):
    """Who gets the transmissions of a site, and up to when what came in has been given out."""

    __tablename__ = "transmission_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    way: Mapped[str]  # vaxsite.exchange.publishing.Way
    # A URL with its token after #, or a topic.
    address: Mapped[str] = mapped_column(EncryptedText("transmission_target.address"))
    every_s: Mapped[int]
    sent_to: Mapped[datetime] = mapped_column(UtcDateTime)  # By the time of receipt.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReceivedTransmission(Base):
    """A transmission that was taken in, known by its bytes.

    A reading is stored once by its probe and time; but one whose time is missing or wrong is given
    the time of receipt, and would be new again when the sender repeats what it sent.
    """

    __tablename__ = "received_transmission"

    source_id: Mapped[int] = mapped_column(ForeignKey("transmission_source.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
