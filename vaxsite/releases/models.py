"""Tables of imported releases of schedules: which texts, from where, by whom, when.

A release is kept as it came, so that a verdict can be repeated years later with the rules that
gave it. Nothing of it is ever changed; another import is another release.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class ScheduleRelease(Base):
    """One imported release."""

    __tablename__ = "schedule_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(unique=True)  # As the importer named it, else the digest.
    digest: Mapped[str] = mapped_column(unique=True)  # Of the texts: the same import twice is one.
    policy: Mapped[str]  # Whose policy it is, as every verdict by it says.
    antigens: Mapped[int]
    series: Mapped[int]
    unknown_elements: Mapped[int]  # Reported at the import; more than none needs a person.
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScheduleFile(Base):
    """One text of a release, compressed with zlib."""

    __tablename__ = "schedule_file"
    __table_args__ = (UniqueConstraint("release_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("schedule_release.id"))
    name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
