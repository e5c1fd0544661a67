"""What the ingest knows of the world: which decoder reads a topic, which probe a name means.

Read from the database now and then, so that a message costs no query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.rules import RuleSet
from sensors.rulebook import RULE_SETS
from sensors.store.places import Sensor, StorageUnit, TopicBinding

NO_RULES = RuleSet(())
_MOST_TOPICS = 10_000  # A sender of made-up topics must not fill the memory.


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """A registered probe with the rules of the unit that it hangs in."""

    id: int
    device: str
    channel: str
    unit_id: int | None
    rules: RuleSet
    silent_after_s: int


@dataclass
class Known:
    """The registered probes and bindings at one moment."""

    sensors: dict[tuple[str, str], KnownSensor] = field(default_factory=dict)
    bindings: Sequence[tuple[str, str]] = ()
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


def load(session: Session) -> Known:
    """Read the registered probes and bindings; an unknown rule set judges nothing."""
    rows = session.execute(
        select(Sensor, StorageUnit.rule_set).outerjoin(
            StorageUnit, StorageUnit.id == Sensor.unit_id
        )
    )
    sensors = {
        (sensor.device, sensor.channel): KnownSensor(
            sensor.id,
            sensor.device,
            sensor.channel,
            sensor.unit_id,
            RULE_SETS.get(rule_set or "", NO_RULES),
            sensor.silent_after_s,
        )
        for sensor, rule_set in rows
    }
    bindings = session.execute(
        select(TopicBinding.topic_filter, TopicBinding.decoder).order_by(TopicBinding.id)
    )
    return Known(sensors, [(row.topic_filter, row.decoder) for row in bindings])


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
