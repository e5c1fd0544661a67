"""The table of personal invitations. Who is invited is encrypted; the code is not stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Invitation(Base):
    """One person may book once during [valid_from, valid_to), whoever's turn it is otherwise."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint("valid_to > valid_from", name="ends_after_beginning"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]  # vaxsite.invitations.rules.states.Kind
    state: Mapped[str]  # vaxsite.invitations.rules.states.INVITATIONS
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("clinic_session.id"))
    group_code: Mapped[str]  # The priority group by which the person is allowed.
    # Who: by document where it is known, else by name; always by birth date.
    name: Mapped[str] = mapped_column(EncryptedText("invitation.name"))
    name_index: Mapped[bytes] = mapped_column(LargeBinary)
    born_on: Mapped[date]
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    email: Mapped[str | None] = mapped_column(EncryptedText("invitation.email"))
    phone: Mapped[str | None] = mapped_column(EncryptedText("invitation.phone"))  # E.164
    language: Mapped[str]  # en or zh
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(EncryptedText("invitation.reason"))
    made_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
