"""Pages on which a certificate of calibration is entered, and a wrong one taken back."""

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain import probe_schemas
from vaxsite.coldchain.queries import certificates as queries
from vaxsite.coldchain.queries.probes import ProbeRow
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.coldchain.views.moving import mine
from vaxsite.core import certificates as acts
from vaxsite.core.errors import DomainError, NotFound
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import gettext
from vaxsite.web.page import page

FIELDS = {
    acts.OffsetTooLarge: "reference1",
    acts.PointsDoNotRise: "reading1",
    acts.CertificateDates: "expires_on",
}


@bp.get("/coldchain/probes/<int:sensor_id>/certificates/new")
@access(Permission.UNIT_WRITE)
def certificate_form(sensor_id: int) -> Response:
    """Ask what stands on a certificate."""
    return _page(mine(sensor_id), blank_form(probe_schemas.certificate_schema()))


@bp.post("/coldchain/probes/<int:sensor_id>/certificates")
@access(Permission.UNIT_WRITE)
def add_certificate(sensor_id: int) -> AnyResponse:
    """Enter a certificate; what the probe read since is judged again."""
    found, form = mine(sensor_id), read_form(probe_schemas.certificate_schema())
    points, wrong = probe_schemas.read_points(form.values)
    for name, sentence in wrong.items():
        form.fail(name, gettext(sentence))
    if not form.ok:
        return _page(found, form)
    try:
        with transaction(db.session()) as session:
            paper = ("number", "laboratory", "calibrated_on", "expires_on")
            acts.add_certificate(
                session,
                sensor_id=sensor_id,
                certificate=acts.with_points(
                    **{name: form.values[name] for name in paper}, points=points
                ),
                actor=current_actor(),
                now=now(),
            )
    except DomainError as refused:
        form.fail(FIELDS.get(type(refused), "number"), gettext(refused.sentence))
        return _page(found, form)
    return redirect(url_for("coldchain.probe", sensor_id=sensor_id), 303)


@bp.get("/coldchain/certificates/<int:certificate_id>/withdraw")
@access(Permission.UNIT_WRITE)
def withdraw_certificate_form(certificate_id: int) -> Response:
    """Ask why a certificate is taken back."""
    return _withdraw_page(certificate_id, blank_form(probe_schemas.WithdrawSchema()))


@bp.post("/coldchain/certificates/<int:certificate_id>/withdraw")
@access(Permission.UNIT_WRITE)
def withdraw_certificate(certificate_id: int) -> AnyResponse:
    """Take a wrong certificate back, as if it had never been."""
    found, form = _owner(certificate_id), read_form(probe_schemas.WithdrawSchema())
    if not form.ok:
        return _withdraw_page(certificate_id, form)
    with transaction(db.session()) as session:
        acts.withdraw_certificate(
            session,
            certificate_id=certificate_id,
            reason=form.values["reason"],
            actor=current_actor(),
            now=now(),
        )
    return redirect(url_for("coldchain.probe", sensor_id=found.sensor_id), 303)


def _owner(certificate_id: int) -> ProbeRow:
    sensor_id = queries.sensor_of(db.session(), certificate_id=certificate_id)
    if sensor_id is None:
        raise NotFound
    return mine(sensor_id)


def _page(found: ProbeRow, form: Form) -> Response:
    return page(
        "coldchain/certificate.html",
        title=gettext("Certificate of probe %(name)s", name=found.name),
        back=url_for("coldchain.probe", sensor_id=found.sensor_id),
        probe=found,
        form=form,
        points=[
            (number, *probe_schemas.point_names(number))
            for number in range(1, probe_schemas.POINTS + 1)
        ],
    )


def _withdraw_page(certificate_id: int, form: Form) -> Response:
    found = _owner(certificate_id)
    papers = queries.list_certificates(db.session(), sensor_id=found.sensor_id)
    return page(
        "coldchain/certificate_withdraw.html",
        title=gettext("Withdraw a certificate"),
        back=url_for("coldchain.probe", sensor_id=found.sensor_id),
        probe=found,
        certificate=next(one for one in papers if one.certificate_id == certificate_id),
        form=form,
    )
