"""Who acts: a resident without an account, staff, a display on a wall, or the system itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vaxsite.core.permissions import Permission


class ActorKind(StrEnum):
    """The kinds of who."""

    RESIDENT = "resident"
    STAFF = "staff"
    DISPLAY = "display"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts, with what they may do at which site.."""

    kind: ActorKind
    id: str
    grants: Mapping[int, frozenset[Permission]] = field(default_factory=dict)

    def may(self, permission: Permission, site_id: int | None = None) -> bool:
        """Tell whether the actor may do *permission* at *site_id*, or at any site when None."""
        if site_id is not None:
            return permission in self.grants.get(site_id, frozenset())
        return any(permission in held for held in self.grants.values())

    def sites(self, permission: Permission) -> frozenset[int]:
        """Return the ids of the sites where the actor may do *permission*."""
        return frozenset(site for site, held in self.grants.items() if permission in held)


RESIDENT = Actor(ActorKind.RESIDENT, "resident")


def system(part: str) -> Actor:
    """Return the system acting through *part*, such as a job's name."""
    return Actor(ActorKind.SYSTEM, part)
