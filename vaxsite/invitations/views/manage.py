"""The manager's pages: who is invited and who is an exception; invite, take back, renew."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.accounts.queries import staff_names
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries as eligibility
from vaxsite.invitations import queries, schemas
from vaxsite.invitations.rules.states import (
    INVITATIONS,
    KINDS,
    InvitationState,
    Kind,
    Reason,
    Scope,
    check_renewal,
    show_code,
)
from vaxsite.invitations.services import granting
from vaxsite.invitations.services.inviting import HOME_TIMEZONE, Invited, Invitee
from vaxsite.invitations.views.blueprint import bp, code_url
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind
from vaxsite.stock import queries as stock
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

FIELDS = {Reason.PERIOD: "last_day", Reason.UNKNOWN_GROUP: "group", Reason.REASON_MISSING: "reason"}
COLOURS = {
    InvitationState.OPEN: "green",
    InvitationState.USED: "blue",
    InvitationState.REVOKED: "grey",
}


@bp.get("/manage/invitations")
@access(Permission.INVITATION_WRITE)
def manage() -> Response:
    """List the invitations to the manager's sites, or only the exceptions among them."""
    only = request.args.get("kind")
    kinds = [Kind(only)] if only in set(Kind) else list(Kind)
    site_ids = current_actor().sites(Permission.INVITATION_WRITE)
    return page(
        "invitations/manage.html",
        title=_("Invitations and exceptions"),
        back="/manage",
        invitations=queries.invitations(db.session(), site_ids=site_ids, kinds=kinds),
        sites=eligibility.site_names(db.session(), site_ids=site_ids),
        products={one.id: one for one in stock.products(db.session())},
        kinds={kind: _(text) for kind, text in KINDS.items()},
        labels=INVITATIONS.labels,
        colours=COLOURS,
        only=only,
        home_timezone=HOME_TIMEZONE,
        instant=now(),
    )


@bp.get("/manage/invitations/new")
@access(Permission.INVITATION_WRITE)
def new() -> Response:
    """Ask who is invited, and to what."""
    sites = current_actor().sites(Permission.INVITATION_WRITE)
    initial = {"site": str(next(iter(sites)))} if len(sites) == 1 else {}
    return _new(blank_form(schemas.InviteForm(), kind=Kind.PERSONAL.value, **initial))


@bp.post("/manage/invitations/new")
@access(Permission.INVITATION_WRITE)
def invite() -> Response:
    """Invite, and show the code this once."""
    form, actor, instant = read_form(schemas.InviteForm()), current_actor(), now()
    who = _read_person(form)
    if who is None:
        return _new(form)
    scope = Scope(
        product_id=form.values["product"],
        group_code=form.values["group"],
        site_id=form.values["site"],
    )
    try:
        with transaction(db.session()) as session:
            made = granting.grant(
                session,
                kind=Kind(form.values["kind"]),
                who=who,
                scope=scope,
                valid_to=_end_of(form.values["last_day"], form.values["site"]),
                reason=form.values["reason"],
                url=code_url(),
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        field = FIELDS[Reason(refused.decision.reason)]
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _new(form)
    return _made(made)


@bp.post("/manage/invitations/<uuid:invitation_id>/take-back")
@access(Permission.INVITATION_WRITE)
def take_back(invitation_id: UUID) -> Response:
    """Take the invitation back."""
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            granting.take_back(session, invitation_id=invitation_id, actor=actor, now=instant)
    except AlreadyMoved:  # Sent twice, or used meanwhile: the page shows how it stands.
        pass
    return redirect(url_for("invitations.show", invitation_id=invitation_id))


@bp.get("/manage/invitations/<uuid:invitation_id>")
@access(Permission.INVITATION_WRITE)
def show(invitation_id: UUID) -> Response:
    """Show one invitation and what can be done with it."""
    return _show(invitation_id, blank_form(schemas.RenewForm()))


@bp.post("/manage/invitations/<uuid:invitation_id>/renew")
@access(Permission.INVITATION_WRITE)
def renew(invitation_id: UUID) -> Response:
    """Give it a new code and a new end."""
    form, actor, instant = read_form(schemas.RenewForm()), current_actor(), now()
    if not form.ok:
        return _show(invitation_id, form)
    view = _own(invitation_id)
    try:
        with transaction(db.session()) as session:
            made = granting.grant_again(
                session,
                invitation_id=invitation_id,
                valid_to=_end_of(form.values["last_day"], view.terms.scope.site_id),
                url=code_url(),
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail("last_day", explain(refused.sentence, refuse_detail(refused)))
        return _show(invitation_id, form)
    return _made(made)


def _own(invitation_id: UUID) -> queries.InvitationView:
    """Return an invitation to a site of the manager, or to any site; `NotFound` for others."""
    view = queries.get_invitation(db.session(), invitation_id)
    if not current_actor().may(Permission.INVITATION_WRITE, view.terms.scope.site_id):
        raise NotFound
    return view


def _read_person(form: Form) -> Invitee | None:
    """Judge what was typed about the person; None where something is wrong with it."""
    values = form.values
    name = _judge(form, "name", residents.read_name(values.get("name", "")))
    if "born_on" in values:
        day = (now() + timedelta(hours=14)).date()
        _judge(form, "born_on", residents.check_birth_date(values["born_on"], today=day))
    number = _read_number(form) if values.get("id_number") else None
    phone = (
        _judge(form, "phone", residents.read_phone(values["phone"])) if values.get("phone") else ""
    )
    if not form.ok:
        return None
    return Invitee(
        name=name,
        born_on=values["born_on"],
        id_kind=IdKind(values["id_kind"]),
        id_number=number,
        email=values["email"],
        phone=phone or None,
        language=values["speaks"],
    )


def _read_number(form: Form) -> str:
    kind, typed = IdKind(form.values.get("id_kind", IdKind.NONE)), form.values["id_number"]
    if kind is not IdKind.RESIDENT_ID:
        return _judge(form, "id_number", residents.read_document_number(typed))
    samples = bool(current_app.config["VAXSITE_DEMO"])
    read = residents.read_resident_id(typed, today=now().date(), allow_samples=samples)
    if isinstance(read, Refused):
        return _judge(form, "id_number", read)
    if read.born_on != form.values.get("born_on"):
        wrong = Refused(residents.Reason.ID_OTHER_BIRTH_DATE, residents.RULE)
        return _judge(form, "id_number", wrong)
    return read.number


def _judge(form: Form, field: str, read: str | date | Refused) -> str:
    if not isinstance(read, Refused):
        return str(read)
    if form.error(field) is None:
        form.fail(field, explain(residents.SENTENCES[read.reason], read.detail))
    return ""


def _end_of(last_day: date, site_id: int | None) -> datetime:
    """Return the end of the day on the clock of the clinic."""
    found = eligibility.site_names(db.session(), site_ids=[site_id] if site_id else [])
    zone = ZoneInfo(next(iter(found.values())).timezone) if found else ZoneInfo(HOME_TIMEZONE)
    return datetime.combine(last_day + timedelta(days=1), time(), zone)


def _new(form: Form) -> Response:
    actor = current_actor()
    kinds = [Kind.PERSONAL]
    kinds += [Kind.EXCEPTION] if actor.may(Permission.EXCEPTION_WRITE) else []
    site_ids = actor.sites(Permission.INVITATION_WRITE)
    return page(
        "invitations/new.html",
        title=_("Invite a person"),
        form=form,
        back=url_for("invitations.manage"),
        kinds={kind: _(KINDS[kind]) for kind in kinds},
        id_kinds={kind: _(text) for kind, text in residents.ID_KINDS.items()},
        sites=eligibility.site_names(db.session(), site_ids=site_ids),
        products=stock.products(db.session()),
        groups=[one for one in eligibility.groups().groups if one.valid_on(now().date())],
        language_now=current_language(),
    )


def _show(invitation_id: UUID, form: Form) -> Response:
    view = _own(invitation_id)
    scope = view.terms.scope
    names = eligibility.site_names(
        db.session(), site_ids=[scope.site_id] if scope.site_id is not None else []
    )
    site = next(iter(names.values()), None)
    group = eligibility.groups().find(scope.group_code)
    return page(
        "invitations/show.html",
        title=_("Invitation of %(name)s", name=view.name),
        form=form,
        back=url_for("invitations.manage"),
        view=view,
        kind=_(KINDS[view.terms.kind]),
        site=site,
        timezone=site.timezone if site else HOME_TIMEZONE,
        group=group,
        product=stock.find_product(db.session(), product_id=scope.product_id),
        renewable=view.terms.state is not InvitationState.USED and not check_renewal(view.terms),
        label=INVITATIONS.labels[view.terms.state],
        colour=COLOURS[view.terms.state],
        given_by=staff_names(db.session(), ids=[view.made_by]).get(view.made_by, view.made_by),
    )


def _made(made: Invited) -> Response:
    view = queries.get_invitation(db.session(), made.id)
    return page(
        "invitations/made.html",
        title=_("The person is invited"),
        back=url_for("invitations.manage"),
        view=view,
        code=show_code(made.code),
        told=made.told,
        url=code_url(),
    )
