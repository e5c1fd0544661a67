"""The table of clinics: sites where vaccine is given, each in a district."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base


class Clinic(Base):
    """What the public must know of a site where vaccine is given.

    A district is known by its English name: clinics that have it are in one district.
    """

    __tablename__ = "clinic"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    address_en: Mapped[str]
    address_zh: Mapped[str]
    district_en: Mapped[str]
    district_zh: Mapped[str]
    phone: Mapped[str]
