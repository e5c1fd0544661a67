"""The board of doses left over and the page of an invitation, in both languages."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.sites import a_unit
from tests.build.stock import a_lot
from tests.build.waiting import waits
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.leftover.services import callouts
from vaxsite.waiting_list import queries as waiting

LINK = "https://vaccination.example/leftover"


def post(client: PageClient, address: str, **data: object) -> TestResponse:
    fields = {**data, "csrf_token": client.token()}
    return client.post(address, data=fields, language="en", follow_redirects=True)


def test_an_evening_from_the_vial_to_the_promise(
    client: PageClient, sessions: sessionmaker[Session]
) -> None:
    """A nurse opens a vial and calls out; the invited person says yes, and stands on the board."""
    with sessions() as session, transaction(session):
        clinic: OpenClinic = an_open_clinic(session)
        unit = a_unit(session, site=session.get_one(Site, clinic.site_id))
        a_lot(session, product_id=clinic.product_id, unit=unit)
        entry_id = waits(session, clinic)
        secret = waiting.get_entry(session, entry_id).link_secret
    client.sign_in(Role.NURSE, site=clinic.site_id)
    shown = post(client, "/clinic/leftover/vials", lot="1")
    assert "to be used by 15:00" in shown.text
    post(client, "/clinic/leftover/start", product=str(clinic.product_id), ends="13:00")
    assert callouts.look_due(sessions, url=LINK, now=NOW + timedelta(minutes=1)) == 1
    assert "Invited" in client.get("/clinic/leftover", language="en").text
    client.get("/clinic/leftover", language="zh")
    resident = client.application.test_client()
    assert isinstance(resident, PageClient)
    asked = resident.get(f"/leftover/{secret}", language="en", follow_redirects=True)
    assert "Can you be there within 2 h 35 min?" in asked.text
    assert "A dose is kept for you" in post(resident, "/leftover/claim").text
    resident.get("/leftover", language="zh")
    assert "A dose is kept" in client.get("/clinic/leftover", language="en").text
