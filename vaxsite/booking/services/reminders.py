"""Reminders of an overdue next dose: once for each person and dose, to those who asked for them.

They go by e-mail, else by text message, else the clinic calls that knows the last dose. Every row
has the day on which it is looked at again, so a run that is late, broken off or done twice finds
what is still due, and the key of a message keeps a second one out.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.places import Site
from sensors.store.transaction import transaction
from vaxsite.booking import reminding
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE
from vaxsite.calls import queries as calls
from vaxsite.calls import services as call_services
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.messages import rules as texts
from vaxsite.messages import services as messages
from vaxsite.messages.writing import To, Way
from vaxsite.record import queries as record
from vaxsite.record.outlook import GroupLine, Outlook, Stage, outlook
from vaxsite.record.rules import groups_of
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

REMINDER = system("reminders")
BATCH = 50  # People a transaction: on SQLite nobody else writes meanwhile, for about 0.2 s.
TELL_WITHIN = timedelta(days=30)  # House rule: so long a message is followed, or a call tried.
LOOK_AGAIN = timedelta(days=7)  # Whatever was planned: doses may have been recorded since.


def remind_due(sessions: sessionmaker[Session], *, due_url: str, now: datetime) -> int:
    """Look at everybody whose day has come; return how many reminders were queued."""
    settle(sessions, now=now)
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
            or_(Person.email.is_not(None), Person.phone.is_not(None)),
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
    return sum(
        _remind(session, person, line, due_url, now) is not Way.NONE
        for line in _overdue(session, person.id, said)
    )


def _overdue(session: Session, person_id: UUID, said: Outlook) -> list[GroupLine]:
    """Return which next doses are overdue, and not booked; nobody is pressed to begin."""
    lines = [line for line in said.of(Stage.OVERDUE) if (line.number or 1) > 1]
    booked = _booked_groups(session, person_id) if lines else ()
    return [line for line in lines if line.group not in booked]


def _remind(session: Session, person: Person, line: GroupLine, due_url: str, now: datetime) -> Way:
    """Tell the person by the clinic that knows their last dose, at an hour to write to people."""
    site_id = record.last_site(session, person_id=person.id)
    assert site_id is not None, "of a next dose the one before is known"
    zone = session.get_one(Site, site_id).timezone
    rule = reminding.rule_on(now.astimezone(ZoneInfo(zone)).date())
    to = To(
        site_id=site_id,
        name=person.name,
        email=person.email,
        phone=person.phone,
        language=person.language,
    )
    return messages.remind(
        session,
        facts=_facts(person, line, due_url),
        to=to,
        closes_at=now + TELL_WITHIN,
        send_after=reminding.write_from(now, zone, rule),
        actor=REMINDER,
        now=now,
    )


def settle(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Call nobody any more whose dose is booked, given or no longer wished for; return how many."""
    with sessions() as session:
        waiting = calls.pending_about(session, prefix=texts.ABOUT_OVERDUE)
    return sum(_settle(sessions, about, now) for about in waiting)


def _settle(sessions: sessionmaker[Session], about: str, now: datetime) -> int:
    _, person_id, group = about.split(":", 2)
    with sessions() as session, transaction(session):
        person = session.get_one(Person, UUID(person_id))
        said = outlook(
            record.history(session, person_id=person.id, at=now), on=_today(session, now)
        )
        still = _overdue(session, person.id, said)
        if person.remind and group in {line.group for line in still}:
            return 0
        return call_services.close_about(session, about=about, actor=REMINDER, now=now)


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
