"""Reads of residents. What leaves here is one person's own data, for a page of that person."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store import encrypted
from vaxsite.core.errors import NotFound
from vaxsite.residents import rules
from vaxsite.residents.models import Person


@dataclass(frozen=True, slots=True)
class PersonView:
    """A resident as pages and messages need one."""

    id: UUID
    name: str
    born_on: date
    sex: str
    id_kind: rules.IdKind
    phone: str | None
    email: str | None
    language: str
    occupation: str
    conditions: bool
    remind: bool


def document_index(kind: rules.IdKind, number: str) -> bytes:
    """Return the blind index of a document."""
    return encrypted.blind_index("person.id_number", rules.document_key(kind, number))


def name_index(name: str) -> bytes:
    """Return the blind index of a name."""
    return encrypted.blind_index("person.name", rules.name_key(name))


def phone_index(phone: str) -> bytes:
    """Return the blind index of a phone in E.164."""
    return encrypted.blind_index("person.phone", phone)


def get_person(session: Session, person_id: UUID) -> PersonView:
    """Return the person; raise `NotFound`."""
    row = session.get(Person, person_id)
    if row is None:
        raise NotFound
    return PersonView(
        row.id,
        row.name,
        row.born_on,
        row.sex,
        rules.IdKind(row.id_kind),
        row.phone,
        row.email,
        row.language,
        row.occupation,
        row.conditions,
        row.remind,
    )


def find_by_document(session: Session, *, kind: rules.IdKind, number: str) -> UUID | None:
    """Return who has the document, as a nurse needs it at the desk."""
    found = select(Person.id).where(Person.id_index == document_index(kind, number))
    return session.scalar(found)


def find_by_name(session: Session, *, name: str, born_on: date) -> list[UUID]:
    """Return everybody of that name born on that day."""
    found = select(Person.id).where(
        Person.name_index == name_index(name), Person.born_on == born_on
    )
    return list(session.scalars(found.order_by(Person.id)))
