"""What the ingest knows of the world: which decoder reads a topic, which probe a name means.

Kept in memory, so that a message costs no query; `renew` looks once a batch whether it changed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from sensors.domain import calibration, placements
from sensors.domain.calibration import Correction
from sensors.domain.placements import Place
from sensors.domain.readings import EARLIEST, LATE_AFTER, Reading
from sensors.domain.rules import RuleSet
from sensors.rulebook import RULE_SETS
from sensors.store.calibration import corrections as stored_corrections
from sensors.store.dialect import insert_if_absent
from sensors.store.found import FoundDevice
from sensors.store.places import (
    PlacesRevision,
    ProbePlacement,
    RuleChoice,
    Sensor,
    StorageUnit,
    TopicBinding,
)

NO_RULES = RuleSet(())
_MOST_TOPICS = 10_000  # A sender of made-up topics must not fill the memory.


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """A registered probe with the units that it hung in, oldest first."""

    id: int
    device: str
    channel: str
    places: tuple[Place, ...]
    silent_after_s: int
    corrections: tuple[Correction, ...] = ()
    by_file: bool = False  # A USB logger: heard by its files.
    kept_from: datetime = EARLIEST  # Readings before it went by the rule of retention.

    @property
    def unit_id(self) -> int | None:
        """The unit where it hangs now."""
        here = self.places[-1] if self.places else None
        return here.unit_id if here and here.to_at is None else None

    @property
    def late_after(self) -> timedelta:
        """How long after it was measured a reading of it may come and still be news."""
        return max(timedelta(seconds=self.silent_after_s), LATE_AFTER)

    def corrected(self, reading: Reading) -> Reading:
        """Return *reading* as the probe's certificates correct it: what judges and shows it."""
        if not self.corrections or reading.centi is None:
            return reading
        centi = calibration.corrected(reading.centi, reading.measured_at, self.corrections)
        return reading._replace(centi=centi)

    def place_at(self, at: datetime) -> Place | None:
        """Return where it hung at *at*."""
        return placements.place_at(self.places, at)


@dataclass
class Known:
    """The registered probes and bindings at one moment."""

    sensors: Mapping[tuple[str, str], KnownSensor] = field(default_factory=dict)
    bindings: Sequence[tuple[str, str]] = ()
    revision: int = -1
    ignored: frozenset[tuple[str, str]] = frozenset()  # Devices of others, as somebody said.
    _kinds: dict[str, str | None] = field(default_factory=dict)

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        return tuple(topic_filter for topic_filter, _ in self.bindings)

    def kind_of(self, topic: str) -> str | None:
        """Return the decoder's kind for *topic*; the first binding that matches decides."""
        if topic in self._kinds:
            return self._kinds[topic]
        kind = next((kind for wanted, kind in self.bindings if matches(wanted, topic)), None)
        if len(self._kinds) < _MOST_TOPICS:
            self._kinds[topic] = kind
        return kind

    def renew(self, session: Session) -> bool:
        """Read everything again if something changed since; tell whether it did."""
        if self.revision == _revision(session):
            return False
        fresh = load(session)
        self.sensors, self.bindings, self._kinds = fresh.sensors, fresh.bindings, {}
        self.revision, self.ignored = fresh.revision, fresh.ignored
        return True


def changed(session: Session) -> None:
    """Say that places, probes or bindings changed, in the transaction that changes them."""
    insert_if_absent(session, PlacesRevision, id=1, number=0)
    session.execute(update(PlacesRevision).values(number=PlacesRevision.number + 1))


def load(session: Session) -> Known:
    """Read the registered probes and bindings; an unknown rule set judges nothing."""
    revision = _revision(session)
    places, corrections = _places(session), stored_corrections(session)
    sensors = {
        (sensor.device, sensor.channel): KnownSensor(
            sensor.id,
            sensor.device,
            sensor.channel,
            tuple(places[sensor.id]),
            sensor.silent_after_s,
            tuple(corrections.get(sensor.id, ())),
            sensor.files_every_s is not None,
            sensor.kept_from or EARLIEST,
        )
        for sensor in session.execute(_sensors())
    }
    bindings = session.execute(
        select(TopicBinding.topic_filter, TopicBinding.decoder).order_by(TopicBinding.id)
    )
    ignored = session.execute(
        select(FoundDevice.device, FoundDevice.channel).where(FoundDevice.ignored_at.is_not(None))
    )
    return Known(
        sensors,
        [(row.topic_filter, row.decoder) for row in bindings],
        revision,
        frozenset((row.device, row.channel) for row in ignored),
    )


def load_sensor(session: Session, sensor_id: int) -> KnownSensor:
    """Read one registered probe."""
    sensor = session.execute(_sensors().where(Sensor.id == sensor_id)).one()
    places = tuple(_places(session, sensor_id)[sensor_id])
    return KnownSensor(
        sensor.id,
        sensor.device,
        sensor.channel,
        places,
        sensor.silent_after_s,
        tuple(stored_corrections(session, sensor_id).get(sensor_id, ())),
        sensor.files_every_s is not None,
        sensor.kept_from or EARLIEST,
    )


def _sensors() -> Select[int, str, str, int, int | None, datetime | None]:
    """Select columns and no objects: within one transaction those would not be read again."""
    return select(
        Sensor.id,
        Sensor.device,
        Sensor.channel,
        Sensor.silent_after_s,
        Sensor.files_every_s,
        Sensor.kept_from,
    )


def _places(session: Session, sensor_id: int | None = None) -> dict[int, list[Place]]:
    wanted = (
        select(
            ProbePlacement.sensor_id,
            ProbePlacement.unit_id,
            ProbePlacement.from_at,
            ProbePlacement.to_at,
            StorageUnit.rule_set,
        )
        .join(StorageUnit, StorageUnit.id == ProbePlacement.unit_id)
        .order_by(ProbePlacement.from_at)
    )
    if sensor_id is not None:
        wanted = wanted.where(ProbePlacement.sensor_id == sensor_id)
    choices = _choices(session)
    places: dict[int, list[Place]] = defaultdict(list)
    for row in session.execute(wanted):
        sets = [(EARLIEST, RULE_SETS.get(row.rule_set, NO_RULES)), *choices[row.unit_id]]
        places[row.sensor_id] += placements.by_rules(row.unit_id, row.from_at, row.to_at, sets)
    return places


def _choices(session: Session) -> dict[int, list[tuple[datetime, RuleSet]]]:
    """Return by which rules each unit is judged from when, after its first ones."""
    chosen: dict[int, list[tuple[datetime, RuleSet]]] = defaultdict(list)
    wanted = select(RuleChoice.unit_id, RuleChoice.from_at, RuleChoice.rule_set)
    for row in session.execute(wanted.order_by(RuleChoice.from_at)):
        chosen[row.unit_id].append((row.from_at, RULE_SETS.get(row.rule_set, NO_RULES)))
    return chosen


def _revision(session: Session) -> int:
    return session.scalar(select(PlacesRevision.number)) or 0


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether *topic* falls under *topic_filter* (MQTT 5, section 4.7)."""
    if topic.startswith("$") and not topic_filter.startswith("$"):
        return False
    wanted, given = topic_filter.split("/"), topic.split("/")
    for place, level in enumerate(wanted):
        if level == "#":
            return True
        if place >= len(given) or level not in ("+", given[place]):
            return False
    return len(wanted) == len(given)
