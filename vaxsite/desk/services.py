"""Acts of the booking desk that are not a booking: looking people up, sending slips off."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.booking import queries as booking
from vaxsite.booking.models import BookingOrigin
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import parse_reference
from vaxsite.desk import queries, rules
from vaxsite.desk.rules import Reason
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody said of themself; the first that is there is looked for."""

    reference: str = ""
    id_number: str = ""
    name: str = ""
    born_on: date | None = None

    @property
    def by(self) -> str:
        """By what is looked for, as the audit names it."""
        if self.reference:
            return "reference"
        if self.id_number:
            return "document"
        return "name" if self.name and self.born_on else ""


def search(
    session: Session, *, wanted: Wanted, actor: Actor, now: datetime
) -> list[queries.Found] | Refused:
    """Return the people that fit and have an appointment at the sites of *actor*, else why not.

    Every search is counted and leaves an audit row, and so does every person that it shows. The
    caller commits whatever the answer is.
    """
    if not wanted.by:
        return Refused(Reason.NOTHING_TYPED, rules.RULE)
    if tries.count(session, f"desk search by {actor.id}", now) > rules.SEARCHES_OF_STAFF:
        return Refused(Reason.TOO_MANY, rules.RULE)
    people = queries.found(session, person_ids=_candidates(session, wanted), actor=actor, now=now)
    told = {"by": wanted.by, "found": len(people)}
    audit.record(
        session,
        actor=actor,
        action="person:search",
        subject=f"staff:{actor.id}",
        now=now,
        detail=told,
    )
    for one in people:
        _read(session, one.person_id, actor, now)
    return people or Refused(Reason.UNKNOWN, rules.RULE)


def open_for(session: Session, *, appointment_id: UUID, actor: Actor, now: datetime) -> None:
    """Note that *actor* opens an appointment of their sites; raise `NotFound` for another one."""
    view = booking.get_appointment(session, appointment_id)
    if view.clinic.site_id not in queries.desk_sites(actor):
        raise NotFound
    _read(session, view.person_id, actor, now)


def send_off(session: Session, *, hold_id: UUID, actor: Actor, now: datetime) -> None:
    """Note that a slip was put into the post; done twice it changes nothing."""
    if hold_id not in {one.hold_id for one in queries.to_post(session, actor=actor)}:
        return
    session.execute(
        update(BookingOrigin).where(BookingOrigin.hold_id == hold_id).values(posted_at=now)
    )
    audit.record(session, actor=actor, action="slip:post", subject=f"hold:{hold_id}", now=now)


def _candidates(session: Session, wanted: Wanted) -> list[UUID]:
    if wanted.by == "reference":
        found = queries.person_of(session, reference=parse_reference(wanted.reference) or "")
        return [found] if found else []
    if wanted.by == "document":
        known = rules.is_identity_number(wanted.id_number)
        kinds = [IdKind.RESIDENT_ID] if known else [IdKind.PASSPORT, IdKind.PERMIT]
        owners = [
            residents.find_by_document(session, kind=one, number=wanted.id_number) for one in kinds
        ]
        return [one for one in owners if one]
    assert wanted.born_on is not None, "a name is looked for with a birth date"
    return residents.find_by_name(session, name=wanted.name, born_on=wanted.born_on)


def _read(session: Session, person_id: UUID, actor: Actor, now: datetime) -> None:
    audit.record(session, actor=actor, action="person:read", subject=f"person:{person_id}", now=now)
