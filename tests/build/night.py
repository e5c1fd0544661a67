"""A night of many sites: their people, their gateways that lie, and what their probes say.

200 sites with five units each. One person is on call for five sites, a second for ten, a manager
for forty. Twenty sites lose their mains for two hours, thirty probes elsewhere break, the broker
is away for four minutes, and three units leave their range.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.channels.message import ChannelError, Message, Receipt
from sensors.domain.alerts import AlertState
from sensors.services import answering, messages
from sensors.store.episodes import AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor, Site
from sensors.store.readings import SensorState
from sensors.store.transaction import transaction
from tests.build import people, places

BEGIN = datetime(2026, 1, 12, 14, 0, tzinfo=UTC)  # Ten in the evening in Beijing.
HOURS = 8
EVERY_S = 300
SITES, UNITS = 200, 5
DARK = range(20)  # Sites without mains ...
CUT_AT, BACK_AT = timedelta(hours=2), timedelta(hours=4)
BROKEN = range(20, 50)  # ... with one broken probe each ...
WARM, WARM_IN_THE_DARK, FREEZING = 60, 3, 85  # ... with a unit that leaves its range.
AWAY = (timedelta(hours=5), timedelta(hours=5, minutes=4))  # The broker.
ASLEEP = ("on-call-0", "on-call-12", "second-6", "manager-1", "on-call-17", "second-8")


@dataclass
class Gateway:
    """Takes messages: every third only at the second try, every fifth twice, some never arrive.

    Its receipts say that it took a message. Only one that is *honest* says that it arrived.
    """

    honest: bool = False
    loses: frozenset[str] = frozenset()
    arrived: list[tuple[str, str]] = field(default_factory=list)  # (person, delivery key)
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def send(self, message: Message) -> Receipt:
        """Do what this gateway does to *message*."""
        self.asked[message.delivery_key] += 1
        number, first = len(self.asked), self.asked[message.delivery_key] == 1
        if number % 3 == 0 and first:
            raise ChannelError("busy", retry=True)
        person = message.address.partition("@")[0]
        if person not in self.loses:
            self.arrived.append((person, message.delivery_key))
        if number % 5 == 0 and first:  # Taken, and then the line breaks: it will come again.
            raise ChannelError("no answer", retry=True)
        return Receipt(message.delivery_key, delivered=self.honest)


def build(session: Session) -> None:
    """Store the sites with their people, chains, units and probes."""
    every_site = [places.a_site(session, code=f"site{number:03}") for number in range(SITES)]
    _team(session, every_site, "manager", 40, None)
    _team(session, every_site, "second", 10, 2)
    _team(session, every_site, "on-call", 5, 1)
    for number, site in enumerate(every_site):
        for severity in ("critical", "warning"):
            people.a_chain(session, site, severity=severity)
        for place in range(UNITS):
            unit = places.a_fridge(session, site=site, code=f"F{place}", rule_set="cn-clinic")
            device = f"s{number:03}-{place}"
            probe = places.a_probe(session, unit=unit, device=device, silent_after_s=605)
            session.add(SensorState(sensor_id=probe.id, rules={}))
    session.commit()


def _team(
    session: Session, every_site: Sequence[Site], name: str, many: int, place: int | None
) -> None:
    """Store one person for *many* sites each, on call in *place* or as their manager."""
    role = "manager" if place is None else "pharmacist"
    for number in range(SITES // many):
        mine = every_site[number * many : (number + 1) * many]
        person = people.a_contact(session, f"{name}-{number}", sites=mine, role=role)
        for site in mine if place is not None else ():
            people.always_on_call(session, site, person, place=place or 1)


def celsius(site: int, place: int, since: timedelta) -> float:
    """Return what the unit *place* of *site* is at, *since* the evening began."""
    hours = since / timedelta(hours=1)
    if (site, place) == (WARM, 0) and 1 <= hours < 3.5:
        return 9.6
    if (site, place) == (FREEZING, 0) and hours >= 3:
        return -1.4
    if (site, place) == (WARM_IN_THE_DARK, 0) and CUT_AT <= since < BACK_AT + timedelta(hours=1.2):
        return 9.8
    return 4.5 + (site + place) % 7 / 10


def says(site: int, place: int, since: timedelta) -> bool:
    """Tell whether the probe *place* of *site* says anything at all."""
    if site in DARK and CUT_AT + timedelta(seconds=EVERY_S) < since < BACK_AT:
        return False
    broken_at = timedelta(hours=1) + timedelta(minutes=7) * (site - BROKEN.start)
    return not (site in BROKEN and place == 1 and since > broken_at)


def readings(since: timedelta, until: timedelta) -> Iterator[messages.Message]:
    """Yield what the broker hands over in (since, until]; after its absence, all that it kept."""
    if AWAY[0] < until <= AWAY[1]:
        return
    begin = AWAY[0] if since <= AWAY[1] < until else since
    for second in range(int(begin.total_seconds()) + 1, int(until.total_seconds()) + 1):
        for index in range(second % EVERY_S, SITES * UNITS, EVERY_S):
            site, place = divmod(index, UNITS)
            at = timedelta(seconds=second)
            if says(site, place, at):
                yield _reading(site, place, at, until)


def _reading(site: int, place: int, at: timedelta, received: timedelta) -> messages.Message:
    dark = site in DARK and CUT_AT <= at < BACK_AT
    body = (
        f'{{"at": "{(BEGIN + at).isoformat()}", "c": {celsius(site, place, at)}, '
        f'"power": {"false" if dark else "true"}}}'
    )
    topic = f"vaxsite/s{site:03}-{place}/reading"
    return messages.Message(topic, body.encode(), BEGIN + received)


@dataclass
class Staff:
    """People who answer five minutes after a message reached them, unless they sleep."""

    sessions: sessionmaker[Session]
    gateways: Sequence[Gateway]
    due: list[tuple[datetime, str, str]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def live(self, now: datetime) -> None:
        """Read what has arrived, answer what is due."""
        for gateway in self.gateways:
            for person, key in gateway.arrived[self.seen.get(str(id(gateway)), 0) :]:
                if person not in ASLEEP:
                    self.due.append((now + timedelta(minutes=5), person, key))
            self.seen[str(id(gateway))] = len(gateway.arrived)
        for item in [item for item in self.due if item[0] <= now]:
            self.due.remove(item)
            self._answer(item[1], item[2], now)

    def _answer(self, person: str, key: str, now: datetime) -> None:
        with self.sessions() as session, transaction(session):
            about = session.scalar(
                select(OutboxMessage.about).where(OutboxMessage.delivery_key == key)
            )
            for alert_id in session.scalars(self._open(person, about or "")).all():
                answering.acknowledge(
                    session, alert_id=alert_id, actor_id=person, note="on my way", now=now
                )

    def _open(self, person: str, about: str) -> Select[int]:
        """Select what the message is about; a list leads to all open alerts of their sites."""
        standing = select(AlertRow.id).where(AlertRow.state == AlertState.OPEN)
        if about.startswith("alert:") and about[6:].isdigit():
            return standing.where(AlertRow.group_id == int(about[6:]))
        size = {"on-call": 5, "second": 10, "manager": 40}[person.rpartition("-")[0]]
        first = int(person.rpartition("-")[2]) * size
        codes = [
            f"s{number:03}-{place}"
            for number in range(first, first + size)
            for place in range(UNITS)
        ]
        return standing.join(Sensor, Sensor.id == AlertRow.sensor_id).where(
            Sensor.device.in_(codes)
        )
