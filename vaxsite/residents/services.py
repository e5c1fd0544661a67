"""Acts on residents. Nothing personal reaches the audit: it names fields, never their values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.residents import queries, rules
from vaxsite.residents.models import Person

# What a person may say anew each time; the rest identifies them and is corrected by staff only.
CONTACTS = ("phone", "email", "address")
ANSWERS = ("language", "occupation", "conditions")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """A person as typed into a form, already read by the rules."""

    name: str
    born_on: date
    sex: rules.Sex
    id_kind: rules.IdKind
    id_number: str | None
    phone: str
    email: str | None
    address: str | None
    language: str
    occupation: str
    conditions: bool
    remind: bool = False


def find_or_add_person(
    session: Session, *, details: PersonDetails, actor: Actor, now: datetime
) -> UUID:
    """Return the person with this document, or of this name, birth date and phone; add them if new.

    Raise `RefusedAct` where the document is known with another name or birth date: the sentence is
    the same for both, so that a number alone tells nothing about its owner.
    """
    known = _find(session, details)
    if known is None:
        try:
            with session.begin_nested():
                return _add(session, details, actor, now)
        except IntegrityError:  # Somebody added the same document in this moment.
            known = _find(session, details)
            if known is None:
                raise
    if known.born_on != details.born_on or known.name_index != queries.name_index(details.name):
        raise RefusedAct(Refused(rules.Reason.KNOWN_OTHERWISE, "identity"), rules.SENTENCES)
    _update_contact(session, known, details, actor, now)
    return known.id


def _find(session: Session, details: PersonDetails) -> Person | None:
    if details.id_number is not None:
        index = queries.document_index(details.id_kind, details.id_number)
        return session.scalar(select(Person).where(Person.id_index == index))
    found = select(Person).where(
        Person.name_index == queries.name_index(details.name),
        Person.born_on == details.born_on,
        Person.phone_index == queries.phone_index(details.phone),
    )
    return session.scalar(found.order_by(Person.id).limit(1))


def _add(session: Session, details: PersonDetails, actor: Actor, now: datetime) -> UUID:
    number = details.id_number
    person = Person(
        id=new_id(now),
        name=details.name,
        name_index=queries.name_index(details.name),
        born_on=details.born_on,
        sex=details.sex.value,
        id_kind=details.id_kind.value,
        id_number=number,
        id_index=None if number is None else queries.document_index(details.id_kind, number),
        phone=details.phone,
        phone_index=queries.phone_index(details.phone),
        email=details.email,
        address=details.address,
        language=details.language,
        occupation=details.occupation,
        conditions=details.conditions,
        remind=details.remind and details.email is not None,
        created_at=now,
    )
    session.add(person)
    session.flush()
    kind = {"id_kind": details.id_kind.value}
    audit.record(
        session,
        actor=actor,
        action="person:add",
        subject=f"person:{person.id}",
        now=now,
        detail=kind,
    )
    return person.id


def _reminders(person: Person, details: PersonDetails) -> list[str]:
    """Take over the wish for reminders from whoever knows the address that they go to."""
    knows = details.email is not None and person.email in (None, details.email)
    return ["remind"] if knows and details.remind != person.remind else []


def end_reminders(session: Session, *, person_id: UUID, actor: Actor, now: datetime) -> None:
    """Send the person no more reminders; done twice it changes nothing."""
    person = session.get_one(Person, person_id)
    if not person.remind:
        return
    person.remind = False
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="person:end-reminders",
        subject=f"person:{person.id}",
        now=now,
    )


def _update_contact(
    session: Session, person: Person, details: PersonDetails, actor: Actor, now: datetime
) -> None:
    """Take over new answers, and a contact where there was none.

    Whoever knows a name and a number can book for that person. A contact that is on file is not
    theirs to replace: messages about other appointments would go to a stranger. The new one is
    kept with the new appointment.
    """
    changed = [name for name in ANSWERS if getattr(details, name) != getattr(person, name)]
    changed += _reminders(person, details)
    changed += [
        name for name in CONTACTS if getattr(details, name) and getattr(person, name) is None
    ]
    if not changed:
        return
    for name in changed:
        setattr(person, name, getattr(details, name))
    if "phone" in changed:
        person.phone_index = queries.phone_index(details.phone)
    audit.record(
        session,
        actor=actor,
        action="person:contact",
        subject=f"person:{person.id}",
        now=now,
        detail={"fields": changed},
    )
