"""A slow, second way to find episodes, written from the convention in `excursions`, not its code.

It keeps no state: it cuts the whole history into crossings and asks every reading of every
crossing, against all crossings before it, whether it confirms.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sensors.domain.excursions import EndReason, Episode
from sensors.domain.readings import Reading
from sensors.domain.rules import Comparison, Direction, Rule, RuleKind, RuleSet


@dataclass
class Run:
    """One crossing: its readings, when it ended and how; None while it lasts."""

    readings: list[Reading]
    ended_at: datetime | None
    reason: EndReason | None

    @property
    def began_at(self) -> datetime:
        return self.readings[0].measured_at


def episodes(readings: Iterable[Reading], rules: RuleSet) -> list[Episode]:
    """Return the episodes of *readings*, in the order that `evaluate` promises."""
    ordered = in_order(readings)
    found = [episode for rule in rules for episode in of_rule(ordered, rule)]
    return sorted(found, key=lambda episode: (episode.began_at, episode.rule))


def in_order(readings: Iterable[Reading]) -> list[Reading]:
    """Order by time; at one instant only the one received first stays, a known one if equal."""
    first: dict[datetime, Reading] = {}
    for reading in readings:
        rival = first.get(reading.measured_at)
        if rival is None or rank(reading) < rank(rival):
            first[reading.measured_at] = reading
    return [first[instant] for instant in sorted(first)]


def rank(reading: Reading) -> tuple[datetime, float]:
    return reading.received_at, float("inf") if reading.centi is None else reading.centi


def beyond(rule: Rule, centi: int) -> bool:
    threshold = rule.threshold_centi
    return {
        Comparison.ABOVE: centi > threshold,
        Comparison.AT_OR_ABOVE: centi >= threshold,
        Comparison.BELOW: centi < threshold,
        Comparison.AT_OR_BELOW: centi <= threshold,
    }[rule.comparison]


def runs(ordered: list[Reading], rule: Rule) -> list[Run]:
    """Cut the history into crossings."""
    max_gap = timedelta(seconds=rule.max_gap_s)
    known = [reading for reading in ordered if reading.centi is not None]
    found: list[Run] = []
    current: list[Reading] = []
    for reading, following in itertools.zip_longest(known, known[1:]):
        assert reading.centi is not None
        if not beyond(rule, reading.centi):
            continue
        current.append(reading)
        heard_at = following.measured_at if following else ordered[-1].measured_at
        if heard_at - reading.measured_at > max_gap:
            found.append(Run(current, reading.measured_at, EndReason.UNKNOWN))
        elif following is None:
            found.append(Run(current, None, None))
        elif not beyond(rule, following.centi or 0):
            found.append(Run(current, following.measured_at, EndReason.RECOVERED))
        else:
            continue
        current = []
    return found


def of_rule(ordered: list[Reading], rule: Rule) -> list[Episode]:
    crossings = runs(ordered, rule)
    found: list[Episode] = []
    spent_until: datetime | None = None
    for number, crossing in enumerate(crossings):
        if spent_until is not None and crossing.began_at <= spent_until:
            continue  # Within an episode that waits for more readings inside.
        earlier = [
            run
            for run in crossings[:number]
            if run.ended_at is not None
            and run.began_at < run.ended_at
            and (spent_until is None or run.began_at >= spent_until)
        ]
        for reading in crossing.readings:
            counting = those_that_count(rule, earlier, reading)
            if is_enough(rule, counting, crossing, reading):
                found.append(episode_of(ordered, rule, counting, crossing, reading))
                spent_until = found[-1].ended_at or datetime.max.replace(tzinfo=UTC)
                break
    return found


def end_of(
    ordered: list[Reading], rule: Rule, confirmed: Reading
) -> tuple[datetime | None, EndReason | None]:
    """Walk on from the reading that confirmed until enough are inside, or to a gap."""
    margin, in_a_row, before = rule.ends_inside_centi, 0, confirmed
    max_gap = timedelta(seconds=rule.max_gap_s)
    for one in ordered[ordered.index(confirmed) + 1 :]:
        if one.measured_at - before.measured_at > max_gap:
            return before.measured_at, EndReason.UNKNOWN
        if one.centi is None:
            continue
        before = one
        far = abs(one.centi - rule.threshold_centi) >= margin
        in_a_row = in_a_row + 1 if not beyond(rule, one.centi) and far else 0
        if in_a_row == rule.ends_after:
            return one.measured_at, EndReason.RECOVERED
    return None, None


def those_that_count(rule: Rule, earlier: list[Run], reading: Reading) -> list[Run]:
    if rule.kind is not RuleKind.ACCUMULATIVE:
        return []
    opens_at = reading.measured_at - timedelta(seconds=rule.window_s or 0)
    return [run for run in earlier if run.ended_at is not None and run.ended_at > opens_at]


def is_enough(rule: Rule, counting: list[Run], crossing: Run, reading: Reading) -> bool:
    now = reading.measured_at
    if rule.kind is RuleKind.INSTANT:
        return True
    if rule.kind is RuleKind.CONSECUTIVE:
        return (now - crossing.began_at).total_seconds() >= rule.duration_s
    opens_at = now - timedelta(seconds=rule.window_s or 0)
    spent_s = (now - max(crossing.began_at, opens_at)).total_seconds()
    for run in counting:
        assert run.ended_at is not None
        spent_s += (run.ended_at - max(run.began_at, opens_at)).total_seconds()
    return spent_s >= rule.duration_s


def episode_of(
    ordered: list[Reading], rule: Rule, counting: list[Run], crossing: Run, confirmed: Reading
) -> Episode:
    ended_at, reason = end_of(ordered, rule, confirmed)
    first = [*counting, crossing][0].began_at
    temperatures = [one.centi for run in counting for one in run.readings if one.centi is not None]
    temperatures += [
        one.centi
        for one in ordered
        if one.centi is not None
        and crossing.began_at <= one.measured_at
        and (ended_at is None or one.measured_at <= ended_at)
    ]
    hot = rule.comparison in {Comparison.ABOVE, Comparison.AT_OR_ABOVE}
    return Episode(
        rule=f"{rule.id}@{rule.version}",
        direction=Direction.HOT if hot else Direction.COLD,
        severity=rule.severity,
        began_at=first,
        confirmed_at=confirmed.measured_at,
        peak_centi=max(temperatures) if hot else min(temperatures),
        ended_at=ended_at,
        reason=reason,
    )
