"""Acts on storage units: add one, change what is known of it, take it out of use and back.

A unit is never deleted: what was measured in it stays evidence.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.rulebook import STANDARDS
from sensors.services import known
from sensors.store.places import ProbePlacement, RuleChoice, Sensor, Site, StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import AlreadyThere, DomainError, NotFound
from vaxsite.core.typed import half_width
from vaxsite.core.unit_rules import RuleSetNotForUnit

# By which rules a new unit is judged unless others are chosen. This system's own choice.
FIRST_RULES: Mapping[Profile, str] = {
    Profile.FRIDGE: "cn-clinic",
    Profile.FREEZER: "freezer",
    Profile.ULTRA_COLD: "ultra-cold",
    Profile.COLD_ROOM: "cn-gsp",
    Profile.COLD_BOX: "cn-transport",
    Profile.AMBIENT: "ambient",
}

NAMES = frozenset({"name_en", "name_zh"})


class WasMeasured(DomainError):
    """The kind of a unit decides how its readings are shown: it stays once there are any."""

    sentence = N_(
        "A probe has hung in this unit, so its kind stays. Take it out of use and add another."
    )


class ProbesInside(DomainError):
    """What hangs in a unit that is out of use would go on to alarm."""

    sentence = N_("A probe still hangs in this unit. Move it or take it out first.")


class NameTaken(DomainError):
    """An alarm names a unit by its name: two in use at one site must not share one."""

    sentence = N_(
        "Unit %(code)s of this site is in use and has this name, too. "
        "Give one of the two another name, so that an alarm means one unit only."
    )

    def __init__(self, field: str, code: str) -> None:
        super().__init__(code=code)
        self.field = field  # Of `UnitFacts`: the name that both have.


class OutOfUse(DomainError):
    """Nothing is put into a unit that is out of use."""

    sentence = N_("This unit is out of use.")


@dataclass(frozen=True)
class UnitFacts:
    """What people know of a unit: its names, its kind, and what stands on its plate."""

    name_en: str
    name_zh: str
    profile: Profile
    maker: str | None = None
    model: str | None = None
    serial_number: str | None = None
    pqs_code: str | None = None
    made_in: int | None = None  # The year.


def add_unit(
    session: Session,
    *,
    site_id: int,
    code: str,
    facts: UnitFacts,
    rule_set: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a storage unit to a site and return its id; without *rule_set* with its first rules.

    Raises `AlreadyThere`, `NameTaken` or `RuleSetNotForUnit`.
    """
    rule_set = rule_set or FIRST_RULES[facts.profile]
    _check_rules(rule_set, facts.profile)
    wanted = select(StorageUnit.id).where(StorageUnit.site_id == site_id, StorageUnit.code == code)
    if session.scalar(wanted) is not None:
        raise AlreadyThere
    _check_names(session, site_id, facts)
    unit = StorageUnit(site_id=site_id, code=code, rule_set=rule_set, **asdict(facts))
    session.add(unit)
    session.flush()
    detail = {"profile": facts.profile.value, "rules": rule_set}
    _audit(session, actor, "unit:add", unit.id, now, detail)
    return unit.id


def _check_rules(rule_set: str, profile: Profile) -> None:
    standard = STANDARDS.get(rule_set)
    if standard is None or profile.value not in standard.profiles:
        raise RuleSetNotForUnit


def change_unit(
    session: Session, *, unit_id: int, facts: UnitFacts, actor: Actor, now: datetime
) -> None:
    """Write down what is known of a unit now; of another kind it is judged by its first rules.

    Raises `NotFound`, `NameTaken`, or `WasMeasured` for another kind once a probe has hung there.
    """
    unit = _locked(session, unit_id)
    new = asdict(facts)
    old = {name: getattr(unit, name) for name in new}
    changed = {name: [old[name], new[name]] for name in new if old[name] != new[name]}
    if not changed:
        return
    if unit.retired_at is None and not NAMES.isdisjoint(changed):
        _check_names(session, unit.site_id, facts, but=unit_id)
    if "profile" in changed:
        if _was_measured(session, unit_id):
            raise WasMeasured
        unit.rule_set = FIRST_RULES[facts.profile]
        known.changed(session)
    for name, value in new.items():
        setattr(unit, name, value)
    session.flush()
    _audit(session, actor, "unit:change", unit_id, now, changed)


def _was_measured(session: Session, unit_id: int) -> bool:
    hung = exists().where(ProbePlacement.unit_id == unit_id)
    chosen = exists().where(RuleChoice.unit_id == unit_id)
    return bool(session.scalar(select(hung | chosen)))


def retire_unit(
    session: Session, *, unit_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Take a unit out of use; raises `NotFound`, `OutOfUse` or `ProbesInside`."""
    unit = _locked(session, unit_id)
    if unit.retired_at is not None:
        raise OutOfUse
    if session.scalar(select(exists().where(Sensor.unit_id == unit_id))):
        raise ProbesInside
    unit.retired_at, unit.retired_by, unit.retired_because = now, actor.id, reason
    session.flush()
    _audit(session, actor, "unit:retire", unit_id, now, {"reason": reason})


def reopen_unit(session: Session, *, unit_id: int, actor: Actor, now: datetime) -> None:
    """Take a unit into use again; nothing is done where it is in use. Raises `NameTaken`."""
    unit = _locked(session, unit_id)
    if unit.retired_at is None:
        return
    facts = UnitFacts(unit.name_en, unit.name_zh, Profile(unit.profile))
    _check_names(session, unit.site_id, facts, but=unit_id)
    unit.retired_at = unit.retired_by = unit.retired_because = None
    session.flush()
    _audit(session, actor, "unit:reopen", unit_id, now, {})


def check_in_use(session: Session, unit_id: int) -> None:
    """Raise `OutOfUse` where nothing may be put into the unit any more, `NotFound` without one."""
    if _locked(session, unit_id).retired_at is not None:
        raise OutOfUse


def _check_names(session: Session, site_id: int, facts: UnitFacts, *, but: int = 0) -> None:
    """Raise `NameTaken` where another unit in use at the site has one of the names."""
    # Two people who add at once come one after the other.
    session.execute(select(Site.id).where(Site.id == site_id).with_for_update())
    rows = session.execute(
        select(StorageUnit.code, StorageUnit.name_en, StorageUnit.name_zh).where(
            StorageUnit.site_id == site_id,
            StorageUnit.id != but,
            StorageUnit.retired_at.is_(None),
        )
    )
    for code, name_en, name_zh in rows.all():
        for field, name in (("name_zh", name_zh), ("name_en", name_en)):
            if _as_read(name) == _as_read(getattr(facts, field)):
                raise NameTaken(field, code)


def _as_read(name: str) -> str:
    """Return a name as people read it: neither case nor spaces make it another one."""
    return "".join(half_width(name).casefold().split())


def _locked(session: Session, unit_id: int) -> StorageUnit:
    unit = session.get(StorageUnit, unit_id, with_for_update=True, populate_existing=True)
    if unit is None:
        raise NotFound
    return unit


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    unit_id: int,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    audit.record(
        session, actor=actor, action=action, subject=f"unit:{unit_id}", now=now, detail=detail
    )
