"""The menu of the cold chain: few words in a row, and where its reader is."""

from flask import Flask
from sqlalchemy.orm import Session

from tests.build.places import a_site
from tests.web_client import PageClient
from vaxsite.coldchain.views.menu import PARTS, Menu, menu
from vaxsite.core.permissions import ROLES, Permission, Role


def of(endpoint: str | None, role: Role = Role.PHARMACIST) -> Menu:
    """Return the menu that somebody with *role* sees on a page."""
    return menu(endpoint, lambda permission: permission in ROLES[role])


def test_few_parts_stand_in_one_row() -> None:
    """Six words at most: they fit beside each other at a desk, and a person can choose."""
    assert len(PARTS) <= 6


def test_every_page_of_the_menu_exists_once(app: Flask) -> None:
    """No link leads nowhere, and no page claims to be in two places."""
    named = [
        endpoint
        for part in PARTS
        for entry in part.entries
        for endpoint in (entry.endpoint, *entry.inside)
    ]

    assert [one for one in named if one not in app.view_functions] == []
    assert len(named) == len(set(named))


def test_page_of_a_unit_is_among_the_fridges() -> None:
    """Who came from the list to one fridge still sees where they are."""
    found = of("coldchain.unit")

    assert [link.label for link in found.parts if link.here] == ["Fridges"]
    assert [(link.label, link.exact) for link in found.pages if link.here] == [
        ("All fridges", False)
    ]


def test_nurse_is_offered_only_what_she_may_open() -> None:
    """The people on call are the business of others."""
    labels = [link.endpoint for link in of("coldchain.alerts", Role.NURSE).pages]

    assert "duty.overview" not in labels
    assert "duty.overview" in [link.endpoint for link in of("coldchain.alerts").pages]


def test_part_without_a_page_for_the_reader_is_left_out() -> None:
    """Somebody who may nothing gets no menu at all, not an empty row."""

    def nothing(_: Permission) -> bool:
        return False

    assert menu("coldchain.home", nothing) == Menu((), ())


def test_menu_marks_the_page_for_screen_readers(client: PageClient, session: Session) -> None:
    """The open page is the current one, its part is marked as holding it."""
    a_site(session)
    session.commit()
    client.sign_in(Role.PHARMACIST)

    client.get("/coldchain/tasks")

    marked = {
        one.attributes["href"]: one.attributes["aria-current"]
        for one in client.page.all("a")
        if "aria-current" in one.attributes
    }
    assert marked["/coldchain/alerts"] == "true"
    assert marked["/coldchain/tasks"] == "page"
