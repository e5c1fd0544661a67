"""Tables of places: sites, storage units, their probes, and which decoder reads which topic."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    UniqueConstraint,
    event,
    insert,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from sensors.domain.readings import EARLIEST
from sensors.store.base import Base, UtcDateTime
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
    # A key of sensors.rulebook.STANDARDS: by what it is judged until the first `RuleChoice`.
    rule_set: Mapped[str]
    # What stands on its plate: AMFR, AMOD, ASER and APQS of WHO PQS E006/DS01.
    maker: Mapped[str | None]
    model: Mapped[str | None]
    serial_number: Mapped[str | None]
    pqs_code: Mapped[str | None]
    made_in: Mapped[int | None]  # The year.
    # Out of use: kept for what was measured in it, and offered for nothing new.
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_by: Mapped[str | None]
    retired_because: Mapped[str | None]


class RuleChoice(Base):
    """By which rule set a unit is judged from an instant on, until the next choice.

    Rows are only added, and never for the past: what was judged stays as it was judged.
    """

    __tablename__ = "rule_choice"

    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"), primary_key=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    rule_set: Mapped[str]  # A key of sensors.rulebook.STANDARDS.
    chosen_by: Mapped[str]  # The actor's id, as vaxsite gives it.
    reason: Mapped[str]


class Sensor(Base):
    """One probe: a channel of a device. `unit_id` is where it hangs now, null while nowhere.

    Where it hung at another time says `ProbePlacement`.
    """

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
    # Seconds between two files of a USB logger; null for a probe that is heard live.
    files_every_s: Mapped[int | None]
    # Readings before it went by the rule of retention; what comes of that time is a repetition.
    kept_from: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProbePlacement(Base):
    """A probe in a unit during [from_at, to_at); `to_at` is null while it hangs there.

    What a reading says of which unit is decided by this alone. `EARLIEST` as the beginning is
    since ever: all that a probe read before it was moved for the first time.
    """

    __tablename__ = "probe_placement"
    __table_args__ = (
        UniqueConstraint("sensor_id", "from_at"),
        CheckConstraint("to_at > from_at", name="period_not_empty"),
        # A probe hangs in one unit at a time.
        Index(
            "uq_probe_placement_sensor_id_now",
            "sensor_id",
            unique=True,
            sqlite_where=text("to_at IS NULL"),
            postgresql_where=text("to_at IS NULL"),
        ),
        # Charts and exports: the probes of a unit during a time.
        Index("ix_probe_placement_unit_id_from_at", "unit_id", "from_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@event.listens_for(Sensor, "after_insert")
def _hang_since_ever(_mapper: Mapper[Sensor], connection: Connection, sensor: Sensor) -> None:
    """Give a probe that is made in a unit its placement there: nothing judges it without one."""
    if sensor.unit_id is not None:
        connection.execute(
            insert(ProbePlacement).values(
                sensor_id=sensor.id, unit_id=sensor.unit_id, from_at=EARLIEST
            )
        )


class PlacesRevision(Base):
    """One row that counts the changes of places, probes and bindings.

    Who keeps them in memory compares it inside the transaction of each batch, so that no reading
    is judged by what was true before the last move.
    """

    __tablename__ = "places_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


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
