"""How warm what lies in a unit has become, from the air that its probe measures: pure.

Air is good again minutes after a door is shut; a pack that warmed meanwhile is not. A small pack
is taken for one body that follows the air with a lag (Newton's law of cooling). It is followed
from where the air leaves what is normal, as if it had been at that edge, until it is back in its
range and the air at rest. Nothing else of it is remembered.
"""

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI
from sensors.domain.rules import Direction, Rule


class Estimate(NamedTuple):
    """What a small pack had at *at* (UTC), in centi-degrees Celsius."""

    at: datetime
    centi: float


def follow(before: Estimate | None, at: datetime, centi: int, rule: Rule) -> Estimate | None:
    """Return the estimate once the air had *centi* at *at*; None while nothing need be followed.

    Of a gap longer than the rule allows nothing is known: then it begins anew.
    """
    near = rule.is_near(centi)
    if before is None or at - before.at > rule.max_gap:
        return Estimate(at, rule.edge_centi) if near else None
    share = -math.expm1(-(at - before.at).total_seconds() / rule.lag_s)
    now = Estimate(at, before.centi + (centi - before.centi) * share)
    return now if near or rule.is_beyond(round(now.centi)) else None


def forgotten_after(rule: Rule) -> timedelta:
    """Return after which time at rest no estimate is left, however far out the air had been."""
    hot = rule.direction is Direction.HOT
    furthest = abs((HIGHEST_CENTI if hot else LOWEST_CENTI) - rule.edge_centi)
    return timedelta(seconds=rule.lag_s * math.log(furthest / rule.near_centi)) + rule.max_gap
