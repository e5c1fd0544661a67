"""Acts on doses: give one after the checks, record one that happened, correct a record.

A dose that has not happened yet is stopped when it would be wrong; a dose that happened is always
recordable, and judged. A record is never edited: a correction is a new row with a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import DomainError, NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.doses import queries, rules
from vaxsite.doses.rules import (
    SENTENCES,
    Afterwards,
    BodySite,
    Check,
    Facts,
    RecordReason,
)
from vaxsite.record.models import Dose
from vaxsite.record.rules import NOT_GIVEN, number_of
from vaxsite.stock.queries import FoundLot
from vaxsite.visits import queries as visits
from vaxsite.visits import services as visit_services
from vaxsite.visits.queries import Entry


class Stopped(RefusedAct):
    """A check says no: the needle stops. Carries every check, and the sentence of the first no."""

    def __init__(self, checks: tuple[Check, ...]) -> None:
        first = next(c.decision for c in checks if isinstance(c.decision, Refused))
        super().__init__(first, SENTENCES)
        self.checks = checks


class OtherDose(DomainError):
    """The number of this form belongs to another dose: it was sent for another visit."""

    sentence = N_("This form was used for another dose. Open the visit again.")


@dataclass(frozen=True)
class Needle:
    """What the nurse says about one dose. The id comes with the form, so that it counts once."""

    dose_id: UUID
    found: FoundLot
    body_site: BodySite
    given_at: datetime
    vaccinator_id: str
    presented_id: UUID | None = None


def check(
    session: Session,
    *,
    visit_id: UUID,
    found: FoundLot,
    presented_id: UUID | None,
    actor: Actor,
    now: datetime,
    language: str,
) -> tuple[Check, ...]:
    """Answer the checks for a scanned lot; a stop is written into the audit."""
    entry = _entry(session, visit_id, actor)
    facts = queries.stop_facts(
        session, entry=entry, found=found, presented_id=presented_id, at=now, language=language
    )
    checks = rules.stop_checks(facts, now)
    stops = [check.decision for check in checks if isinstance(check.decision, Refused)]
    if stops:
        codes = [stop.reason.value for stop in stops]
        detail = {"lot": found.lot.id, "reasons": codes}
        _audit(session, actor, "dose:stop", f"visit:{visit_id}", now, detail)
    return checks


def give(
    session: Session, *, visit_id: UUID, needle: Needle, actor: Actor, now: datetime, language: str
) -> UUID:
    """Record a dose whose checks all say yes in this second; raise `Stopped` otherwise.

    Sending the same form again returns the same dose.
    """
    entry = _locked(session, visit_id, actor)
    if _is_there(session, needle.dose_id, visit_id):
        return needle.dose_id
    queries.lock_needle(session, person_id=entry.person.id, vial_id=needle.found.vial_id)
    facts = _facts(session, entry, needle, now, language, happened=False)
    checks = rules.stop_checks(facts, now)
    if any(check.stops for check in checks):
        raise Stopped(checks)
    return _record(session, entry, needle, facts, "dose:give", {}, actor, now)


def record(
    session: Session,
    *,
    visit_id: UUID,
    needle: Needle,
    why: Afterwards,
    actor: Actor,
    now: datetime,
    language: str,
) -> UUID:
    """Record a dose that was given, whatever the checks say, with the verdict of the rules.

    Sending it again returns the same dose.
    """
    entry = _locked(session, visit_id, actor)
    if _is_there(session, needle.dose_id, visit_id):
        return needle.dose_id
    _check_time(entry, needle.given_at, now)
    queries.lock_needle(session, person_id=entry.person.id, vial_id=needle.found.vial_id)
    facts = _facts(session, entry, needle, needle.given_at, language, happened=True)
    verdict = rules.judge(rules.stop_checks(facts, needle.given_at))
    detail = {"judged": verdict, "why": why.value}
    return _record(session, entry, needle, facts, "dose:record", detail, actor, now)


def correct(
    session: Session,
    *,
    dose_id: UUID,
    reason: str,
    found: FoundLot,
    body_site: BodySite,
    given_at: datetime,
    actor: Actor,
    now: datetime,
    language: str,
) -> UUID:
    """Write a new row that stands for the dose from now on; return its id."""
    old = _correctable(session, dose_id, reason, actor)
    entry = _locked(session, old.visit_id, actor)
    _check_time(entry, given_at, now)
    facts = queries.stop_facts(
        session,
        entry=entry,
        found=found,
        presented_id=None,
        at=given_at,
        language=language,
        happened=True,
        correcting=dose_id,
    )
    verdict = rules.judge(rules.stop_checks(facts, given_at))
    new = _correction(session, dose_id, reason, verdict, actor, now)
    new.product_id, new.lot_id = found.lot.product.id, found.lot.id
    new.dose_number = number_of(facts.turn)
    new.vial_id, new.given_at, new.body_site = found.vial_id, given_at, body_site.value
    session.add(new)
    session.flush()
    _audit(session, actor, "dose:correct", f"dose:{new.id}", now, {"corrects": str(dose_id)})
    if old.given_at != given_at:
        visit_services.correct_needle_time(
            session, visit_id=old.visit_id, given_at=given_at, actor=actor, now=now
        )
    return new.id


def withdraw(session: Session, *, dose_id: UUID, reason: str, actor: Actor, now: datetime) -> UUID:
    """Write that a recorded dose was not given; the person is back before the needle."""
    old = _correctable(session, dose_id, reason, actor)
    _locked(session, old.visit_id, actor)
    new = _correction(session, dose_id, reason, NOT_GIVEN, actor, now)
    session.add(new)
    session.flush()
    _audit(session, actor, "dose:withdraw", f"dose:{new.id}", now, {"corrects": str(dose_id)})
    visit_services.undo_vaccination(session, visit_id=old.visit_id, actor=actor, now=now)
    return new.id


@dataclass(frozen=True)
class _Old:
    visit_id: UUID
    given_at: datetime


def _correctable(session: Session, dose_id: UUID, reason: str, actor: Actor) -> _Old:
    old = queries.get_dose(session, dose_id=dose_id, actor=actor)
    if not actor.may(Permission.DOSE_RECORD, old.site_id) or old.visit_id is None:
        raise NotFound
    if not reason.strip():
        raise _refusal(RecordReason.REASON_MISSING)
    visits.get_visit(session, visit_id=old.visit_id, actor=actor)
    if old.verdict == NOT_GIVEN or queries.is_corrected(session, dose_id=dose_id):
        raise _refusal(RecordReason.CORRECTED_BEFORE)
    return _Old(old.visit_id, old.given_at)


def _correction(
    session: Session, dose_id: UUID, reason: str, verdict: str, actor: Actor, now: datetime
) -> Dose:
    """Copy the row that is corrected; the caller changes what was wrong."""
    old = session.get_one(Dose, dose_id)
    return Dose(
        id=new_id(now),
        person_id=old.person_id,
        visit_id=old.visit_id,
        site_id=old.site_id,
        product_id=old.product_id,
        lot_id=old.lot_id,
        vial_id=old.vial_id,
        dose_number=old.dose_number,
        given_at=old.given_at,
        body_site=old.body_site,
        vaccinator_id=old.vaccinator_id,
        recorder_id=actor.id,
        judged=verdict,
        recorded_at=now,
        corrects_id=dose_id,
        correction_reason=reason.strip(),
    )


def _record(
    session: Session,
    entry: Entry,
    needle: Needle,
    facts: Facts,
    action: str,
    detail: Mapping[str, Any],  # Any: small printable values.
    actor: Actor,
    now: datetime,
) -> UUID:
    assert entry.visit is not None
    lot = needle.found.lot
    session.add(
        Dose(
            id=needle.dose_id,
            person_id=entry.person.id,
            visit_id=entry.visit.id,
            site_id=entry.site.id,
            product_id=lot.product.id,
            lot_id=lot.id,
            vial_id=needle.found.vial_id,
            dose_number=number_of(facts.turn),
            given_at=needle.given_at,
            body_site=needle.body_site.value,
            vaccinator_id=needle.vaccinator_id,
            recorder_id=actor.id,
            judged=rules.judge(rules.stop_checks(facts, needle.given_at)),
            recorded_at=now,
        )
    )
    session.flush()
    shown = {"lot": lot.id, "presented": needle.presented_id is not None, **detail}
    _audit(session, actor, action, f"dose:{needle.dose_id}", now, shown)
    visit_services.vaccinate(
        session, visit_id=entry.visit.id, given_at=needle.given_at, actor=actor, now=now
    )
    return needle.dose_id


def _facts(
    session: Session, entry: Entry, needle: Needle, at: datetime, language: str, *, happened: bool
) -> Facts:
    return queries.stop_facts(
        session,
        entry=entry,
        found=needle.found,
        presented_id=needle.presented_id,
        at=at,
        language=language,
        happened=happened,
    )


def _entry(session: Session, visit_id: UUID, actor: Actor) -> Entry:
    entry = visits.get_visit(session, visit_id=visit_id, actor=actor)
    if not actor.may(Permission.DOSE_RECORD, entry.site.id):
        raise NotFound
    return entry


def _locked(session: Session, visit_id: UUID, actor: Actor) -> Entry:
    visits.lock(session, visit_id=visit_id)
    return _entry(session, visit_id, actor)


def _is_there(session: Session, dose_id: UUID, visit_id: UUID) -> bool:
    known = session.get(Dose, dose_id)
    if known is None:
        return False
    if known.visit_id != visit_id or queries.is_corrected(session, dose_id=dose_id):
        raise OtherDose  # A corrected one too: nothing would be recorded of a second needle.
    return True


def _check_time(entry: Entry, given_at: datetime, now: datetime) -> None:
    if given_at > now:
        raise _refusal(RecordReason.IN_THE_FUTURE)
    arrived = entry.visit.checked_in_at if entry.visit else now
    if entry.site.day(given_at) != entry.site.day(arrived):
        raise _refusal(RecordReason.NOT_THAT_DAY)


def _refusal(reason: RecordReason) -> RefusedAct:
    return RefusedAct(Refused(reason, "dose:record"), SENTENCES)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, Any],  # Any: small printable values.
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
