"""Reminders of an overdue next dose: once for each person and dose, to those who asked for them.

Every row has the day on which it is looked at again, so a run that is late, broken off or done
twice finds what is still due, and the key of a message keeps a second one out.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.messages import rules as texts
from vaxsite.messages import services as messages
from vaxsite.record import queries as record
from vaxsite.record.outlook import GroupLine, Outlook, Stage, outlook
from vaxsite.record.rules import groups_of
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

REMINDER = system("reminders")
BATCH = 50  # People a transaction: on SQLite nobody else writes meanwhile, for about 0.2 s.
LOOK_AGAIN = timedelta(days=7)  # Whatever was planned: doses may have been recorded since.


def remind_due(sessions: sessionmaker[Session], *, due_url: str, now: datetime) -> int:
    """Look at everybody whose day has come; return how many reminders were queued."""
    queued = 0
    while True:
        with sessions() as session, transaction(session):
            day = _today(session, now)
            people = _to_look_at(session, day)
            queued += sum(_look_at(session, person, day, due_url, now) for person in people)
            if people:
                detail = {"people": len(people), "day": day.isoformat()}
                audit.record(
                    session,
                    actor=REMINDER,
                    action="reminder:look",
                    subject="people",
                    now=now,
                    detail=detail,
                )
        if len(people) < BATCH:
            return queued


def _today(session: Session, now: datetime) -> date:
    """Return the earliest day of the clinics: nobody is reminded a day too soon."""
    return min((clinic.local_day(now) for clinic in slots.clinics(session)), default=now.date())


def _to_look_at(session: Session, day: date) -> list[Person]:
    query = (
        select(Person)
        .where(
            Person.remind.is_(True),
            Person.email.is_not(None),
            or_(Person.look_again_on.is_(None), Person.look_again_on <= day),
        )
        .order_by(Person.look_again_on, Person.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def _look_at(session: Session, person: Person, day: date, due_url: str, now: datetime) -> int:
    """Queue what is overdue and no appointment is made for; plan the next look."""
    history = record.history(session, person_id=person.id, at=now)
    said = outlook(history, on=day)
    person.look_again_on = _next_look(said, day)
    if history.undecided:  # Whether the last dose counts is not known yet.
        return 0
    booked = _booked_groups(session, person.id)
    return sum(
        messages.remind(
            session,
            facts=_facts(person, line, due_url),
            email=person.email,
            language=person.language,
            now=now,
        )
        for line in said.of(Stage.OVERDUE)
        if (line.number or 1) > 1 and line.group not in booked
    )


def _next_look(said: Outlook, day: date) -> date:
    """Return the day after the next last day in time, and no later than in a week."""
    ends = [line.last_in_time + timedelta(days=1) for line in said.groups if line.last_in_time]
    return min([one for one in ends if one > day] + [day + LOOK_AGAIN])


def _booked_groups(session: Session, person_id: UUID) -> Collection[str]:
    query = select(Appointment.product_id).where(
        Appointment.person_id == person_id, Appointment.state.in_(ACTIVE)
    )
    booked, release = set(session.scalars(query)), record.release(session)
    return {
        group
        for product in stock.products(session)
        if product.id in booked
        for group in groups_of(release, record.engine_code(product))
    }


def _facts(person: Person, line: GroupLine, due_url: str) -> texts.ReminderFacts:
    assert line.last_in_time is not None, "what is overdue had a last day"
    return texts.ReminderFacts(
        person_id=str(person.id),
        group=line.group,
        disease=line.title(person.language),
        dose_number=line.number or 1,
        last_in_time=line.last_in_time,
        due_url=due_url,
    )
