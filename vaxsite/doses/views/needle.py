"""Pages around the needle: scan, checks, record; what was recorded, and its correction."""

from datetime import datetime, time
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import DomainError, NotFound, RefusedAct, refuse_detail
from vaxsite.core.ids import new_id, parse_reference
from vaxsite.core.permissions import Permission
from vaxsite.doses import queries, rules, schemas, services
from vaxsite.doses.queries import DoseView
from vaxsite.doses.rules import Check
from vaxsite.doses.services import Needle, Stopped
from vaxsite.doses.views.blueprint import bp
from vaxsite.record import queries as records
from vaxsite.record.outlook import DoseLine, outlook
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.stock import queries as stock
from vaxsite.stock.queries import FoundLot
from vaxsite.stock.rules import SENTENCES as STOCK_SENTENCES
from vaxsite.stock.rules import parse_scan
from vaxsite.visits import queries as visits
from vaxsite.visits.queries import Entry
from vaxsite.visits.rules import VisitState
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page


@bp.get("/clinic/visits/<uuid:visit_id>/dose")
@access(Permission.DOSE_RECORD)
def scan(visit_id: UUID) -> AnyResponse:
    """Ask for the package; show who sits there and what they had before."""
    entry = _visit(visit_id)
    if entry.stage == VisitState.VACCINATED:
        return redirect(url_for("doses.recorded", visit_id=visit_id), 303)
    return _scan_page(entry, blank_form(schemas.ScanSchema()), None, None)


@bp.post("/clinic/visits/<uuid:visit_id>/dose")
@access(Permission.DOSE_RECORD)
def scanned(visit_id: UUID) -> AnyResponse:
    """Say what a scan means and answer every check; a scan never records anything."""
    entry = _visit(visit_id)
    form = read_form(schemas.ScanSchema())
    found, presented = _seen(form)
    if form.ok:
        typed = form.values["code"]
        person_id = _person_of(typed)
        if person_id is not None:
            presented = person_id
        else:
            found = _find(form, typed)
    return _scan_page(entry, form, found, presented)


def _person_of(typed: str) -> UUID | None:
    reference = parse_reference(typed)
    if reference is None:
        return None
    return visits.person_of_reference(db.session(), reference=reference)


def _find(form: Form, typed: str) -> FoundLot | None:
    found = stock.find_lot(db.session(), scan=parse_scan(typed))
    if isinstance(found, Refused):
        form.fail("code", explain(STOCK_SENTENCES[found.reason], found.detail))
        return None
    return found


def _seen(form: Form) -> tuple[FoundLot | None, UUID | None]:
    lot_id, vial_id = form.values.get("lot"), form.values.get("vial")
    found = (
        stock.find_again(db.session(), lot_id=lot_id, vial_id=vial_id)
        if lot_id is not None
        else None
    )
    return found, form.values.get("presented")


def _scan_page(
    entry: Entry,
    form: Form,
    found: FoundLot | None,
    presented: UUID | None,
    give: Form | None = None,
    *,
    status: int | None = None,
) -> Response:
    checks = _checks(entry, found, presented) if found else ()
    stops = [
        explain(rules.SENTENCES[check.decision.reason], check.decision.detail)
        for check in checks
        if isinstance(check.decision, Refused)
    ]
    wrong_person = presented is not None and presented != entry.person.id
    session, actor = db.session(), current_actor()
    assert entry.visit is not None
    return page(
        "doses/scan.html",
        title=gettext("Scan the vaccine"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=give if give and give.errors else form,
        scan=form,
        give=give or blank_form(schemas.GiveSchema(), dose_id=str(new_id(now()))),
        status=status,
        entry=visits.get_visit(session, visit_id=entry.visit.id, actor=actor),
        found=found,
        presented=presented,
        wrong_person=wrong_person,
        wrong_person_sentence=gettext(rules.SENTENCES[rules.Stop.WRONG_PERSON]),
        fridges=_fridges(entry, found),
        checks=checks,
        stops=stops,
        sentence=lambda refused: explain(rules.SENTENCES[refused.reason], refused.detail),
        check_labels=rules.CHECK_LABELS,
        schedule_reasons=set(DoseReason),
        doses=_doses(entry),
    )


def _doses(entry: Entry) -> tuple[DoseLine, ...]:
    """Return what the person was given, here and elsewhere, with what it counts for."""
    instant = now()
    history = records.history(db.session(), person_id=entry.person.id, at=instant)
    return outlook(history, on=entry.site.day(instant)).doses


def _fridges(entry: Entry, found: FoundLot | None) -> list[queries.FridgeView]:
    if found is None:
        return []
    return queries.fridges_of(db.session(), lot_id=found.lot.id, site_id=entry.site.id, at=now())


def _checks(entry: Entry, found: FoundLot, presented: UUID | None) -> tuple[Check, ...]:
    actor, instant = current_actor(), now()
    assert entry.visit is not None
    with transaction(db.session()) as session:
        return services.check(
            session,
            visit_id=entry.visit.id,
            found=found,
            presented_id=presented,
            actor=actor,
            now=instant,
            language=current_language(),
        )


@bp.post("/clinic/visits/<uuid:visit_id>/dose/record")
@access(Permission.DOSE_RECORD)
def give(visit_id: UUID) -> AnyResponse:
    """Record the dose, after asking every check once more in the same transaction."""
    entry = _visit(visit_id)
    form = read_form(schemas.GiveSchema())
    found, presented = _seen(form)
    if not form.ok or found is None:
        return _scan_page(entry, blank_form(schemas.ScanSchema()), found, presented, form)
    actor, instant = current_actor(), now()
    needle = Needle(
        dose_id=form.values["dose_id"],
        found=found,
        body_site=form.values["body_site"],
        given_at=instant,
        vaccinator_id=actor.id,
        presented_id=presented,
    )
    try:
        with transaction(db.session()) as session:
            services.give(
                session,
                visit_id=visit_id,
                needle=needle,
                actor=actor,
                now=instant,
                language=current_language(),
            )
    except Stopped:
        blank = blank_form(schemas.ScanSchema())
        return _scan_page(entry, blank, found, presented, status=HTTPStatus.CONFLICT)
    return redirect(url_for("doses.recorded", visit_id=visit_id), 303)


@bp.get("/clinic/visits/<uuid:visit_id>/dose/afterwards")
@access(Permission.DOSE_RECORD)
def afterwards(visit_id: UUID) -> Response:
    """Ask about a dose that was given before it was scanned."""
    instant = now()
    initial = {"dose_id": str(new_id(instant))}
    return _afterwards_page(_visit(visit_id), blank_form(schemas.AfterwardsSchema(), **initial))


@bp.post("/clinic/visits/<uuid:visit_id>/dose/afterwards")
@access(Permission.DOSE_RECORD)
def record(visit_id: UUID) -> AnyResponse:
    """Record what happened, with the verdict of the rules."""
    entry = _visit(visit_id)
    form = read_form(schemas.AfterwardsSchema())
    found = _find(form, form.values["code"]) if form.ok else None
    if found is None:
        return _afterwards_page(entry, form)
    actor, instant = current_actor(), now()
    needle = Needle(
        dose_id=form.values["dose_id"],
        found=found,
        body_site=form.values["body_site"],
        given_at=_at(entry, form.values["given_at"]),
        vaccinator_id=actor.id,
    )
    try:
        with transaction(db.session()) as session:
            services.record(
                session,
                visit_id=visit_id,
                needle=needle,
                why=form.values["why"],
                actor=actor,
                now=instant,
                language=current_language(),
            )
    except RefusedAct as refused:
        form.fail("given_at", _words_of(refused))
        return _afterwards_page(entry, form)
    return redirect(url_for("doses.recorded", visit_id=visit_id), 303)


def _afterwards_page(entry: Entry, form: Form) -> Response:
    return page(
        "doses/afterwards.html",
        title=gettext("Record a dose that was given"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=form,
        entry=entry,
        afterwards_labels=rules.AFTERWARDS_LABELS,
    )


def _at(entry: Entry, of_day: time) -> datetime:
    """Return the instant of a time of day on the day of the visit."""
    zone = ZoneInfo(entry.site.timezone)
    arrived = entry.visit.checked_in_at if entry.visit else now()
    return datetime.combine(entry.site.day(arrived), of_day, zone)


@bp.get("/clinic/visits/<uuid:visit_id>/recorded")
@access(Permission.VISIT_READ)
def recorded(visit_id: UUID) -> Response:
    """Show the record of a visit's dose and until when the person is observed."""
    entry = _visit(visit_id)
    dose = queries.dose_of_visit(db.session(), visit_id=visit_id)
    if dose is None:
        raise NotFound
    return page(
        "doses/recorded.html",
        title=gettext("Dose recorded"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        entry=entry,
        dose=dose,
        may_correct=current_actor().may(Permission.DOSE_RECORD, dose.site_id),
    )


@bp.get("/clinic/doses/<uuid:dose_id>/correct")
@access(Permission.DOSE_RECORD)
def correction(dose_id: UUID) -> Response:
    """Show a record with what can be corrected."""
    dose = _dose(dose_id)
    local = dose.given_at.astimezone(ZoneInfo(dose.timezone))
    form = blank_form(
        schemas.CorrectSchema(), given_at=f"{local:%H:%M}", body_site=dose.body_site.value
    )
    return _correction_page(dose, form, blank_form(schemas.WithdrawSchema()))


@bp.post("/clinic/doses/<uuid:dose_id>/correct")
@access(Permission.DOSE_RECORD)
def correct(dose_id: UUID) -> AnyResponse:
    """Write the correction as a new row."""
    dose = _dose(dose_id)
    entry = _visit(_visit_of(dose))
    form = read_form(schemas.CorrectSchema())
    code = form.values.get("code", "")
    found = _find(form, code) if code else FoundLot(dose.lot, dose.vial_id)
    if not form.ok or found is None:
        return _correction_page(dose, form, blank_form(schemas.WithdrawSchema()))
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            services.correct(
                session,
                dose_id=dose_id,
                reason=form.values["reason"],
                found=found,
                body_site=form.values["body_site"],
                given_at=_at(entry, form.values["given_at"]),
                actor=actor,
                now=instant,
                language=current_language(),
            )
    except RefusedAct as refused:
        form.fail("given_at", _words_of(refused))
        return _correction_page(dose, form, blank_form(schemas.WithdrawSchema()))
    return redirect(url_for("doses.recorded", visit_id=_visit_of(dose)), 303)


@bp.post("/clinic/doses/<uuid:dose_id>/withdraw")
@access(Permission.DOSE_RECORD)
def withdraw(dose_id: UUID) -> AnyResponse:
    """Write that the dose was not given."""
    dose = _dose(dose_id)
    entry = _visit(_visit_of(dose))
    form = read_form(schemas.WithdrawSchema())
    if not form.ok:
        return _correction_page(dose, blank_form(schemas.CorrectSchema()), form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.withdraw(
            session, dose_id=dose_id, reason=form.values["not_given"], actor=actor, now=instant
        )
    return redirect(url_for("visits.person", appointment_id=entry.appointment_id), 303)


def _correction_page(dose: DoseView, form: Form, withdraw_form: Form) -> Response:
    return page(
        "doses/correct.html",
        title=gettext("Correct the record"),
        back=url_for("doses.recorded", visit_id=_visit_of(dose)),
        form=withdraw_form if withdraw_form.errors else form,
        correct=form,
        withdraw=withdraw_form,
        dose=dose,
    )


def _visit(visit_id: UUID) -> Entry:
    return visits.get_visit(db.session(), visit_id=visit_id, actor=current_actor())


def _dose(dose_id: UUID) -> DoseView:
    return queries.get_dose(db.session(), dose_id=dose_id, actor=current_actor())


def _visit_of(dose: DoseView) -> UUID:
    if dose.visit_id is None:
        raise NotFound
    return dose.visit_id


def _words_of(error: DomainError) -> str:
    return explain(error.sentence, refuse_detail(error))
