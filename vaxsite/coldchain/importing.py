"""A pharmacist brings the file of a USB logger: who may, and that it is written down.

What the file says and whether it may be imported is decided upstream; here a refusal gets its
sentence, and the act its audit row.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.payloads.files import registry
from sensors.payloads.files.contents import Doubt, UnreadableFile
from sensors.services import importing, strangers
from sensors.services.importing import Imported
from sensors.services.importing_plan import Choice, ImportRefused, Refusal
from sensors.store.places import StorageUnit
from vaxsite.coldchain.import_texts import REFUSALS
from vaxsite.core import audit
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.permissions import Permission

RULE = "coldchain:import"


def import_logger_file(
    session: Session,
    payload: bytes,
    *,
    name: str,
    choice: Choice,
    accepted: frozenset[Doubt],
    actor: Actor,
    now: datetime,
) -> Imported:
    """Import *payload* and leave an audit row; raises `RefusedAct` with the reason.

    A logger of a site where *actor* may not import is refused as one that nobody knows.
    """
    try:
        found = importing.import_file(
            session,
            payload,
            name=name,
            choice=choice,
            accepted=accepted,
            actor_id=actor.id,
            now=now,
        )
        _check_site(session, found, actor)
    except UnreadableFile as err:
        raise RefusedAct(Refused(err.reason, RULE), REFUSALS) from err
    except ImportRefused as err:
        raise RefusedAct(Refused(err.reason, RULE, detail=err.detail), REFUSALS) from err
    if not found.again:
        _record(session, found, accepted, actor, now)
    return found


def offer_logger(session: Session, payload: bytes, *, actor: Actor, now: datetime) -> None:
    """Offer the logger of *payload*, whose serial number nobody knows, for adoption."""
    file = registry.read(payload)
    strangers.note_logger(session, file, payload, now=now)
    audit.record(
        session,
        actor=actor,
        action="device:offer",
        subject=f"device:{file.serial}",
        now=now,
        detail={"kind": file.kind},
    )


def _record(
    session: Session, found: Imported, accepted: frozenset[Doubt], actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor,
        action="logger_file:import",
        subject=f"logger_file:{found.file_id}",
        now=now,
        detail={
            "sensor": found.plan.sensor.id,
            "unit": found.plan.unit_id,
            "new_readings": len(found.plan.new),
            "accepted": sorted(accepted & found.plan.doubts.keys()),
        },
    )


def preview(
    session: Session, payload: bytes, *, choice: Choice, actor: Actor, now: datetime
) -> Imported:
    """Import as if every doubt were accepted; the caller rolls it back (`rehearsal`)."""
    return import_logger_file(
        session,
        payload,
        name="",
        choice=choice,
        accepted=frozenset(Doubt),
        actor=actor,
        now=now,
    )


def leaves_day_order_open(payload: bytes) -> bool:
    """Tell whether day and month of the file's dates could be the other way round."""
    try:
        return registry.read(payload).doubted(Doubt.DAY_ORDER)
    except UnreadableFile:
        return False


def _check_site(session: Session, found: Imported, actor: Actor) -> None:
    site_id = session.scalar(
        select(StorageUnit.site_id).where(StorageUnit.id == found.plan.unit_id)
    )
    if actor.kind is not ActorKind.SYSTEM and not actor.may(Permission.LOGGER_IMPORT, site_id):
        raise ImportRefused(Refusal.UNKNOWN_DEVICE, serial=found.plan.file.serial)
