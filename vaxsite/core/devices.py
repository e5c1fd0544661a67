"""Acts on devices that were found and on the topics they use: adopt, ignore, bind, unbind."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from sensors.payloads import registry
from sensors.services import known, placing, taking_in
from sensors.services.strangers import DISCOVERY, LOGGER_FILE
from sensors.store.found import FoundDevice
from sensors.store.places import TopicBinding
from vaxsite.core import audit, places, units
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import AlreadyThere, DomainError

WEEK_S = 7 * 86_400
# What a topic can be bound to: a decoder, or what devices announce of themselves.
KINDS = (*sorted(registry.KINDS), DISCOVERY)


class NoSuchDevice(DomainError):
    """No such device was found."""

    sentence = N_("No device of this name has been heard.")
    status = 404


class NoSuchBinding(DomainError):
    """There is no such binding."""

    sentence = N_("There is no such binding.")
    status = 404


class UnknownDecoder(DomainError):
    """The name is not that of a decoder."""

    sentence = N_("This is not the name of a make that can be read.")


class InvalidFilter(DomainError):
    """The text is no MQTT topic filter (MQTT 5, section 4.7)."""

    sentence = N_("This is not a topic filter: + stands for one level, # for the rest at the end.")


def get_found(session: Session, device: str, channel: str = "") -> int:
    """Return the id of a device that was found; raise `NoSuchDevice` without one."""
    found_id = session.scalar(
        select(FoundDevice.id).where(FoundDevice.device == device, FoundDevice.channel == channel)
    )
    if found_id is None:
        raise NoSuchDevice
    return found_id


def adopt(
    session: Session,
    *,
    found_id: int,
    unit_id: int,
    expected_every_s: int,
    with_past: bool,
    actor: Actor,
    now: datetime,
) -> int:
    """Register a found device as a probe in *unit_id*; return the sensor's id.

    A USB logger is to bring a file a week. What was sent before is taken in; it counts for the unit
    where the probe hung there *with_past*. Raises `NoSuchDevice` or `AlreadyThere`.
    """
    if (found := session.get(FoundDevice, found_id)) is None:
        raise NoSuchDevice
    units.check_in_use(session, unit_id)
    sensor_id = places.register_probe(
        session,
        device=found.device,
        channel=found.channel,
        unit_id=unit_id if with_past else None,
        expected_every_s=expected_every_s,
        now=now,
        files_every_s=WEEK_S if found.topic == LOGGER_FILE else None,
    )
    if not with_past:
        placing.place(session, sensor_id=sensor_id, unit_id=unit_id, at=now, now=now)
    _note_decision(session, found_id, None, None, None)
    taken = taking_in.take_in_known(session, now=now)
    audit.record(
        session,
        actor=actor,
        action="device:adopt",
        subject=f"sensor:{sensor_id}",
        now=now,
        detail={"unit": unit_id, "with_past": with_past, "messages": taken},
    )
    return sensor_id


def ignore(session: Session, *, found_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Say that a found device is none of ours: what it sends is only counted from now on."""
    if not _note_decision(session, found_id, now, actor.id, reason):
        raise NoSuchDevice
    known.changed(session)
    audit.record(
        session,
        actor=actor,
        action="device:ignore",
        subject=f"found_device:{found_id}",
        now=now,
        detail={"reason": reason},
    )


def _note_decision(
    session: Session, found_id: int, at: datetime | None, by: str | None, because: str | None
) -> bool:
    changed = session.execute(
        update(FoundDevice)
        .where(FoundDevice.id == found_id)
        .values(ignored_at=at, ignored_by=by, ignored_because=because)
        .returning(FoundDevice.id)
    )
    return bool(changed.all())


def bind(session: Session, *, topic_filter: str, decoder: str, actor: Actor, now: datetime) -> int:
    """Read the topics of *topic_filter* with *decoder*; where two match, the older one decides.

    Raises `InvalidFilter`, `UnknownDecoder` or `AlreadyThere`.
    """
    if not is_filter(topic_filter):
        raise InvalidFilter
    if decoder not in KINDS:
        raise UnknownDecoder
    taken = select(TopicBinding.id).where(TopicBinding.topic_filter == topic_filter)
    if session.scalar(taken) is not None:
        raise AlreadyThere
    row = TopicBinding(topic_filter=topic_filter, decoder=decoder)
    session.add(row)
    session.flush()
    known.changed(session)
    audit.record(
        session,
        actor=actor,
        action="binding:add",
        subject=f"binding:{row.id}",
        now=now,
        detail={"filter": topic_filter, "decoder": decoder},
    )
    return row.id


def unbind(session: Session, *, topic_filter: str, actor: Actor, now: datetime) -> None:
    """Read the topics of *topic_filter* no more; raise `NoSuchBinding` where nobody does."""
    gone = session.execute(
        delete(TopicBinding)
        .where(TopicBinding.topic_filter == topic_filter)
        .returning(TopicBinding.id)
    ).scalar_one_or_none()
    if gone is None:
        raise NoSuchBinding
    known.changed(session)
    audit.record(
        session,
        actor=actor,
        action="binding:remove",
        subject=f"binding:{gone}",
        now=now,
        detail={"filter": topic_filter},
    )


def is_filter(text: str) -> bool:
    """Tell whether *text* is a topic filter (MQTT 5, section 4.7.1)."""
    levels = text.split("/")
    last = len(levels) - 1
    return (
        0 < len(text.encode()) <= 65_535
        and "\0" not in text
        and all("+" not in level or level == "+" for level in levels)
        and all(
            "#" not in level or (level == "#" and place == last)
            for place, level in enumerate(levels)
        )
    )
