"""The table of answers that are kept, so that a request sent twice is done once."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime
from sensors.store.encrypted import EncryptedText


class KeptAnswer(Base):
    """What was answered to a request that made something, under the key that came with it.

    The row is written in the transaction that made the thing: one is there exactly if the other is.
    """

    __tablename__ = "kept_answer"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    # It holds the secret of a hold, or references.
    answer: Mapped[str] = mapped_column(EncryptedText("kept_answer.answer"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
