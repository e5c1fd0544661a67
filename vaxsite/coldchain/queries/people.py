"""The names behind the ids of people that acts carry."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.accounts.models import Staff


def staff_names(session: Session, *, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of the members of staff among *ids*; other ids have no name."""
    wanted = [uuid for one in ids if one is not None and (uuid := _uuid(one)) is not None]
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    return {str(staff_id): name for staff_id, name in rows}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
