"""A visitor with a real browser at one of the four doors of a served application."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser

from tests.journeys.browsing import Visitor, visit
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

STAFF = {"phone": Role.PHONE_AGENT, "counter": Role.NURSE}


@contextmanager
def standing(
    browser: Browser,
    url: str,
    app: Flask,
    door: str = "web",
    *,
    language: str = "en",
    width: int = 390,
    scripted: bool = True,
) -> Iterator[Visitor]:
    """Give a visitor at *door*, signed in where staff stand there."""
    name = f"{door}-{language}-{width}{'' if scripted else '-no-script'}"
    visitor, context = visit(
        browser, url, name=name, language=language, width=width, scripted=scripted
    )
    if door in STAFF:
        client = app.test_client()
        assert isinstance(client, PageClient)
        client.sign_in(STAFF[door])
        cookie = client.get_cookie("vax")
        assert cookie is not None
        context.add_cookies([{"name": "vax", "value": cookie.value, "url": url}])
    yield visitor
    context.close()


def begin(visitor: Visitor, door: str) -> None:
    """Come to the first question by *door*."""
    if door == "helper":
        visitor.go("/")
        visitor.press("Book for somebody else, such as parents or a neighbour")
        visitor.choose("Son or daughter")
        visitor.choose(
            "The person, or who is responsible for them, knows of this booking and agrees"
        )
        visitor.press("Continue")
    elif door in STAFF:
        visitor.go("/desk")
        visitor.press("Begin")
    else:
        visitor.go("/")
        visitor.press("Book a vaccination")
