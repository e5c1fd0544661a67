"""From readings to excursions: pure, incremental, and the same in any order of arrival.

The convention, from which the tests' slow oracle is written too:

* Readings of one probe are ordered by `measured_at`; of several at one instant the one received
  first counts. A *known* reading has a temperature; a fault is not known, and is not inside.
* A known reading is *beyond* a rule by the rule's own comparison, else *inside*. Each rule is
  judged for itself.
* A *gap* is more than the rule's `max_gap_s` from a known reading to the next known one (or, as
  long as none has come, to a later fault). Of a gap nothing is known: it counts no time.
* A *crossing* is a run of readings beyond, with no reading inside and no gap between them. It
  begins at its first reading. It ends at the reading inside that follows, or, before a gap, at
  its own last reading. While it lasts it reaches to its newest reading.
* An excursion is confirmed by a reading that is itself beyond:
  - instant: the first of a crossing;
  - consecutive: the first that stands at least `duration_s` after the crossing's beginning;
  - accumulative: the first at which crossings have spent at least `duration_s` in all within the
    last `window_s`. Time before the end of an earlier excursion of the rule is spent: a new one
    needs new time.
* `began_at` is the first reading of the crossing; for an accumulative rule, of the oldest crossing
  that spent time in the window. It is never the moment of confirmation.
* The peak is the reading furthest beyond among the crossings that count, and all later ones.
* An excursion ends as `recovered` at the last of the rule's `ends_after` known readings in a row
  (one, unless said otherwise) that lie inside by at least `ends_inside_centi` (none, unless said
  otherwise), or at a gap: then with `ended_at` at the last known reading, as `unknown`. Without
  either it lasts. Before it is confirmed any reading inside ends the crossing.
* A probe that leaves its unit ends an excursion as `unknown`, another rule set for the unit ends it
  as `rules_changed`, both at the last known reading.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from sensors.domain.readings import Reading
from sensors.domain.rules import Direction, Rule, RuleKind, RuleSet, Severity

NEVER = datetime.min.replace(tzinfo=UTC)


class EndReason(StrEnum):
    """Why an excursion is over."""

    RECOVERED = "recovered"
    UNKNOWN = "unknown"  # The readings stopped while it lasted.
    RULES_CHANGED = "rules_changed"  # The unit is judged by another rule set since.


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An excursion is certain; `rule` is the rule's key, id with version."""

    rule: str
    direction: Direction
    severity: Severity
    began_at: datetime
    confirmed_at: datetime
    peak_centi: int


@dataclass(frozen=True, slots=True)
class Worsened:
    """A confirmed excursion went further beyond than before."""

    rule: str
    began_at: datetime
    peak_centi: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A confirmed excursion is over; [began_at, ended_at)."""

    rule: str
    began_at: datetime
    ended_at: datetime
    reason: EndReason
    peak_centi: int


Change = Confirmed | Worsened | Ended


@dataclass(frozen=True, slots=True)
class Episode:
    """A confirmed excursion as a whole; `ended_at` is None while it lasts."""

    rule: str
    direction: Direction
    severity: Severity
    began_at: datetime
    confirmed_at: datetime
    peak_centi: int
    ended_at: datetime | None = None
    reason: EndReason | None = None


class Crossing(NamedTuple):
    """A crossing that is over but still counts in an accumulative rule's window."""

    began_at: datetime
    ended_at: datetime
    peak_centi: int


class Track(NamedTuple):
    """What one rule remembers between readings."""

    crossing_at: datetime | None = None  # First reading of the crossing that lasts.
    began_at: datetime | None = None  # Of the confirmed excursion, else None.
    peak_centi: int = 0  # Of the crossing, or of the confirmed excursion.
    past: tuple[Crossing, ...] = ()  # Accumulative only, and only until it is confirmed.
    back: int = 0  # Readings in a row that were back inside, while more of them are asked for.


IDLE = Track()
_NO_TRACKS: Mapping[str, Track] = MappingProxyType({})


class State(NamedTuple):
    """What the rules of one probe remember; `tracks` holds only rules that are not idle.

    A named tuple, because one is made for every reading.
    """

    last_at: datetime = NEVER  # Newest reading of any kind.
    known_at: datetime = NEVER  # Newest reading with a temperature.
    tracks: Mapping[str, Track] = _NO_TRACKS

    def is_late(self, reading: Reading) -> bool:
        """Tell whether *reading* is not newer than what is known: `advance` would pass it over."""
        return reading.measured_at <= self.last_at

    def dump(self) -> dict[str, Any]:  # Any: JSON.
        """Return the state as small JSON; `load` reads it back exactly."""
        if self.last_at == NEVER:
            return {}
        dumped: dict[str, Any] = {"last": self.last_at.isoformat()}  # Any: JSON.
        if self.known_at != self.last_at:
            dumped["known"] = None if self.known_at == NEVER else self.known_at.isoformat()
        if self.tracks:
            dumped["tracks"] = {key: _dump_track(track) for key, track in self.tracks.items()}
        return dumped

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "State":  # Any: JSON.
        """Read back what `dump` gave; an empty mapping is a probe that said nothing yet."""
        last_at = _instant(dumped.get("last")) or NEVER
        known_at = _instant(dumped["known"]) or NEVER if "known" in dumped else last_at
        tracks = {key: _load_track(track) for key, track in dumped.get("tracks", {}).items()}
        return cls(last_at, known_at, tracks or _NO_TRACKS)


def advance(state: State, reading: Reading, rules: RuleSet) -> tuple[State, tuple[Change, ...]]:
    """Judge *reading*, newer than all before, by *rules*; return the new state and what changed.

    A reading that is not newer (`state.is_late(reading)`) changes nothing here: the caller
    recomputes from the stored readings with `replay` or `evaluate`.
    """
    at = reading.measured_at
    if at <= state.last_at:
        return state, ()
    centi = reading.centi
    if not state.tracks:
        if centi is None:
            return State(at, state.known_at, _NO_TRACKS), ()
        if rules.calm_low <= centi <= rules.calm_high:
            return State(at, at, _NO_TRACKS), ()
    return _judge(state, at, centi, rules)


def _judge(
    state: State, at: datetime, centi: int | None, rules: RuleSet
) -> tuple[State, tuple[Change, ...]]:
    changes: list[Change] = []
    tracks: dict[str, Track] = {}
    for rule in rules:
        track = state.tracks.get(rule.key, IDLE)
        if track is not IDLE and at - state.known_at > rule.max_gap:
            track = _leave(rule, track, state.known_at, EndReason.UNKNOWN, changes)
        if centi is not None and rule.is_beyond(centi):
            track = _go_beyond(rule, track, at, centi, changes)
        elif centi is not None and track is not IDLE:
            track = _come_back(rule, track, at, centi, changes)
        if track is not IDLE:
            tracks[rule.key] = track
    _end_without_rule(state, rules, changes)
    known_at = state.known_at if centi is None else at
    return State(at, known_at, tracks or _NO_TRACKS), tuple(changes)


def _go_beyond(rule: Rule, track: Track, at: datetime, centi: int, changes: list[Change]) -> Track:
    if track.crossing_at is None:
        track = track._replace(crossing_at=at, peak_centi=centi)
    peak_centi = rule.worse(track.peak_centi, centi)
    if track.began_at is not None:
        if peak_centi != track.peak_centi:
            changes.append(Worsened(rule.key, track.began_at, peak_centi))
        return track._replace(peak_centi=peak_centi, back=0)
    track = track._replace(peak_centi=peak_centi, past=_in_window(rule, track, at))
    if _time_beyond(rule, track, at) < rule.duration:
        return track
    return _confirm(rule, track, at, changes)


def _confirm(rule: Rule, track: Track, at: datetime, changes: list[Change]) -> Track:
    began_at, peak_centi = track.crossing_at, track.peak_centi
    for crossing in reversed(track.past):
        began_at, peak_centi = crossing.began_at, rule.worse(peak_centi, crossing.peak_centi)
    assert began_at is not None  # A crossing lasts, or `_go_beyond` would not have asked.
    changes.append(Confirmed(rule.key, rule.direction, rule.severity, began_at, at, peak_centi))
    return Track(track.crossing_at, began_at, peak_centi)


def _come_back(rule: Rule, track: Track, at: datetime, centi: int, changes: list[Change]) -> Track:
    """Judge a reading inside; a confirmed excursion may ask for more than one of them."""
    if track.began_at is None:
        return _leave(rule, track, at, EndReason.RECOVERED, changes)
    back = track.back + 1 if rule.is_back_inside(centi) else 0
    if back >= rule.ends_after:
        return _leave(rule, track, at, EndReason.RECOVERED, changes)
    return track._replace(back=back)


def _leave(
    rule: Rule, track: Track, at: datetime, reason: EndReason, changes: list[Change]
) -> Track:
    """End the crossing, and the excursion if it was confirmed, at *at*."""
    if track.began_at is not None:
        changes.append(Ended(rule.key, track.began_at, at, reason, track.peak_centi))
        return IDLE
    if rule.kind is not RuleKind.ACCUMULATIVE:
        return IDLE
    past = _in_window(rule, track, at)
    if track.crossing_at is not None and track.crossing_at < at:
        past += (Crossing(track.crossing_at, at, track.peak_centi),)
    return Track(past=past) if past else IDLE


def _in_window(rule: Rule, track: Track, at: datetime) -> tuple[Crossing, ...]:
    opens_at = at - rule.window
    return tuple(crossing for crossing in track.past if crossing.ended_at > opens_at)


def _time_beyond(rule: Rule, track: Track, at: datetime) -> timedelta:
    assert track.crossing_at is not None  # Asked only while a crossing lasts.
    if rule.kind is not RuleKind.ACCUMULATIVE:
        return at - track.crossing_at
    opens_at = at - rule.window
    spans = (crossing.ended_at - max(crossing.began_at, opens_at) for crossing in track.past)
    return sum(spans, at - max(track.crossing_at, opens_at))


def _end_without_rule(state: State, rules: RuleSet, changes: list[Change]) -> None:
    gone = state.tracks.keys() - {rule.key for rule in rules}
    for key in sorted(gone):
        track = state.tracks[key]
        if track.began_at is not None:
            changes.append(
                Ended(key, track.began_at, state.known_at, EndReason.UNKNOWN, track.peak_centi)
            )


def leave(
    state: State, episodes: Iterable[Episode], reason: EndReason
) -> tuple[State, list[Episode]]:
    """End what lasts: the probe leaves its unit, or other rules judge what comes."""
    ended = [
        episode if episode.ended_at else replace(episode, ended_at=state.known_at, reason=reason)
        for episode in episodes
    ]
    return State(state.last_at, state.known_at), ended


def replay(
    readings: Iterable[Reading], rules: RuleSet, state: State | None = None
) -> tuple[State, list[Episode]]:
    """Recompute from *readings* of one probe in any order; return the state and the episodes.

    *state* is where to go on from; none is the beginning. An excursion that it holds confirmed
    already is not among the episodes: replay from before it to get it whole.
    """
    state = state or State()
    told: list[Change] = []
    for reading in in_order(readings):
        state, changes = advance(state, reading, rules)
        told += changes
    return state, gather(told)


def gather(changes: Iterable[Change]) -> list[Episode]:
    """Return the episodes that *changes* of one probe tell, in the order of their beginning."""
    episodes: dict[tuple[str, datetime], Episode] = {}
    for change in changes:
        _apply(change, episodes)
    return sorted(episodes.values(), key=lambda episode: (episode.began_at, episode.rule))


def in_order(readings: Iterable[Reading]) -> list[Reading]:
    """Order by time; at one instant the first is the one that counts."""
    return sorted(readings, key=_order)


def evaluate(readings: Iterable[Reading], rules: RuleSet) -> list[Episode]:
    """Return the episodes of *readings* of one probe, whatever their order and duplicates."""
    return replay(readings, rules)[1]


def _order(reading: Reading) -> tuple[datetime, datetime, bool, int]:
    """Order by time; at one instant the first received counts, a temperature before a fault."""
    centi = reading.centi
    return reading.measured_at, reading.received_at, centi is None, centi or 0


def _apply(change: Change, episodes: dict[tuple[str, datetime], Episode]) -> None:
    """Carry *change* into the episode that it is about."""
    name = (change.rule, change.began_at)
    match change:
        case Confirmed():
            episodes[name] = Episode(
                change.rule,
                change.direction,
                change.severity,
                change.began_at,
                change.confirmed_at,
                change.peak_centi,
            )
        case Worsened() if name in episodes:
            episodes[name] = replace(episodes[name], peak_centi=change.peak_centi)
        case Ended() if name in episodes:
            episodes[name] = replace(
                episodes[name],
                peak_centi=change.peak_centi,
                ended_at=change.ended_at,
                reason=change.reason,
            )
        case Worsened() | Ended():
            pass  # Told by the state that the caller went on from.


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _dump_track(track: Track) -> list[Any]:  # Any: JSON.
    return [
        track.crossing_at and track.crossing_at.isoformat(),
        track.began_at and track.began_at.isoformat(),
        track.peak_centi,
        [[c.began_at.isoformat(), c.ended_at.isoformat(), c.peak_centi] for c in track.past],
        *([track.back] if track.back else []),
    ]


def _load_track(dumped: list[Any]) -> Track:  # Any: JSON.
    crossing_at, began_at, peak_centi, past, *back = dumped
    return Track(
        _instant(crossing_at),
        _instant(began_at),
        peak_centi,
        tuple(
            Crossing(datetime.fromisoformat(began), datetime.fromisoformat(ended), peak)
            for began, ended, peak in past
        ),
        *back,
    )
