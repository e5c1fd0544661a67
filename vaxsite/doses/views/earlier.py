"""A person's record beside an appointment: every dose with its verdict, and earlier ones added."""

from collections.abc import Mapping
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.doses import schemas
from vaxsite.doses.views.blueprint import bp
from vaxsite.record import queries as record
from vaxsite.record import services
from vaxsite.record.outlook import in_language, outlook
from vaxsite.record.rules import SOURCE_LABELS
from vaxsite.visits import queries as visits
from vaxsite.visits.queries import Entry
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.choices import Option, option
from vaxsite.web.db import db
from vaxsite.web.filters import local_date
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page


@bp.get("/clinic/appointments/<uuid:appointment_id>/record")
@access(Permission.VISIT_READ)
def person_record(appointment_id: UUID) -> Response:
    """Show what the person was given, what counts and what comes next."""
    return _page(_entry(appointment_id), _blank(), blank_form(schemas.TakeBackSchema()))


@bp.post("/clinic/appointments/<uuid:appointment_id>/record")
@access(Permission.DOSE_RECORD)
def add_earlier(appointment_id: UUID) -> Response:
    """Keep an earlier dose as the card says it."""
    entry, form = _entry(appointment_id), read_form(schemas.EarlierSchema())
    if form.ok and form.values["code"] == schemas.NOT_LISTED and not form.values["other_code"]:
        form.fail("other_code", gettext("Type the code or the name that the card shows."))
    if not form.ok:
        return _page(entry, form, blank_form(schemas.TakeBackSchema()))
    actor, instant, values = current_actor(), now(), form.values
    listed = values["code"] != schemas.NOT_LISTED
    with transaction(db.session()) as session:
        services.add_earlier(
            session,
            person_id=entry.person.id,
            told=services.Told(
                given_on=values["given_on"],
                code=values["code"] if listed else values["other_code"],
                source=values["source"],
                lot_number=values["lot_number"],
                place=values["place"],
            ),
            site_id=entry.site.id,
            earlier_id=values["earlier_id"],
            actor=actor,
            now=instant,
        )
    return redirect(_address(appointment_id, "added"), 303)


@bp.post("/clinic/appointments/<uuid:appointment_id>/record/take-back")
@access(Permission.DOSE_RECORD)
def withdraw_earlier(appointment_id: UUID) -> Response:
    """Take an entry back that was wrong."""
    entry, form = _entry(appointment_id), read_form(schemas.TakeBackSchema())
    if not form.ok:
        return _page(entry, _blank(), form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.withdraw_earlier(
            session,
            earlier_id=form.values["which"],
            person_id=entry.person.id,
            reason=form.values["reason"],
            actor=actor,
            now=instant,
        )
    return redirect(_address(appointment_id, "withdrawn"), 303)


def _entry(appointment_id: UUID) -> Entry:
    return visits.get_entry(db.session(), appointment_id=appointment_id, actor=current_actor())


def _blank() -> Form:
    return blank_form(schemas.EarlierSchema(), earlier_id=str(new_id(now())))


def _address(appointment_id: UUID, news: str) -> str:
    return url_for("doses.person_record", appointment_id=appointment_id, news=news)


def _page(entry: Entry, form: Form, withdraw: Form) -> Response:
    session, instant, language = db.session(), now(), current_language()
    history = record.history(session, person_id=entry.person.id, at=instant)
    elsewhere = record.earlier_doses(session, person_id=entry.person.id)
    names = history.release.names
    return page(
        "doses/earlier.html",
        title=gettext("Vaccination record"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=withdraw if withdraw.errors else form,
        withdraw=withdraw,
        entry=entry,
        outlook=outlook(history, on=entry.site.day(instant)),
        elsewhere={str(one.id): one for one in elsewhere},
        options=_vaccines(names, language),
        sources=[option(source, gettext(label)) for source, label in SOURCE_LABELS.items()],
        entries=[
            option(one.id, f"{local_date(one.given_on)} · {_name(names, one.code, language)}")
            for one in elsewhere
        ],
        may_write=current_actor().may(Permission.DOSE_RECORD, entry.site.id),
        news=request.args.get("news"),
    )


def _vaccines(names: Mapping[str, str], language: str) -> list[Option]:
    known = [option(code, in_language(name, language)) for code, name in names.items()]
    choose, other = option("", gettext("Choose")), gettext("Another vaccine")
    return [choose, *known, option(schemas.NOT_LISTED, other)]


def _name(names: Mapping[str, str], code: str, language: str) -> str:
    return in_language(names.get(code, code), language)
