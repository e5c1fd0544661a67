"""Finding an appointment by its reference and the birth date, for every page that asks so."""

from uuid import UUID

from flask import request

from sensors.store.transaction import transaction
from vaxsite.booking.services import lookups
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form
from vaxsite.web.language import explain, gettext


def lookup(form: Form) -> tuple[UUID | None, int | None]:
    """Return the appointment that a valid `LookUpForm` names.

    None where there is none: then the form says why, and the number is the status of the page.
    Wrong, foreign and unknown references have one answer.
    """
    instant, network = now(), network_of(request.remote_addr)
    try:
        with transaction(db.session()) as session:
            found = lookups.look_up(
                session,
                typed=form.values["reference"],
                born_on=form.values["born_on"],
                network=network,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail("reference", explain(refused.sentence, refuse_detail(refused)))
        return None, 429
    if found is None:
        form.fail(
            "reference",
            gettext("We find no appointment with this reference and birth date. Check both."),
        )
    return found, None
