"""By which door a booking comes, for whom, and how they are told. Pure.

Every door has the same questions, seats and rules; what is kept here only says who stood at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vaxsite.core.decisions import N_, Detail


class CameBy(StrEnum):
    """The doors."""

    WEB = "web"
    HELPER = "helper"
    PHONE = "phone"
    COUNTER = "counter"
    WALK_IN = "walk_in"
    API = "api"


class Relation(StrEnum):
    """Who asks, seen from the person who will be vaccinated."""

    SELF = "self"
    CHILD = "child"
    PARENT = "parent"
    SPOUSE = "spouse"
    FAMILY = "family"
    NEIGHBOUR = "neighbour"
    DOCTOR = "doctor"
    COMMUNITY = "community"


class Reach(StrEnum):
    """How the person wants to be told about the appointment."""

    SLIP = "slip"
    CALL = "call"
    EMAIL = "email"
    POST = "post"


CAME_BY: Mapping[CameBy, str] = {
    CameBy.WEB: N_("Online"),
    CameBy.HELPER: N_("Online, by a helper"),
    CameBy.PHONE: N_("By phone"),
    CameBy.COUNTER: N_("At the counter"),
    CameBy.WALK_IN: N_("At the clinic, without an appointment"),
    CameBy.API: N_("Online, through another program"),
}
# Family and family doctors may book for the elderly: Guobanfa 2020 no. 45.
RELATIONS: Mapping[Relation, str] = {
    Relation.SELF: N_("The person"),
    Relation.CHILD: N_("Son or daughter"),
    Relation.PARENT: N_("Father or mother"),
    Relation.SPOUSE: N_("Husband or wife"),
    Relation.FAMILY: N_("Another relative"),
    Relation.NEIGHBOUR: N_("Neighbour or friend"),
    Relation.DOCTOR: N_("Family doctor"),
    Relation.COMMUNITY: N_("Community worker or carer"),
}
REACHES: Mapping[Reach, str] = {
    Reach.SLIP: N_("No message: the slip, printed or written down, is enough"),
    Reach.CALL: N_("By a phone call"),
    Reach.EMAIL: N_("By e-mail"),
    Reach.POST: N_("By a slip in the post"),
}
# What must be given to be reached so: the field, and what is asked for.
NEEDS: Mapping[Reach, tuple[str, str]] = {
    Reach.CALL: ("phone", N_("Type the phone number that is to be called.")),
    Reach.EMAIL: ("email", N_("Type the e-mail address to write to.")),
    Reach.POST: ("address", N_("Type the address to which the slip is sent.")),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a booking comes from."""

    came_by: CameBy = CameBy.WEB
    relation: Relation = Relation.SELF
    reach: Reach | None = None

    @property
    def by_staff(self) -> bool:
        """Tell whether a member of staff types."""
        return self.came_by in {CameBy.PHONE, CameBy.COUNTER, CameBy.WALK_IN}

    @property
    def told(self) -> Detail:
        """What the audit keeps of it: codes, no notes."""
        return {"came_by": self.came_by.value, "relation": self.relation.value}

    def reached_by(self, email: str | None) -> Reach:
        """Return how they are reached: as they said, else by e-mail where there is one."""
        return self.reach or (Reach.EMAIL if email else Reach.SLIP)


ONLINE = Origin()
