"""Finding what somebody names by a number and a birth date, for every page that asks so."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form
from vaxsite.web.language import explain


class Search(Protocol):
    """A service that finds, counts wrong tries, and raises `RefusedAct` after too many."""

    def __call__(
        self, session: Session, *, typed: str, born_on: date, network: str, now: datetime
    ) -> UUID | None:
        """Return what was found."""


def find_by_number(
    form: Form, field: str, search: Search, nobody: str
) -> tuple[UUID | None, int | None]:
    """Return what a valid form names in *field* beside its `born_on`.

    None where there is none: then the form says *nobody*, or why not, and the number is the status
    of the page. Wrong, foreign and unknown numbers have one answer.
    """
    instant, network = now(), network_of(request.remote_addr)
    try:
        with transaction(db.session()) as session:
            found = search(
                session,
                typed=form.values[field],
                born_on=form.values["born_on"],
                network=network,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return None, 429
    if found is None:
        form.fail(field, nobody)
    return found, None
