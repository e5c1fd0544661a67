"""What the births of Sparkplug nodes told: remembered, so that data may come with aliases alone.

A decoder is pure; this is its memory, in the database and so beyond restarts. A message whose
alias nobody told of is set aside, its node is asked for its births, and when they come, what was
set aside is read after all. An alias means something within one session of a node only (Sparkplug
3.0.0, "Edge Node Session"): what was sent before the session began, or before a death, is never
read with the aliases of a later one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from sensors.domain.readings import Decoded
from sensors.payloads import registry, sparkplug
from sensors.payloads.sparkplug import Born, Sender, UnknownAlias
from sensors.services.messages import Message
from sensors.store.births import SparkplugBirth
from sensors.store.dialect import insert_if_absent
from sensors.store.readings import SetAside

KIND = "sparkplug"
# Our own choice: data so long before the first birth that we ever saw of a node is of its session.
BEFORE_FIRST_BIRTH = timedelta(minutes=10)
MOST = 2_000  # Nodes and devices; a sender of made-up ones must not fill the disk.
AT_ONCE = 1_000
ENDED = "an alias whose birth never came before the death of "
# A node needs a moment to answer, and must not be asked for every message that it sends meanwhile.
PAUSE_S = 60.0
MOST_ASKED = 10_000


@dataclass
class Births:
    """The memory during one batch. `asked` are the nodes whose births are missing."""

    session: Session
    asked: set[str] = field(default_factory=set)
    _told: dict[str, SparkplugBirth | None] = field(default_factory=dict)
    _came: list[str] = field(default_factory=list)

    def decode(self, kind: str, message: Message) -> list[Decoded]:
        """Return the readings of *message*, and learn from it where it is a birth or a death.

        Other makes than Sparkplug need no memory. Raises `UndecodablePayload`; of an alias that no
        birth told of, the node is to be asked.
        """
        if kind != KIND:
            return registry.decode(kind, message.topic, message.payload)
        sender = sparkplug.sender_of(message.topic)
        if sender is None:
            return []
        if sender.kind in sparkplug.BIRTHS:
            decoded = sparkplug.decode(message.topic, message.payload)
            if not message.retained:  # What a broker kept may be of a session long ago.
                self._be_born(sender, message)
            return decoded
        if sender.kind in sparkplug.DEATHS and not message.retained:
            self._die(sender, message)
        try:
            return sparkplug.decode(message.topic, message.payload, self._born(sender, message))
        except UnknownAlias:
            self.asked.add(sender.node)
            raise

    def readable_now(self) -> dict[int, Message]:
        """Return what was set aside for want of the births that came since the last call, by id."""
        came, self._came = self._came, []
        found: dict[int, Message] = {}
        for name in came:
            row = self._row(name)
            if row is None:
                continue
            waiting = self.session.execute(
                select(SetAside.id, SetAside.topic, SetAside.payload, SetAside.received_at)
                .where(
                    SetAside.reason == sparkplug.NO_BIRTH + name,
                    SetAside.taken_at.is_(None),
                    SetAside.received_at >= row.from_at,
                )
                .order_by(SetAside.id)
                .limit(AT_ONCE)
            )
            found |= {one.id: Message(one.topic, one.payload, one.received_at) for one in waiting}
        return found

    def _born(self, sender: Sender, message: Message) -> Sequence[Born]:
        row = self._row(sender.name)
        if row is None or message.received_at < row.from_at:
            return ()
        return [Born(**told) for told in row.metrics]

    def _be_born(self, sender: Sender, message: Message) -> None:
        born, number = sparkplug.told_by_birth(message.payload)
        at, row, node = message.received_at, self._row(sender.name), self._row(sender.node)
        if row is not None and row.born_at > at:
            return  # Read again from what was set aside, long after.
        metrics = [asdict(one) for one in born]
        from_at = at - BEFORE_FIRST_BIRTH
        if sender.kind == "NBIRTH":
            if row is not None:
                from_at = row.from_at if number is not None and row.bd_seq == number else at
            self._forget_devices(sender.node)
        elif row is not None and row.metrics != metrics:
            from_at = at
        elif node is not None:
            from_at = node.from_at
        self._write(sender.name, metrics=metrics, number=number, born_at=at, from_at=from_at)
        self._came.append(sender.name)

    def _die(self, sender: Sender, message: Message) -> None:
        """End a session: what its aliases meant is forgotten, what waits for them waits in vain."""
        at, row = message.received_at, self._row(sender.name)
        is_node = sender.kind == "NDEATH"
        if row is not None and row.born_at > at:
            return
        if is_node:
            number = sparkplug.session_of(message.payload)
            if row is not None and None not in {number, row.bd_seq} and number != row.bd_seq:
                return  # The will of an earlier session, told after the next had begun.
            self._forget_devices(sender.node)
        self._write(sender.name, metrics=[], number=None, born_at=at, from_at=at)
        own = SetAside.reason == sparkplug.NO_BIRTH + sender.name
        behind = SetAside.reason.startswith(f"{sparkplug.NO_BIRTH}{sender.name}/", autoescape=True)
        self.session.execute(
            update(SetAside)
            .where(or_(own, behind) if is_node else own, SetAside.taken_at.is_(None))
            .values(reason=ENDED + sender.name)
        )

    def _forget_devices(self, node: str) -> None:
        self.session.flush()
        self.session.execute(
            delete(SparkplugBirth).where(
                SparkplugBirth.name.startswith(f"{node}/", autoescape=True)
            )
        )
        self._told = {name: row for name, row in self._told.items() if name == node}

    def _write(
        self,
        name: str,
        *,
        metrics: list[dict[str, object]],
        number: int | None,
        born_at: datetime,
        from_at: datetime,
    ) -> None:
        values = {"metrics": metrics, "bd_seq": number, "born_at": born_at, "from_at": from_at}
        if self._row(name) is None:
            count = self.session.scalar(select(func.count()).select_from(SparkplugBirth)) or 0
            if count >= MOST or insert_if_absent(self.session, SparkplugBirth, name=name, **values):
                self._told.pop(name, None)
                return
        self.session.execute(
            update(SparkplugBirth).where(SparkplugBirth.name == name).values(**values)
        )
        self._told.pop(name, None)

    def _row(self, name: str) -> SparkplugBirth | None:
        if name not in self._told:
            self._told[name] = self.session.scalars(
                select(SparkplugBirth)
                .where(SparkplugBirth.name == name)
                .execution_options(populate_existing=True)
            ).one_or_none()
        return self._told[name]


class Rebirths:
    """Which nodes are to be asked for their births now; moments are monotonic seconds."""

    def __init__(self) -> None:
        self._asked_at: dict[str, float] = {}
        self._wanted: set[str] = set()

    def note(self, nodes: set[str]) -> None:
        """Take in nodes, `<group>/<node>`, that sent an alias whose birth is missing."""
        self._wanted |= nodes

    def take_due(self, *, moment: float) -> list[str]:
        """Return the nodes to ask: each at most once in `PAUSE_S`, the others wait for it."""
        if len(self._asked_at) > MOST_ASKED:
            self._asked_at.clear()
        due = [
            node
            for node in sorted(self._wanted)
            if moment - self._asked_at.get(node, -PAUSE_S) >= PAUSE_S
        ]
        self._asked_at |= dict.fromkeys(due, moment)
        self._wanted.clear()  # A node that still sends aliases alone is noted again.
        return due
