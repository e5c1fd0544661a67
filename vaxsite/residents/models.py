"""Tables of residents. What identifies a person is encrypted; look-up is by blind index."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class Person(Base):
    """Somebody who is, was or will be vaccinated. No account, no password."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(EncryptedText("person.name"))
    name_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)  # Find by exact name.
    born_on: Mapped[date]
    sex: Mapped[str]  # female, male, unknown
    id_kind: Mapped[str]  # resident_id (GB 11643), passport, permit, none
    id_number: Mapped[str | None] = mapped_column(EncryptedText("person.id_number"))
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # One person a number.
    phone: Mapped[str | None] = mapped_column(EncryptedText("person.phone"))  # E.164
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    email: Mapped[str | None] = mapped_column(EncryptedText("person.email"))
    address: Mapped[str | None] = mapped_column(EncryptedText("person.address"))
    language: Mapped[str]  # en or zh
    occupation: Mapped[str]  # A code of vaxsite.eligibility.rules.Occupation.
    conditions: Mapped[bool]  # Says that they have a long-term illness of the list.
    # Asked to be reminded of an overdue dose: at the e-mail address above, else the phone.
    remind: Mapped[bool] = mapped_column(default=False, server_default=false())
    look_again_on: Mapped[date | None]  # When the reminders look at this person next; null: now.
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
