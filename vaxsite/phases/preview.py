"""What opening, changing or taking back a phase would do, day by day, before it is done.

The act itself is done in a rehearsal (docs/adr/0014) and what is open before and after it is
compared, so that the preview cannot differ from the act.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment, Hold, HoldSeat
from vaxsite.booking.rules import ACTIVE, HoldState
from vaxsite.draws.models import DrawSession
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import PhaseView
from vaxsite.slots import queries as slots
from vaxsite.slots.queries import ClinicView, SlotView

DAYS_AHEAD = 42  # Six weeks: what is published is rarely further away.

Opened = Mapping[int, Sequence[PhaseView]]  # Phases by site.


@dataclass(frozen=True, slots=True)
class DayChange:
    """Seats of one day that a group could book newly, or no longer."""

    day: date
    clinics: int
    sessions: int
    seats: int


@dataclass(frozen=True, slots=True)
class AtClinic:
    """The same of one clinic on all days together, and the other groups that are open there."""

    clinic: ClinicView
    sessions: int
    seats: int
    open_groups: tuple[str, ...]  # Codes, in the order of the data.


@dataclass(frozen=True, slots=True)
class Change:
    """Days that a group gains, or loses, with what can be booked on them."""

    days: tuple[DayChange, ...]
    clinics: tuple[AtClinic, ...]

    @property
    def sessions(self) -> int:
        """All sessions of these days."""
        return sum(one.sessions for one in self.days)

    @property
    def seats(self) -> int:
        """All free seats of these days."""
        return sum(one.seats for one in self.days)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of a phase would do for its group, within the coming weeks."""

    gained: Change
    lost: Change
    booked: int  # Appointments of the group on the days that it loses: they stay.
    held: int  # Seats kept for somebody on these days: they can still be confirmed.


def compare(
    session: Session,
    *,
    group_code: str,
    site_ids: Sequence[int],
    before: Opened,
    after: Opened,
    now: datetime,
) -> Preview:
    """Return what differs for the group between *before* and *after* at these sites."""
    gained: list[SlotView] = []
    lost: list[SlotView] = []
    for slot in _slots(session, site_ids, now):
        was = _open(before, group_code, slot)
        becomes = _open(after, group_code, slot)
        if becomes and not was:
            gained.append(slot)
        elif was and not becomes:
            lost.append(slot)
    clinics = slots.clinics(session, site_ids=site_ids)
    ids = [slot.id for slot in lost]
    return Preview(
        _change(gained, clinics, before, group_code),
        _change(lost, clinics, before, group_code),
        _booked(session, ids, group_code),
        _held(session, ids, now),
    )


def _slots(session: Session, site_ids: Sequence[int], now: datetime) -> list[SlotView]:
    """Return the offered slots of the coming weeks that no draw keeps, full ones too."""
    kept = set(session.scalars(select(DrawSession.session_id)))
    until = now + timedelta(days=DAYS_AHEAD)
    found = slots.offered_slots(session, site_ids=site_ids, since=now, until=until)
    return [slot for slot in found if slot.session_id not in kept]


def _open(phases: Opened, group_code: str, slot: SlotView) -> bool:
    mine = (one for one in phases.get(slot.site_id, ()) if one.group_code == group_code)
    return any(one.open_on(slot.day) for one in mine)


def _change(
    found: Sequence[SlotView], clinics: Sequence[ClinicView], before: Opened, group_code: str
) -> Change:
    days: dict[date, list[SlotView]] = defaultdict(list)
    sites: dict[int, list[SlotView]] = defaultdict(list)
    for slot in found:
        days[slot.day].append(slot)
        sites[slot.site_id].append(slot)
    return Change(
        tuple(
            DayChange(
                day,
                len({one.site_id for one in mine}),
                len({one.session_id for one in mine}),
                _seats(mine, group_code),
            )
            for day, mine in sorted(days.items())
        ),
        tuple(
            AtClinic(
                clinic,
                len({one.session_id for one in sites[clinic.site_id]}),
                _seats(sites[clinic.site_id], group_code),
                _others(before.get(clinic.site_id, ()), sites[clinic.site_id], group_code),
            )
            for clinic in clinics
            if clinic.site_id in sites
        ),
    )


def _seats(found: Sequence[SlotView], group_code: str) -> int:
    """Count the free seats, without those set aside for another group."""
    return sum(one.free for one in found if one.kept_for in {None, group_code})


def _others(
    phases: Sequence[PhaseView], found: Sequence[SlotView], group_code: str
) -> tuple[str, ...]:
    """Return the other groups that can book on one of these days."""
    days = {one.day for one in found}
    open_now = {one.group_code for one in phases if any(one.open_on(day) for day in days)}
    order = [group.code for group in eligibility.groups().groups]
    return tuple(code for code in order if code in open_now and code != group_code)


def _booked(session: Session, slot_ids: Sequence[int], group_code: str) -> int:
    query = select(func.count()).where(
        Appointment.slot_id.in_(slot_ids),
        Appointment.group_code == group_code,
        Appointment.state.in_(ACTIVE),
    )
    return session.scalar(query) or 0


def _held(session: Session, slot_ids: Sequence[int], now: datetime) -> int:
    query = (
        select(func.count())
        .select_from(HoldSeat)
        .join(Hold, Hold.id == HoldSeat.hold_id)
        .where(HoldSeat.slot_id.in_(slot_ids), Hold.state == HoldState.LIVE, Hold.expires_at > now)
    )
    return session.scalar(query) or 0
