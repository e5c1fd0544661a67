"""How often people are called, and for what: a labelled year through the real services.

Every reading goes through the ingest, every minute that matters through the watch's calls; only
the clock is simulated, and the people, who answer five minutes after a call and close an alert
when its condition is over. The same readings are judged by fixed thresholds too, as other systems
have them: above 8 °C for 30 minutes, below 2 °C for 20 minutes, a call for each.
"""

import json
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.alerts import AlertState, NoticeReason
from sensors.domain.excursions import evaluate
from sensors.domain.readings import Reading
from sensors.domain.rules import Comparison, Rule, RuleKind, RuleSet, Severity
from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import answering, calling, ingest, known, maintenance
from sensors.services.ingest import RuleMemory
from sensors.services.messages import Message
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.episodes import AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget, Site
from sensors.store.transaction import transaction
from tests.bench import foretold, labelled
from tests.bench.labelled import EVERY_S, NEEDS_A_PERSON, Cause, Fridge, Harm
from tests.bench.world import KEYS
from tests.build import places
from vaxsite.core import schema

ANSWERS_AFTER = timedelta(minutes=5)
FOUND_WITHIN = timedelta(minutes=30)  # After harm has lasted long enough to count.
SETTLES_AFTER = timedelta(hours=2)  # A call so long after its cause is still about it.
COLD_AGAIN = timedelta(hours=1)
TICK = timedelta(seconds=EVERY_S)
AT_ONCE = 24  # Intervals in one transaction while nothing can happen.


def _fixed(id: str, comparison: Comparison, limit: int, minutes: int) -> Rule:  # noqa: A002 - the field's own name
    return Rule(
        id=id,
        version=1,
        kind=RuleKind.CONSECUTIVE,
        comparison=comparison,
        threshold_centi=limit,
        severity=Severity.WARNING,
        label=(id, id),
        source="a fixed threshold, to compare with",
        duration_s=minutes * 60,
    )


FIXED = RuleSet(
    (
        _fixed("fixed-hot", Comparison.ABOVE, 800, 30),
        _fixed("fixed-cold", Comparison.BELOW, 200, 20),
    )
)


@dataclass(frozen=True)
class Call:
    """Somebody was called about these fridges."""

    at: datetime
    fridges: frozenset[int]


@dataclass(frozen=True)
class Score:
    """What a way of calling did in a year."""

    calls: int
    false: Counter[str]  # By what happened then.
    missed: int


def run(*, sites: int, days: int, seed: int, rules: str) -> dict[str, Any]:  # Any: figures by name.
    """Simulate, judge twice, and compare."""
    fleet = labelled.fleet(sites=sites, days=days, seed=seed)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        measured = list(pool.map(partial(labelled.samples, days=days, seed=seed), fleet))
    harmed = [labelled.harms(each, its) for each, its in zip(fleet, measured, strict=True)]
    ours = score(fleet, harmed, _called_by_us(fleet, measured, rules))
    fixed = score(fleet, harmed, _called_by_thresholds(fleet, measured))
    years = len(fleet) * days / 365
    return {
        "bench": "quiet",
        "fridge_years": round(years, 2),
        "seed": seed,
        "rules": rules,
        "breaches": sum(map(len, harmed)),
        "missed": ours.missed,
        "calls": ours.calls,
        "false_calls": dict(ours.false),
        "false_calls_a_fridge_year": round(ours.false.total() / years, 2),
        "fixed_missed": fixed.missed,
        "fixed_calls": fixed.calls,
        "fixed_false_calls": dict(fixed.false),
        "fixed_false_calls_a_fridge_year": round(fixed.false.total() / years, 2),
        **foretold.figures(
            [
                foretold.History(fridge, [_reading(number, sample) for sample in its])
                for number, (fridge, its) in enumerate(zip(fleet, measured, strict=True))
            ]
        ),
    }


def score(
    fleet: Sequence[Fridge], harmed: Sequence[Sequence[Harm]], calls: Sequence[Call]
) -> Score:
    """Count the calls, those without a cause for a person, and the harm nobody was called for."""
    false = Counter(_what_was(fleet, call) for call in calls if not _is_due(fleet, harmed, call))
    missed = 0
    for number, its in enumerate(harmed):
        mine = [call.at for call in calls if number in call.fridges]
        missed += sum(1 for harm in its if not _is_found(fleet[number], harm, mine))
    return Score(len(calls), false, missed)


def _is_due(fleet: Sequence[Fridge], harmed: Sequence[Sequence[Harm]], call: Call) -> bool:
    for number in call.fridges:
        label = fleet[number].label_at(call.at, after=SETTLES_AFTER)
        if label is not None and label.cause in NEEDS_A_PERSON:
            return True
        if any(harm.began <= call.at <= harm.ended + SETTLES_AFTER for harm in harmed[number]):
            return True
    return False


def _what_was(fleet: Sequence[Fridge], call: Call) -> str:
    labels = (fleet[number].label_at(call.at, after=SETTLES_AFTER) for number in call.fridges)
    return next((str(label.cause) for label in labels if label is not None), "nothing")


def _is_found(fridge: Fridge, harm: Harm, calls: Iterable[datetime]) -> bool:
    """Tell whether somebody was called in time, or already has the cause in hand."""
    label = fridge.label_at(harm.began, after=SETTLES_AFTER)
    since = harm.began if label is None else min(label.begins, harm.began)
    until = harm.began + labelled.HARM_AFTER + FOUND_WITHIN
    return any(since <= at <= until for at in calls)


def _called_by_thresholds(
    fleet: Sequence[Fridge], measured: Sequence[Sequence[labelled.Sample]]
) -> list[Call]:
    calls = []
    for number, its in enumerate(measured):
        readings = [_reading(number, sample) for sample in its]
        calls += [
            Call(episode.confirmed_at, frozenset({number})) for episode in evaluate(readings, FIXED)
        ]
    assert len(fleet) == len(measured)
    return calls


def _reading(number: int, sample: labelled.Sample) -> Reading:
    assert sample.c is not None, "no device of this fleet falls silent"
    return Reading(
        number,
        sample.at,
        sample.at,
        round(sample.c * 100),
        door_open=sample.door_open,
        power_on=sample.power_on,
    )


def _called_by_us(
    fleet: Sequence[Fridge],
    measured: Sequence[Sequence[labelled.Sample]],
    rules: str,
    at_once: int = AT_ONCE,
) -> list[Call]:
    encrypted.load_keys(KEYS)
    # In memory where there is such a folder: a disk would only be waited for.
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="vaxsite-quiet-", dir=place) as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'quiet.sqlite'}")
        schema.upgrade(engine)
        sessions = session_factory(engine)
        with sessions() as session, transaction(session):
            units = _build(session, fleet, rules)
        with sessions() as session:
            knows = known.load(session)
        _live_through(sessions, fleet, measured, knows, at_once)
        with sessions() as session:
            calls = _read_calls(session, units)
        engine.dispose()
    return calls


def _ticks(
    measured: Sequence[Sequence[labelled.Sample]],
) -> Iterator[tuple[datetime, list[labelled.Sample]]]:
    for samples in zip(*measured, strict=True):
        yield samples[0].at, list(samples)


def _live_through(
    sessions: sessionmaker[Session],
    fleet: Sequence[Fridge],
    measured: Sequence[Sequence[labelled.Sample]],
    knows: known.Known,
    at_once: int,
) -> None:
    """Let all intervals happen; of those in which nobody can be called *at_once* in one batch."""
    memory, waiting, busy = RuleMemory(), list[Message](), False
    for at, samples in _ticks(measured):
        waiting += [
            Message(f"vaxsite/{fridge.device.name}/reading", _payload(sample), at)
            for fridge, sample in zip(fleet, samples, strict=True)
        ]
        if not busy and len(waiting) < at_once * len(fleet) and all(map(_is_calm, samples)):
            continue
        with sessions() as session, transaction(session):
            early = waiting[: -len(fleet)]
            if early:
                before = at - TICK
                ingest.ingest_batch(session, early, known=knows, now=before, memory=memory)
            busy = _live(session, at, waiting[-len(fleet) :], knows, memory)
        waiting = []


def _is_calm(sample: labelled.Sample) -> bool:
    """Tell whether nobody can be called for *sample*: well inside every rule, and with power."""
    return sample.c is not None and 3.0 <= sample.c <= 6.5 and sample.power_on


def _live(
    session: Session,
    at: datetime,
    messages: Sequence[Message],
    knows: known.Known,
    memory: RuleMemory,
) -> bool:
    """Let one interval happen: readings come, the watch calls, people answer.

    Tell whether something is not resolved yet.
    """
    ingest.ingest_batch(session, messages, known=knows, now=at, memory=memory)
    calling.repeat_due(session, now=at + timedelta(minutes=1))
    _answer(session, at + TICK)
    left = select(AlertRow.id).where(AlertRow.state != AlertState.RESOLVED).limit(1)
    return session.scalar(left) is not None


def _payload(sample: labelled.Sample) -> bytes:
    return json.dumps(
        {
            "at": sample.at.isoformat(),
            "c": sample.c,
            "door": sample.door_open,
            "power": sample.power_on,
        }
    ).encode()


def _answer(session: Session, now: datetime) -> None:
    """Acknowledge what was called for five minutes ago; close what is over."""
    rows = session.scalars(select(AlertRow).where(AlertRow.state != AlertState.RESOLVED)).all()
    for row in rows:
        if row.state == AlertState.OPEN and row.notices and now - row.opened_at >= ANSWERS_AFTER:
            answering.acknowledge(
                session, alert_id=row.id, actor_id="staff:1", note="looked", now=now
            )
        elif row.cleared_at is not None:
            answering.resolve(session, alert_id=row.id, actor_id="staff:1", now=now)


def _build(session: Session, fleet: Sequence[Fridge], rules: str) -> dict[int, int]:
    """Store sites, fridges, probes and one person for each site; return fridges by unit."""
    units: dict[int, int] = {}
    sites: dict[int, Site] = {}
    for number, fridge in enumerate(fleet):
        if fridge.site not in sites:
            sites[fridge.site] = site = places.a_site(session, code=f"s{fridge.site}")
            session.add(
                NoticeTarget(site_id=site.id, channel="console", address=site.code, language="en")
            )
        unit = places.a_fridge(session, site=sites[fridge.site], code=f"F{number}", rule_set=rules)
        places.a_probe(session, unit=unit, device=fridge.device.name)
        units[unit.id] = number
        _plan_work(session, unit.id, fridge)
    return units


def _plan_work(session: Session, unit_id: int, fridge: Fridge) -> None:
    """Enter each cleaning beforehand, as staff do, with an hour to get cold again."""
    for label in fridge.labels:
        if label.cause is Cause.CLEANING:
            work = Maintenance(
                MaintenanceKind.CLEANING, "cleaning", label.begins, label.ends + COLD_AGAIN
            )
            maintenance.begin(
                session, unit_id=unit_id, work=work, actor_id="staff:1", now=label.begins
            )


def _read_calls(session: Session, units: dict[int, int]) -> list[Call]:
    """Return one call for each notice that was queued, a recovery not counted."""
    rows = session.execute(
        select(OutboxMessage.created_at, OutboxMessage.about)
        .where(
            OutboxMessage.kind.startswith("alert:"),
            OutboxMessage.kind != f"alert:{NoticeReason.RECOVERY}",
        )
        .order_by(OutboxMessage.created_at)
    ).all()
    return [Call(at, _fridges(session, about, at, units)) for at, about in rows]


def _fridges(session: Session, about: str, at: datetime, units: dict[int, int]) -> frozenset[int]:
    """Return the fridges of the group of alerts that a notice was about."""
    group = int(about.removeprefix("alert:"))
    alerts = session.scalars(
        select(AlertRow).where(or_(AlertRow.group_id == group, AlertRow.id == group))
    )
    return frozenset(units[row.unit_id] for row in alerts if row.opened_at <= at)
