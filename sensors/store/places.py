"""Tables of places: sites, storage units, their probes, and which decoder reads which topic."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base
from sensors.store.encrypted import EncryptedText


class Site(Base):
    """A place with fridges, and usually a clinic: its code is what people and commands use."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    timezone: Mapped[str]  # IANA name; local time is for people only.


class StorageUnit(Base):
    """A fridge, freezer or other place that must stay inside the band of its profile."""

    __tablename__ = "storage_unit"
    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[str]
    name_en: Mapped[str]
    name_zh: Mapped[str]
    profile: Mapped[str]  # sensors.domain.units.Profile
    rule_set: Mapped[str]  # A key of sensors.domain.rules.RULE_SETS.


class Sensor(Base):
    """One probe: a channel of a device. `unit_id` is null while it hangs nowhere yet."""

    __tablename__ = "sensor"
    __table_args__ = (
        UniqueConstraint("device", "channel"),
        CheckConstraint("expected_every_s > 0", name="expected_every_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]  # As its payloads name it.
    channel: Mapped[str] = mapped_column(default="", server_default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("storage_unit.id"), index=True)
    expected_every_s: Mapped[int] = mapped_column(default=300, server_default="300")
    silent_after_s: Mapped[int] = mapped_column(default=900, server_default="900")


class TopicBinding(Base):
    """Which decoder reads the messages of a topic filter: configuration, not code."""

    __tablename__ = "topic_binding"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_filter: Mapped[str] = mapped_column(unique=True)
    decoder: Mapped[str]  # A kind of sensors.payloads.registry.


class NoticeTarget(Base):
    """A person or device that is told about a site's alerts. The address may be personal."""

    __tablename__ = "notice_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    channel: Mapped[str]  # A channel's name: console, email, apprise.
    address: Mapped[str] = mapped_column(EncryptedText("notice_target.address"))
    language: Mapped[str]  # en or zh
