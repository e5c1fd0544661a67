"""Acts on residents. Nothing personal reaches the audit: it names fields, never their values."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
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
    phone: str | None
    email: str | None
    address: str | None
    language: str
    occupation: str
    conditions: bool
    remind: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A person, and whether they were added just now: then nothing else is known of them."""

    id: UUID
    added: bool


def find_or_add_person(
    session: Session, *, details: PersonDetails, actor: Actor, now: datetime
) -> UUID:
    """Return the person as `find_or_add` finds or adds them."""
    return find_or_add(session, details=details, actor=actor, now=now).id


def find_or_add(session: Session, *, details: PersonDetails, actor: Actor, now: datetime) -> Found:
    """Return the person with this document, or of this name, birth date and phone; add them if new.

    Raise `RefusedAct` where the document is known with another name or birth date: the sentence is
    the same for both, so that a number alone tells nothing about its owner. Who has neither a
    document nor a phone is refused too: nobody could tell two people of one name apart.
    """
    if details.id_number is None and details.phone is None:
        raise RefusedAct(Refused(rules.Reason.NEITHER, "identity"), rules.SENTENCES)
    # With a document the insert itself tells whether they are known, whoever adds them meanwhile.
    known = _find(session, details) if details.id_number is None else None
    if known is None:
        added = _add(session, details, actor, now)
        if added is not None:
            return Found(added, added=True)
        known = _find(session, details)
        assert known is not None, "an insert that met a document meets its person"
    if known.born_on != details.born_on or known.name_index != queries.name_index(details.name):
        raise RefusedAct(Refused(rules.Reason.KNOWN_OTHERWISE, "identity"), rules.SENTENCES)
    _update_contact(session, known, details, actor, now)
    return Found(known.id, added=False)


def known_details(session: Session, person_id: UUID) -> PersonDetails:
    """Return the person as they were typed, to act for them again; raise `NotFound`."""
    row = session.get(Person, person_id)
    if row is None:
        raise NotFound
    return PersonDetails(
        name=row.name,
        born_on=row.born_on,
        sex=rules.Sex(row.sex),
        id_kind=rules.IdKind(row.id_kind),
        id_number=row.id_number,
        phone=row.phone or "",
        email=row.email,
        address=row.address,
        language=row.language,
        occupation=row.occupation,
        conditions=row.conditions,
        remind=row.remind,
    )


def _find(session: Session, details: PersonDetails) -> Person | None:
    if details.id_number is not None:
        index = queries.document_index(details.id_kind, details.id_number)
        return session.scalar(select(Person).where(Person.id_index == index))
    assert details.phone is not None, "without a document somebody is known by a phone"
    found = select(Person).where(
        Person.name_index == queries.name_index(details.name),
        Person.born_on == details.born_on,
        Person.phone_index == queries.phone_index(details.phone),
    )
    return session.scalar(found.order_by(Person.id).limit(1))


def _add(session: Session, details: PersonDetails, actor: Actor, now: datetime) -> UUID | None:
    """Add the person; None where the document is there already."""
    number, person_id = details.id_number, new_id(now)
    added = insert_if_absent(
        session,
        Person,
        id=person_id,
        name=details.name,
        name_index=queries.name_index(details.name),
        born_on=details.born_on,
        sex=details.sex.value,
        id_kind=details.id_kind.value,
        id_number=number,
        id_index=None if number is None else queries.document_index(details.id_kind, number),
        phone=details.phone,
        phone_index=queries.phone_index(details.phone) if details.phone else None,
        email=details.email,
        address=details.address,
        language=details.language,
        occupation=details.occupation,
        conditions=details.conditions,
        remind=details.remind and bool(details.email or details.phone),
        created_at=now,
    )
    if not added:
        return None
    kind = {"id_kind": details.id_kind.value}
    audit.record(
        session,
        actor=actor,
        action="person:add",
        subject=f"person:{person_id}",
        now=now,
        detail=kind,
    )
    return person_id


def _reminders(person: Person, details: PersonDetails) -> list[str]:
    """Take over the wish for reminders from whoever knows where they go to."""
    if _reminded_elsewhere(person, details):
        return []
    if details.email or person.email:
        knows = details.email is not None and person.email in (None, details.email)
    else:
        knows = bool(details.phone) and person.phone in (None, details.phone)
    return ["remind"] if knows and details.remind != person.remind else []


def _reminded_elsewhere(person: Person, details: PersonDetails) -> bool:
    """Tell whether reminders go to a phone other than this one: no new e-mail takes its place."""
    by_phone = person.remind and person.email is None
    return by_phone and person.phone not in (None, details.phone)


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
    elsewhere = _reminded_elsewhere(person, details)
    changed = [name for name in ANSWERS if getattr(details, name) != getattr(person, name)]
    changed += _reminders(person, details)
    changed += [
        name
        for name in CONTACTS
        if getattr(details, name) and getattr(person, name) is None
        if name != "email" or not elsewhere
    ]
    if not changed:
        return
    for name in changed:
        setattr(person, name, getattr(details, name))
    if "phone" in changed and details.phone is not None:
        person.phone_index = queries.phone_index(details.phone)
    audit.record(
        session,
        actor=actor,
        action="person:contact",
        subject=f"person:{person.id}",
        now=now,
        detail={"fields": changed},
    )
