"""The draw itself: a seed, an order, and who gets a place. docs/draw.md says the same in words.

Everything here is a function of what is published, so that anybody comes to the same result.
Change nothing without a new `ALGORITHM`: results that stand must stay recomputable.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ALGORITHM = "vaxsite-draw-1"
OPEN = "open"  # The pool of the places that belong to no quota.


class Spill(StrEnum):
    """What becomes of places of a quota that nobody of its group takes."""

    OPEN = "open"  # They join the places for everybody.
    NEXT = "next"  # They join the quota of the next group in the announced order, at last OPEN.
    KEPT = "kept"  # This draw does not give them away.


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit of the draw as it is published: its number, its group or none, its people."""

    number: str
    group: str  # A group that has a quota, or empty.
    size: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many places each group has, in order, and how many everybody has."""

    groups: tuple[tuple[str, int], ...]
    open: int
    spill: Spill


@dataclass(slots=True)
class Allocation:
    """Who got a place from which pool, by entry number, and the places that are left by pool."""

    pools: dict[str, str] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def quotas_of(places: int, groups: Sequence[tuple[str, int]], spill: Spill) -> Quotas:
    """Return the quotas of *places*; what the groups do not have belongs to everybody."""
    return Quotas(tuple(groups), places - sum(most for _, most in groups), spill)


def commitment(secret: str) -> str:
    """Return what is published of the *secret* (hex) before registration opens."""
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def entry_list(entries: Iterable[Entry]) -> str:
    """Return the list as it is published: a line an entry, by number, without names."""
    lines = sorted(f"{one.number},{one.group},{one.size}\n" for one in entries)
    return "".join(["number,group,size\n", *lines])


def digest(text: str) -> str:
    """Return the SHA-256 of *text* in UTF-8, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def clean_value(typed: str) -> str:
    """Return a public number as it enters the seed: white space at the ends and doubled is gone."""
    return " ".join(typed.split())


def seed_of(secret: str, public: str, announcement: str, entries: str) -> str:
    """Return the seed (hex): of the secret, the public value, and the digests of both texts."""
    return digest("\n".join((ALGORITHM, secret, public, announcement, entries)))


def ticket(seed: str, number: str) -> str:
    """Return what sorts an entry: HMAC-SHA256 of its number under the seed, as hex."""
    return hmac.new(bytes.fromhex(seed), number.encode(), hashlib.sha256).hexdigest()


def order(seed: str, entries: Iterable[Entry]) -> list[Entry]:
    """Return *entries* in the order of the draw."""
    key = hmac.new(bytes.fromhex(seed), digestmod=hashlib.sha256)

    def place(entry: Entry) -> tuple[bytes, str]:
        one = key.copy()  # The key is prepared once: this is what makes 250,000 entries quick.
        one.update(entry.number.encode())
        return one.digest(), entry.number

    return sorted(entries, key=place)


def allocate(ordered: Sequence[Entry], quotas: Quotas) -> Allocation:
    """Give the places away, in order: each quota to its group first, then the rest to everybody.

    A household is one unit: where it does not fit into what is left of a pool it is passed over,
    keeps its rank, and the next that fits is taken. It is never split and never squeezed in.
    """
    found, carried, freed = Allocation(), 0, 0
    by_group: dict[str, list[Entry]] = {group: [] for group, _ in quotas.groups}
    for entry in ordered:
        if entry.group in by_group:
            by_group[entry.group].append(entry)
    for group, places in quotas.groups:
        left = _give(by_group[group], group, places + carried, found.pools)
        carried = left if quotas.spill is Spill.NEXT else 0
        freed += left if quotas.spill is Spill.OPEN else 0
        found.left[group] = left if quotas.spill is Spill.KEPT else 0
    found.left[OPEN] = _give(ordered, OPEN, quotas.open + freed + carried, found.pools)
    return found


def _give(units: Iterable[Entry], pool: str, left: int, pools: dict[str, str]) -> int:
    """Give *left* places of *pool* to the units that fit and have none; return what is left."""
    for entry in units:
        if left == 0:
            break
        if entry.size <= left and entry.number not in pools:
            pools[entry.number] = pool
            left -= entry.size
    return left


def move_up(waiting: Sequence[Entry], freed: Mapping[str, int], quotas: Quotas) -> Allocation:
    """Give places that lapsed to those who wait, in order, by the very rules of the draw."""
    again = Quotas(
        tuple((group, freed.get(group, 0)) for group, _ in quotas.groups),
        freed.get(OPEN, 0),
        quotas.spill,
    )
    return allocate(waiting, again)
