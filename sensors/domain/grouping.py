"""Which alerts of a site are told as one: one cause, one message.

A first temperature alert is told at once. What follows it within the group wait is told together,
and so is every silence. While a whole site is down its silent probes say nothing new; an
excursion always does. Group wait and interval are the defaults of Prometheus Alertmanager.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.alerts import BEFORE_THE_FIRST, OF_EXCURSIONS, AlertKind

GROUP_WAIT = timedelta(seconds=30)
# Probes that report every five minutes fall silent within that time of each other.
GROUP_INTERVAL = timedelta(minutes=5)
# What is found in readings that came late is told when none of them has come for this long ...
SETTLED_AFTER = timedelta(seconds=60)
# ... but a breach that lasts waits for nothing that comes later than this after it was found, one
# that is over for nothing later than that: own choice, to be checked by a qualified person.
LASTING_WAITS_AT_MOST = timedelta(minutes=2)
OVER_WAITS_AT_MOST = timedelta(hours=1)
# History that turns up later than this is recorded, and holds its lots, but calls nobody: a
# week covers a device that was without a network over the longest holidays.
NEWS = timedelta(days=7)


class Topic(StrEnum):
    """What a group of alerts is about; groups of one topic are never told with the other."""

    TEMPERATURE = "temperature"
    MONITORING = "monitoring"
    TEST = "test"


def topic_of(kind: str) -> Topic:
    """Return what an alert of *kind* is about."""
    if kind == AlertKind.EXCURSION or kind in OF_EXCURSIONS:
        return Topic.TEMPERATURE
    return Topic.TEST if kind == AlertKind.TEST else Topic.MONITORING


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a site that still has an alert in it that lasts."""

    group_id: int
    topic: Topic
    opened_at: datetime
    notices: int
    step: int
    next_notice_at: datetime | None  # None: everything in it is answered.
    found_late: bool = False
    kind: str = ""  # Of its first alert.


# One cut of the mains, or of the network, shows at one unit after the other.
_SPREADS = frozenset({AlertKind.POWER, AlertKind.SILENCE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new alert goes: into a group, or None for one of its own; and when it is told."""

    group_id: int | None
    next_notice_at: datetime
    step: int = BEFORE_THE_FIRST
    notices: int = 0


def settle(untold: int | None, *, now: datetime) -> Place:
    """Place an alert that was found late into *untold*, the group of those that wait at its site.

    They wait until no more history comes, and are told as one list.
    """
    return Place(untold, now + SETTLED_AFTER)


def place(kind: str, groups: Sequence[Group], *, site_down: bool, now: datetime) -> Place:
    """Decide where an alert of *kind* goes among the lasting *groups* of its site."""
    topic = topic_of(kind)
    same = sorted(
        (
            group
            for group in groups
            if group.topic is topic and not group.found_late and not _waits_for_work(group, now)
        ),
        key=lambda group: group.opened_at,
        reverse=True,
    )
    newest = same[0] if same else None
    if newest is None:
        return Place(None, now + GROUP_WAIT if topic is Topic.MONITORING else now)
    if newest.notices == 0 and newest.next_notice_at is not None:
        return _join(newest, now)
    age = now - newest.opened_at
    if topic is not Topic.MONITORING:
        return Place(None, newest.opened_at + GROUP_WAIT if age < GROUP_WAIT else now)
    if site_down or (age < GROUP_INTERVAL and newest.next_notice_at is not None):
        return _join(newest, now)
    if kind in _SPREADS and kind == newest.kind and age < GROUP_INTERVAL:
        # Somebody has just answered for the first unit: what may be the same outage waits until it
        # shows whether the whole site is down. If it is, nobody is called a second time.
        shows_at = newest.opened_at + GROUP_INTERVAL
        return Place(newest.group_id, shows_at, newest.step, newest.notices)
    return Place(None, now + GROUP_WAIT)


def _waits_for_work(group: Group, now: datetime) -> bool:
    """Tell whether it is untold until work on its unit ends: nothing else may wait for that."""
    due_at = group.next_notice_at
    return group.notices == 0 and due_at is not None and due_at > now + GROUP_WAIT


def _join(group: Group, now: datetime) -> Place:
    return Place(group.group_id, group.next_notice_at or now, group.step, group.notices)
