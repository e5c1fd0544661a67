"""Is it somebody's turn, at this clinic, on this day, and why?

What a person says (age, occupation, illness) puts them into groups; a manager opens phases for
groups. The groups are dated data in `groups.toml`. All of it is to be checked by a qualified
person against the official text.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from vaxsite.core.decisions import N_, Allowed, Decision, Refused


class Occupation(StrEnum):
    """The occupations that a group may name; `other` is in none of them."""

    HEALTH_CARE = "health-care"
    DISEASE_CONTROL = "disease-control"
    COLD_CHAIN = "cold-chain"
    PORT = "port"
    SHIP_PILOT = "ship-pilot"
    AVIATION = "aviation"
    FRESH_MARKET = "fresh-market"
    PUBLIC_TRANSPORT = "public-transport"
    ABROAD = "abroad"
    PUBLIC_SECURITY = "public-security"
    FIRE = "fire"
    COMMUNITY = "community"
    UTILITIES = "utilities"
    LOGISTICS = "logistics"
    ELDER_CARE = "elder-care"
    SANITATION = "sanitation"
    FUNERAL = "funeral"
    COMMUNICATIONS = "communications"
    OTHER = "other"


OCCUPATIONS: Mapping[Occupation, str] = {
    Occupation.HEALTH_CARE: N_("Hospital, clinic or other health care"),
    Occupation.DISEASE_CONTROL: N_("Disease control"),
    Occupation.COLD_CHAIN: N_("Imported frozen or chilled food"),
    Occupation.PORT: N_("Port inspection or quarantine"),
    Occupation.SHIP_PILOT: N_("Ship pilotage"),
    Occupation.AVIATION: N_("Aviation"),
    Occupation.FRESH_MARKET: N_("Fresh food market"),
    Occupation.PUBLIC_TRANSPORT: N_("Public transport"),
    Occupation.ABROAD: N_("Leaving to work or study abroad"),
    Occupation.PUBLIC_SECURITY: N_("Police and public security"),
    Occupation.FIRE: N_("Fire and rescue"),
    Occupation.COMMUNITY: N_("Community work"),
    Occupation.UTILITIES: N_("Water, electricity, heating or gas"),
    Occupation.LOGISTICS: N_("Transport of goods, post or delivery"),
    Occupation.ELDER_CARE: N_("Care of old people"),
    Occupation.SANITATION: N_("Street cleaning and waste"),
    Occupation.FUNERAL: N_("Funeral services"),
    Occupation.COMMUNICATIONS: N_("Telephone and internet services"),
    Occupation.OTHER: N_("None of these, retired, or no work"),
}


class Proof(StrEnum):
    """How it is known that somebody is in a group."""

    SELF_DECLARED = "self-declared"
    ROSTER = "roster"
    DOCUMENT = "document"


class Reason(StrEnum):
    """Why it is not somebody's turn, or why a phase cannot be opened so."""

    TOO_YOUNG = "too_young"
    NO_GROUP = "no_group"
    NO_PHASE = "no_phase"
    OPENS_LATER = "opens_later"
    CLOSED = "closed"
    PHASE_EXISTS = "phase_exists"
    PHASE_ORDER = "phase_order"
    UNKNOWN_GROUP = "unknown_group"
    DISTRICT_OPEN = "district_open"
    DISTRICT_THERE = "district_there"
    ROSTER_LATER = "roster_later"
    ROSTER_OVER = "roster_over"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.TOO_YOUNG: N_(
        "This vaccination is for people from %(age)s years. You will be old enough on %(date)s."
    ),
    Reason.NO_GROUP: N_(
        "With the answers that you gave you are in none of the groups that are vaccinated now. "
        "If an answer was wrong, go back and change it."
    ),
    Reason.NO_PHASE: N_(
        "This clinic has not opened booking for your group yet. "
        "Try another clinic, or look again in a few days."
    ),
    Reason.OPENS_LATER: N_(
        "At this clinic your group can be vaccinated from %(date)s. Choose that day or a later one."
    ),
    Reason.CLOSED: N_(
        "At this clinic the last day for your group was %(date)s. Choose another clinic."
    ),
    Reason.PHASE_EXISTS: N_(
        "This group already has a phase there from %(date)s. Change or close that one."
    ),
    Reason.PHASE_ORDER: N_("The last day must not be before the first day, %(date)s."),
    Reason.UNKNOWN_GROUP: N_("There is no such group on that day."),
    Reason.DISTRICT_OPEN: N_(
        "Booking is open at all clinics of %(district)s: %(phases)s. Elsewhere this clinic would "
        "lose that. Rename the district as a whole, or say that this clinic alone leaves it."
    ),
    Reason.DISTRICT_THERE: N_("There are clinics in %(district)s already."),
    Reason.ROSTER_LATER: N_(
        "Your employer or community registered you, and that counts from %(date)s. "
        "Choose that day or a later one."
    ),
    Reason.ROSTER_OVER: N_(
        "Your employer or community registered you, and that ended after %(date)s. "
        "Ask them to register you again."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Who is meant; every criterion that is given must fit."""

    code: str
    name_en: str
    name_zh: str
    source: str
    proof: Proof
    valid_from: date
    valid_to: date | None = None
    from_age: int | None = None
    below_age: int | None = None
    occupations: tuple[Occupation, ...] = ()
    long_term_illness: bool = False

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en

    def valid_on(self, day: date) -> bool:
        """Tell whether the group exists on *day*."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class GroupSet:
    """The groups of one edition of the rules."""

    edition: str
    groups: tuple[Group, ...]

    def find(self, code: str) -> Group | None:
        """Return the group of that code."""
        return next((group for group in self.groups if group.code == code), None)


@dataclass(frozen=True, slots=True)
class OnRoster:
    """An employer or community registered somebody for a group on [valid_from, valid_to)."""

    group_code: str
    valid_from: date
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        """Tell whether it counts on *day*."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a person says about themselves, and what rosters say of them."""

    born_on: date
    occupation: Occupation
    long_term_illness: bool
    rosters: tuple[OnRoster, ...] = ()

    def on_roster(self, group_code: str, day: date) -> OnRoster | None:
        """Return what registers them for the group on *day*."""
        return next(
            (one for one in self.rosters if one.group_code == group_code and one.valid_on(day)),
            None,
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a phase counts: at one site, in one district, or everywhere when it names neither.

    A phase lets in and none shuts out: at a site the phases of the site, of its district and of
    everywhere count together, and the earliest opens. So opening never takes a day away from
    anybody, residents hear one rule, and only closing has to be looked at for who loses. A clinic
    that cannot follow its district publishes no sessions.
    """

    site_id: int | None = None
    district: str | None = None  # Its English name, as clinics have it.


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A group may be vaccinated at a site on the days [opens_on, closes_on).

    A phase of a district or of everywhere is such a view at each of its sites.
    """

    id: int
    site_id: int
    group_code: str
    opens_on: date
    closes_on: date | None
    reach: Reach = Reach()
    district_en: str = ""  # Of the site.
    district_zh: str = ""

    @property
    def last_day(self) -> date | None:
        """The last day of the phase, as people say it; None where it has no end."""
        return self.closes_on - timedelta(days=1) if self.closes_on else None

    def ended_by(self, day: date) -> bool:
        """Tell whether the phase was over before *day* began."""
        return self.closes_on is not None and self.closes_on <= day

    def open_on(self, day: date) -> bool:
        """Tell whether *day* lies in the phase."""
        return self.opens_on <= day and (self.closes_on is None or day < self.closes_on)

    def district(self, language: str) -> str:
        """Return the district of the site in *language*."""
        return self.district_zh if language == "zh" else self.district_en


def read_groups(text: str) -> GroupSet:
    """Read `groups.toml`; raise `ValueError` or `TypeError` where it does not describe groups."""
    data = tomllib.loads(text)
    groups = tuple(
        Group(
            **{
                **entry,
                "proof": Proof(entry.get("proof")),
                "occupations": tuple(Occupation(code) for code in entry.get("occupations", ())),
            }
        )
        for entry in data["group"]
    )
    if len({group.code for group in groups}) != len(groups):
        raise ValueError("two groups have one code")
    return GroupSet(data["edition"], groups)


def birthday(born_on: date, age: int) -> date:
    """Return the day on which somebody reaches *age*; born on 29 February, else on 1 March."""
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def fits(group: Group, who: Attributes, day: date) -> bool:
    """Tell whether *who* is in *group* on *day*, by what they say or by a roster.

    Nobody says themselves onto a roster, and no roster changes an age.
    """
    of_age = (
        group.valid_on(day)
        and (group.from_age is None or birthday(who.born_on, group.from_age) <= day)
        and (group.below_age is None or day < birthday(who.born_on, group.below_age))
    )
    return of_age and (who.on_roster(group.code, day) is not None or _says_so(group, who))


def _says_so(group: Group, who: Attributes) -> bool:
    return (
        group.proof is not Proof.ROSTER
        and (not group.occupations or who.occupation in group.occupations)
        and (not group.long_term_illness or who.long_term_illness)
    )


def groups_of(groups: GroupSet, who: Attributes, day: date) -> list[Group]:
    """Return the groups of *who* on *day*, in the order of the data: the highest first."""
    return [group for group in groups.groups if fits(group, who, day)]


def decide(
    groups: GroupSet, phases: Sequence[PhaseView], who: Attributes, *, day: date
) -> Decision:
    """Decide whether *who* may be vaccinated on *day* at the site whose *phases* are given.

    `Allowed.rule` is the code of the group that opens the door.
    """
    mine = groups_of(groups, who, day)
    if not mine:
        return _without_group(groups, who, day)
    for group in mine:
        if any(phase.group_code == group.code and phase.open_on(day) for phase in phases):
            return Allowed(group.code)
    return _not_open(groups, phases, who, day)


def opening_days(
    groups: GroupSet, phases: Iterable[PhaseView], who: Attributes, *, after: date
) -> list[date]:
    """Return the first days after *after* on which a phase lets *who* in, soonest first."""
    days = set()
    for phase in phases:
        group = groups.find(phase.group_code)
        first = phase.opens_on
        if group is None or first <= after:
            continue
        if fits(group, who, first):
            days.add(first)
    return sorted(days)


def behind(
    groups: GroupSet, phases: Iterable[PhaseView], who: Attributes, decision: Decision, *, day: date
) -> PhaseView | None:
    """Return the phase that *decision* about *day* comes from; None where it is no phase.

    Of several that are open it is the one that opened first.
    """
    if isinstance(decision, Allowed):
        found = [one for one in phases if one.group_code == decision.rule and one.open_on(day)]
    elif decision.reason is Reason.OPENS_LATER:
        found = [one for one in phases if one.opens_on == decision.since]
        found = [
            one
            for one in found
            if (group := groups.find(one.group_code)) and fits(group, who, one.opens_on)
        ]
    else:
        found = []
    return min(found, key=lambda one: one.opens_on, default=None)


def _without_group(groups: GroupSet, who: Attributes, day: date) -> Refused:
    rule = f"groups {groups.edition}"
    ages = [group.from_age for group in groups.groups if group.from_age and group.valid_on(day)]
    youngest = min(ages, default=0)
    adult_on = birthday(who.born_on, youngest)
    if day < adult_on:
        detail: dict[str, str | int | date] = {"age": youngest, "date": adult_on}
        return Refused(Reason.TOO_YOUNG, rule, since=adult_on, detail=detail)
    return _roster_of_other_days(who.rosters, day, rule) or Refused(Reason.NO_GROUP, rule)


def _roster_of_other_days(rosters: Collection[OnRoster], day: date, rule: str) -> Refused | None:
    """Return from when, or until when, a roster counts that does not on *day*."""
    later = [one.valid_from for one in rosters if day < one.valid_from]
    if later:
        first = min(later)
        return Refused(Reason.ROSTER_LATER, rule, since=first, detail={"date": first})
    over = [one.valid_to for one in rosters if one.valid_to is not None and one.valid_to <= day]
    if over:
        last = max(over) - timedelta(days=1)
        return Refused(Reason.ROSTER_OVER, rule, since=last, detail={"date": last})
    return None


def _not_open(groups: GroupSet, phases: Sequence[PhaseView], who: Attributes, day: date) -> Refused:
    rule = f"groups {groups.edition}"
    open_here = {phase.group_code for phase in phases if phase.open_on(day)}
    of_open = [one for one in who.rosters if one.group_code in open_here]
    by_roster = _roster_of_other_days(of_open, day, rule)
    if by_roster:
        return by_roster
    later = opening_days(groups, phases, who, after=day)
    if later:
        return Refused(Reason.OPENS_LATER, rule, since=later[0], detail={"date": later[0]})
    mine = {group.code for group in groups_of(groups, who, day)}
    ended = [
        phase.last_day
        for phase in phases
        if phase.group_code in mine and phase.last_day is not None and phase.last_day < day
    ]
    if ended:
        return Refused(Reason.CLOSED, rule, since=max(ended), detail={"date": max(ended)})
    return Refused(Reason.NO_PHASE, rule)
