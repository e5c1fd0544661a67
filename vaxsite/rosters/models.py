"""Tables of rosters: what was uploaded, and its people. Who they are is encrypted."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText

LIVE = text("state IN ('previewed', 'entering', 'in_force', 'undoing')")


class Roster(Base):
    """A list of an employer or community for a clinic: one upload, entered and undone as one."""

    __tablename__ = "roster"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="ends_after_beginning"),
        # The same file for the same group comes once.
        Index(
            "uq_roster_live_digest",
            "site_id",
            "digest",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    organisation: Mapped[str]
    group_code: Mapped[str]  # Of rows that name none.
    language: Mapped[str] = mapped_column(default="zh", server_default="zh")  # Likewise.
    state: Mapped[str]  # vaxsite.rosters.rules.states.ROSTERS
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    # The rows as they were read, until they are entered or forgotten.
    content: Mapped[str | None] = mapped_column(EncryptedText("roster.content"))
    good: Mapped[int]
    faulty: Mapped[int]
    # How far the worker is: good rows entered or skipped, later the last row of the file undone.
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    # Rows whose people came onto another roster before they were entered.
    skipped: Mapped[int] = mapped_column(default=0, server_default="0")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    # Until when its people can book with their invitations; null: they are not invited.
    book_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RosterMember(Base):
    """A person of a roster; their place in a group is the `membership` of the same id."""

    __tablename__ = "roster_member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id"), index=True)
    number: Mapped[int]  # Of the row in the file.
    group_code: Mapped[str]
    name: Mapped[str] = mapped_column(EncryptedText("roster_member.name"))
    born_on: Mapped[date]
    id_kind: Mapped[str]
    id_number: Mapped[str] = mapped_column(EncryptedText("roster_member.id_number"))
    id_index: Mapped[bytes] = mapped_column(LargeBinary)  # As `person.id_index`.
    phone: Mapped[str | None] = mapped_column(EncryptedText("roster_member.phone"))
    email: Mapped[str | None] = mapped_column(EncryptedText("roster_member.email"))
    language: Mapped[str] = mapped_column(default="zh", server_default="zh")  # en or zh
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitation.id"))
