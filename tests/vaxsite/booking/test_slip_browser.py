"""The slip of a household on paper, as a real browser prints it."""

import os
import unicodedata
from collections.abc import Iterator
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    TOMORROW,
    URL,
    a_published_session,
    an_open_clinic,
    details_of,
    holder,
)
from tests.journeys.browsing import visit
from tests.serving import serving
from vaxsite.booking import queries
from vaxsite.booking.rules import Place
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.clinics import Clinic
from vaxsite.core.ids import show_reference
from vaxsite.slots import queries as slots

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
BORN_ON = date(1985, 5, 5)
SIX = ("陈安娜", "欧阳慕容静怡", "Alexandra Montgomery-Fitzgerald", "李静", "王芳", "张伟")
SHOTS = os.environ.get("VAXSITE_SCREENSHOTS")  # A folder; set it to look at the paper.
ADDRESS = {"en": "1 River Road, Binhu", "zh": "滨湖区滨河路1号"}
LONG = "Building 7, Gate 3, second floor on the left, 1234 River Road, Binhu, Wuxi, Jiangsu 214000"
BRING = {"en": "Wear something that leaves the upper arm free.", "zh": "请穿便于露出上臂的衣服。"}


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


def a_household(
    sessions: sessionmaker[Session], names: tuple[str, ...], address: str = ""
) -> list[str]:
    """Book both doses for everybody; return the references, the first one first."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, seats=9)
        if address:
            session.execute(update(Clinic).values(address_en=address, address_zh=address))
        later = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=TOMORROW + timedelta(days=28),
            seats=9,
            starts=time(9, 0),
        )
        second = slots.slots_of_session(session, later)[0].id
        places = [
            Place(slot, member, part)
            for member in range(1, len(names) + 1)
            for part, slot in ((1, clinic.slot_ids[0]), (2, second))
        ]
        held = holds.hold_places(session, places=places, holder=holder("home"), now=NOW)
        made = confirmations.confirm(
            session,
            hold_id=held.id,
            holder=holder("home"),
            people=[details_of(name, index=at) for at, name in enumerate(names, start=1)],
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )
    with sessions() as session:
        return [one.reference for one in queries.booked_together(session, made.appointment_id)]


def printed(browser: Browser, url: str, reference: str, language: str) -> list[PageObject]:
    """Look the booking up and print its slip."""
    visitor, context = visit(browser, url, name=f"slip-{language}", language=language)
    visitor.go("/my-booking")
    visitor.fill("Reference", reference)
    visitor.fill_date(BORN_ON)
    visitor.press("Find my appointment")
    visitor.press("Slip to print")
    paper = visitor.page.pdf(prefer_css_page_size=True, print_background=True)
    context.close()
    if SHOTS:
        Path(SHOTS, f"slip-{language}-{reference}.pdf").write_bytes(paper)
    return list(PdfReader(BytesIO(paper)).pages)


def text_of(page: PageObject) -> str:
    """Return what stands on it, without spaces and ligatures."""
    return "".join(unicodedata.normalize("NFKC", page.extract_text()).split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_six_people_with_both_doses_have_one_sheet(
    browser: Browser, url: str, sessions: sessionmaker[Session], language: str
) -> None:
    """Half a sheet holds every name and reference, the clinic, and what to bring."""
    references = a_household(sessions, SIX)

    (page,) = printed(browser, url, references[0], language)

    wanted = [
        *(show_reference(one) for one in references),
        *SIX,
        ADDRESS[language],
        BRING[language],
    ]
    assert len(references) == 12
    assert [one for one in wanted if "".join(one.split()) not in text_of(page)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_does_not_fit_goes_on_between_two_people_under_the_clinic(
    browser: Browser, url: str, sessions: sessionmaker[Session], language: str
) -> None:
    """Long names and a long address: two sheets, the address on both, nobody divided."""
    long = tuple(f"{name} {'Maximiliana Konstantinopolitanskaya ' * 4}".strip() for name in SIX)
    references = a_household(sessions, long, LONG)

    pages = [text_of(one) for one in printed(browser, url, references[0], language)]

    assert len(pages) == 2
    assert all("".join(LONG.split()) in one for one in pages)
    for name, first, second in zip(long, references[::2], references[1::2], strict=True):
        whole = [
            "".join(one.split()) for one in (name, show_reference(first), show_reference(second))
        ]
        assert sum(all(part in one for part in whole) for one in pages) == 1, name
