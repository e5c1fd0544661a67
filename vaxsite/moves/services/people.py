"""Gathers who comes together, and what the rules say of them, for the planner."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment, HoldSeat
from vaxsite.booking.rules import ACTIVE, AppointmentState
from vaxsite.core.decisions import Allowed, Refused
from vaxsite.deferrals import queries as deferrals
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes, PhaseView, decide
from vaxsite.moves.rules.planner import Leg, Unit, Window
from vaxsite.record import queries as record
from vaxsite.record.rules import History, Turn, next_dose, window_after, with_planned
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots

DISTRICT, ELSEWHERE = 1, 2  # How far another site is: sites have a district, no coordinates.


class Seat(NamedTuple):
    """One appointment of a booking."""

    appointment: Appointment
    hold_id: UUID | None
    member: int
    part: int


@dataclass(frozen=True, slots=True)
class Party:
    """A unit of the planner, with the appointments behind each of its legs."""

    unit: Unit
    product_id: int
    people: tuple[UUID, ...]
    seats: tuple[tuple[Appointment, ...], ...]  # A tuple for each leg.


def parties(session: Session, leaving: Collection[UUID], *, now: datetime) -> list[Party]:
    """Return the units of the appointments that cannot stay, by rank.

    People of one booking whose doses are all at the same times are one unit.
    """
    by_member: dict[tuple[UUID, int], list[Seat]] = defaultdict(list)
    for seat in _seats(session, leaving):
        by_member[seat.hold_id or seat.appointment.id, seat.member].append(seat)
    together: dict[object, list[list[Seat]]] = defaultdict(list)
    for (booking, _member), mine in by_member.items():
        if any(one.appointment.id in leaving for one in mine):
            times_of = tuple((one.part, one.appointment.slot_id) for one in mine)
            together[booking, times_of].append(mine)
    times = slots.get_slots(
        session, {one.appointment.slot_id for mine in by_member.values() for one in mine}
    )
    found = [_party(members, times, leaving, now) for members in together.values()]
    return sorted(found, key=lambda one: one.unit.rank)


def _seats(session: Session, leaving: Collection[UUID]) -> list[Seat]:
    """Return the appointments and all that were booked with them and still stand."""
    holds = select(HoldSeat.hold_id).where(HoldSeat.appointment_id.in_(leaving))
    with_them = select(HoldSeat.appointment_id).where(HoldSeat.hold_id.in_(holds))
    query = (
        select(Appointment, HoldSeat.hold_id, HoldSeat.member, HoldSeat.part)
        .outerjoin(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .where(
            Appointment.id.in_(leaving) | Appointment.id.in_(with_them),
            Appointment.state.in_(ACTIVE),
        )
        .order_by(HoldSeat.hold_id, HoldSeat.member, HoldSeat.part, Appointment.id)
        .execution_options(populate_existing=True)
    )
    return [
        Seat(row, hold_id, member or 1, part or 1)
        for row, hold_id, member, part in session.execute(query)
    ]


def _party(
    members: Sequence[Sequence[Seat]],
    times: Mapping[int, slots.SlotView],
    leaving: Collection[UUID],
    now: datetime,
) -> Party:
    columns = list(zip(*members, strict=True))
    legs = []
    for column in columns:
        slot = times[column[0].appointment.slot_id]
        local = slot.starts_at.astimezone(ZoneInfo(slot.timezone))
        legs.append(
            Leg(
                slot.id,
                slot.site_id,
                local.date(),
                local.hour * 60 + local.minute,
                must_move=any(one.appointment.id in leaving for one in column),
                fixed=slot.starts_at <= now
                or any(one.appointment.state != AppointmentState.BOOKED for one in column),
                numbers=tuple(sorted({one.appointment.dose_number for one in column})),
            )
        )
    rows = [one.appointment for mine in members for one in mine]
    groups = [one.code for one in eligibility.groups().groups]
    rank = min(
        (
            groups.index(row.group_code) if row.group_code in groups else len(groups),
            row.created_at.isoformat(),
            str(row.id),
        )
        for row in rows
    )
    return Party(
        Unit(rank[2], rank, len(members), tuple(legs)),
        rows[0].product_id,
        tuple(mine[0].appointment.person_id for mine in members),
        tuple(tuple(one.appointment for one in column) for column in columns),
    )


@dataclass
class Judge:
    """What the rules say of parties of one product; implements the planner's `Terms`."""

    code: str
    people: Mapping[str, tuple[UUID, ...]]  # By the key of the unit.
    histories: Mapping[UUID, History]
    attributes: Mapping[UUID, Attributes]
    phases: Mapping[int, Sequence[PhaseView]]
    districts: Mapping[int, str]
    waits: Mapping[UUID, date]  # Until when somebody's vaccination is put off.
    windows: dict[object, Window | None] = field(default_factory=dict)
    turns: dict[object, bool] = field(default_factory=dict)

    def window(self, unit: Unit, before: tuple[date, ...]) -> Window | None:
        """Return the days on which everybody's dose after those on *before* is in time."""
        wanted = unit.legs[len(before)].day
        found: Window | None = (date.min, None)
        for person_id in self.people[unit.key]:
            one = self._window(self.histories[person_id], before, wanted)
            found = _common(found, one)
        return found

    def allowed(self, unit: Unit, site_id: int, day: date) -> bool:
        """Tell whether it is the turn of everybody of the unit there, and put off for nobody."""
        people = self.people[unit.key]
        if any(day < self.waits.get(one, date.min) for one in people):
            return False
        return all(self._turn(self.attributes[one], site_id, day) for one in people)

    def of_group(self, unit: Unit, group_code: str, day: date) -> bool:
        """Tell whether seats set aside for the group on that day are theirs, all of them."""
        return all(
            group_code in eligibility.codes_of(self.attributes[one], day)
            for one in self.people[unit.key]
        )

    def distance(self, site_id: int, other: int) -> int:
        """Return 0 for the same site, 1 for the same district, 2 for elsewhere."""
        if site_id == other:
            return 0
        same = self.districts.get(site_id) == self.districts.get(other)
        return DISTRICT if same else ELSEWHERE

    def _window(self, known: History, before: tuple[date, ...], wanted: date) -> Window | None:
        key = (known.person, known.doses, known.undecided, before, None if before else wanted)
        if key not in self.windows:
            self.windows[key] = _ask(known, self.code, before, wanted)
        return self.windows[key]

    def _turn(self, who: Attributes, site_id: int, day: date) -> bool:
        key = (who, site_id, day)
        if key not in self.turns:
            decision = decide(eligibility.groups(), self.phases.get(site_id, ()), who, day=day)
            self.turns[key] = isinstance(decision, Allowed)
        return self.turns[key]


def _ask(known: History, code: str, before: tuple[date, ...], wanted: date) -> Window | None:
    for day in before[:-1]:
        known = with_planned(known, code, on=day)
    if before:
        return window_after(known, code, on=before[-1])
    said = next_dose(known, code, day=wanted)
    if isinstance(said, Refused):
        first = said.detail.get("date")
        said = next_dose(known, code, day=first) if isinstance(first, date) else said
    if not isinstance(said, Turn):
        return None
    # A dose that was late already is given late: late is better than never.
    last = said.last_in_time if said.last_in_time and said.last_in_time >= wanted else None
    if said.latest is not None and (last is None or last >= said.latest):
        last = said.latest - timedelta(days=1)
    return said.earliest or date.min, last


def _common(one: Window | None, other: Window | None) -> Window | None:
    if one is None or other is None:
        return None
    ends = [end for end in (one[1], other[1]) if end is not None]
    first, last = max(one[0], other[0]), min(ends, default=None)
    return None if last is not None and last < first else (first, last)


def judge(session: Session, found: Sequence[Party], *, now: datetime) -> Judge:
    """Return what the rules say of these parties, all of one product."""
    ids = sorted({one for party in found for one in party.people})
    rows = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    slot = slots.get_slot(session, found[0].unit.legs[0].slot_id)
    return Judge(
        code=record.engine_code(slot.product),
        people={party.unit.key: party.people for party in found},
        histories=record.histories(session, people=list(rows.values()), at=now),
        attributes=eligibility.attributes_of(session, rows.values()),
        phases=eligibility.phases_by_site(session),
        districts={one.site_id: one.district_en for one in slots.clinics(session)},
        waits=deferrals.waiting_until(session, person_ids=ids, product_id=slot.product.id),
    )
