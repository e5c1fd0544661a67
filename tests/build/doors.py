"""The four doors to a seat, each walked through over HTTP as the person at it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.build.booking import OpenClinic, person_number
from tests.build.pages import send
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.permissions import Role
from vaxsite.residents.models import Person
from vaxsite.residents.queries import name_index

Begin = Callable[[PageClient], None]


def _online(client: PageClient) -> None:
    client.get("/")


def _helper(client: PageClient) -> None:
    sent = client.submit("/book/for-another", relation="child", agrees="yes")
    assert sent.location == "/book"


def _at_desk(role: Role) -> Begin:
    def begin(client: PageClient) -> None:
        client.sign_in(role)
        client.get("/desk")
        assert send(client, "/desk/begin", relation="self").location == "/book"

    return begin


DOORS: Mapping[str, Begin] = {
    "web": _online,
    "helper": _helper,
    "phone": _at_desk(Role.PHONE_AGENT),
    "counter": _at_desk(Role.NURSE),
}


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Somebody who wants a seat, by whatever door."""

    born_on: date = date(1985, 5, 5)
    occupation: str = "other"
    ill: str = "no"
    details: Mapping[str, str] = field(default_factory=dict)
    documented: bool = True

    def typed(self, index: int) -> dict[str, str]:
        """What is typed about the *index*th person who is otherwise the same."""
        number = person_number(index * 2, born_on=self.born_on)
        return {
            "name": f"林{index}",
            "id_kind": "resident_id" if self.documented else "none",
            "id_number": number if self.documented else "",
            "phone": f"1391234{index:04}",
            "email": "",
            "address": "",
        } | dict(self.details)


def at(app: Flask, door: str) -> PageClient:
    """Return a browser of its own at *door*."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    DOORS[door](client)
    return client


def answer(client: PageClient, who: Asker) -> None:
    """Answer the three questions."""
    born = {part: str(getattr(who.born_on, part)) for part in ("year", "month", "day")}
    client.submit("/book", **{f"born_on-{part}": value for part, value in born.items()})
    client.submit("/book/occupation", occupation=who.occupation)
    client.submit("/book/health", ill=who.ill)


def said(client: PageClient) -> list[str]:
    """Return what the page says in its main part, but for who stands at the door."""
    main = client.page.all("main")[0]
    return [
        one.text.strip()
        for one in client.page.elements
        if any(up is main for up in one.parents)
        and one.tag in {"h1", "h2", "h3", "p", "label"}
        and one.attributes.get("class") != "door__who"
        and one.text.strip()
    ]


def offer(client: PageClient, clinic: OpenClinic) -> tuple[list[str], list[str], list[str]]:
    """Return the decision with its reason, the clinics and the days that are offered."""
    client.get("/book/vaccine", follow_redirects=True)
    client.get("/book/turn")
    decision = said(client)
    client.get("/book/clinic")
    clinics = said(client)
    if not any(one.attributes.get("type") == "radio" for one in client.page.all("input")):
        return decision, clinics, []
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.get("/book/day")
    return decision, clinics, said(client)


def book(client: PageClient, clinic: OpenClinic, who: Asker, index: int) -> list[str]:
    """Hold the first seat of tomorrow and confirm; return the last heading and what is wrong."""
    client.submit("/book/day", day="2026-01-13")
    client.submit("/book/time", slot=str(clinic.slot_ids[0]))
    client.get("/book/second", follow_redirects=True)
    if client.page.all("h1")[0].text.strip() == "Book the second dose too?":
        client.submit("/book/second", day="only-this")
    client.submit("/book/details", **who.typed(index))
    if client.page.all("h1")[0].text.strip() == "Check your answers":
        sent = send(client, "/book/confirm")
        if sent.status_code == 302:
            client.get(sent.location)
    return [client.page.all("h1")[0].text.strip(), *faults(client)]


def faults(client: PageClient) -> list[str]:
    """Return the sentences of the summary of what is wrong on the page."""
    return [
        one.text.strip()
        for one in client.page.all("a")
        if one.attributes.get("href", "").startswith("#")
        and one.attributes["href"] != "#maincontent"
    ]


def stored(session: Session, who: Asker, index: int) -> list[tuple[object, ...]]:
    """Return the rows of the person, without what names them."""
    query = (
        select(Person, Appointment)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(Person.name_index == name_index(who.typed(index)["name"]))
        .order_by(Appointment.dose_number)
    )
    return [
        (
            person.born_on,
            person.sex,
            person.id_kind,
            person.phone is None,
            person.email,
            person.language,
            person.occupation,
            person.conditions,
            booked.slot_id,
            booked.product_id,
            booked.dose_number,
            booked.group_code,
            booked.state,
        )
        for person, booked in session.execute(query)
    ]


def rows(sessions: sessionmaker[Session]) -> list[int]:
    """Count what a booking would leave: people, appointments."""
    with sessions() as session:
        return [
            session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (Person, Appointment)
        ]


def said_at(client: PageClient) -> dict[str, str]:
    """Return each sentence of the summary by the field to which it leads."""
    return {
        one.attributes["href"][1:]: one.text.strip()
        for one in client.page.all("a")
        if one.attributes.get("href", "").startswith("#")
        and one.attributes["href"] != "#maincontent"
    }


def to_details(client: PageClient, clinic: OpenClinic) -> None:
    """Hold the first seat."""
    answer(client, Asker())
    client.get("/book/vaccine")
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")
    client.submit("/book/time", slot=str(clinic.slot_ids[0]))
    client.get("/book/second", follow_redirects=True)
