"""A page of the cold chain in a real browser, as a pharmacist sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.serving import listen
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

AXE = (Path(__file__).parents[2] / "tools" / "axe" / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def window(
    browser: Browser,
    url: str,
    client: PageClient | None,
    *,
    locale: str = "en-GB",
    role: Role = Role.PHARMACIST,
) -> Iterator[Page]:
    """Give a window, of a member of staff where there is a client; its console's words fail."""
    size = {"width": 1280, "height": 900}
    context = browser.new_context(base_url=url, locale=locale, viewport=size)
    if client is not None:
        client.sign_in(role)
        cookie = client.get_cookie("vax")
        assert cookie is not None
        context.add_cookies([{"name": "vax", "value": cookie.value, "url": url}])
    page = context.new_page()
    said = listen(page)
    yield page
    context.close()
    assert [one for one in said if "ERR_" not in one and "htmx:" not in one] == []


def faults(page: Page) -> list[str]:
    """Return what axe finds, and whether the page is wider than a phone."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """async () => (await axe.run(document)).violations
            .map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`)"""
    )
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*found, f"{wide} px wide"] if wide > 390 else found
