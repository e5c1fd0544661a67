"""A visitor with a real browser, who looks at every page as strictly as we can.

Every look checks: no accessibility violation (axe), no message of the content security policy or
other error in the console, no request off the machine, no sideways scrolling at 320 px.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.web import catalogs

AXE = (Path(__file__).parents[1] / "tools" / "axe" / "axe.min.js").read_text(encoding="utf-8")
# WCAG 2.0 to 2.2, levels A and AA, and axe's own best practices.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = 320  # WCAG 2.2, 1.4.10: reflow without scrolling in two dimensions at 320 CSS px.
SHOTS = os.environ.get("VAXSITE_SCREENSHOTS")  # A folder; set it to look at what a visitor saw.
# The browser's own word for an answer that is an error page, which some journeys are about.
STATUS_MESSAGE = re.compile(r"the server responded with a status of (400|403|404|409|422|429)")


@dataclass
class Visitor:
    """A person in front of a browser window of one size, reading one language."""

    page: Page
    name: str
    language: str = "en"
    scripted: bool = True
    complaints: list[str] = field(default_factory=list)
    looks: int = 0
    narrow: int = NARROW
    also: Callable[[Page], list[str]] | None = None  # One more look at each page: its complaints.

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("request", lambda request: self._note_request(request.url))

    def _hear(self, message: Any) -> None:  # Any: Playwright's console message.
        expected = STATUS_MESSAGE.search(message.text)
        policy = "Content Security Policy" in message.text
        if policy or (message.type == "error" and not expected):
            self.complaints.append(f"console: {message.text}")

    def _note_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.complaints.append(f"request off the machine: {url}")

    def say(self, text: str, **values: object) -> str:
        """Return the English *text* in the visitor's language."""
        language: catalogs.Language = "zh" if self.language == "zh" else "en"
        return catalogs.translate(text, language, **values)

    def go(self, path: str) -> None:
        """Open *path* and look at it."""
        self.page.goto(path)
        self.look()

    def look(self) -> None:
        """Check the page that is open."""
        self.looks += 1
        self.page.wait_for_load_state("domcontentloaded")
        self._picture()
        size = self.page.viewport_size
        assert size is not None
        if self.scripted:
            self.complaints += [f"{self._where()}: axe {line}" for line in violations(self.page)]
        self.page.set_viewport_size({"width": self.narrow, "height": size["height"]})
        width = self._settled_width()
        if width > self.narrow:
            self.complaints.append(
                f"{self._where()}: {width} px wide in a window of {self.narrow} px"
            )
        self.page.set_viewport_size(size)
        if self.also is not None:
            self.complaints += [f"{self._where()}: {line}" for line in self.also(self.page)]
        assert not self.complaints, "\n".join(self.complaints)

    def _settled_width(self) -> int:
        """Return the width of the page's contents once scripts had time to follow the window."""
        width = self.narrow + 1
        for _ in range(10):
            width = int(self.page.evaluate("document.documentElement.scrollWidth"))
            if width <= self.narrow:
                break
            self.page.wait_for_timeout(50)
        return width

    def press(self, text: str, **values: object) -> None:
        """Press the button or follow the link of the page that says *text*; look at what comes."""
        name, main = self.say(text, **values), self.page.get_by_role("main")
        button = main.get_by_role("button", name=name, exact=True)
        link = main.get_by_role("link", name=name, exact=True)
        self.follow(button.or_(link).first)

    def follow(self, place: Locator) -> None:
        """Click on *place*, which leads to a page, and look at that."""
        with self.page.expect_navigation():
            place.click()
        self.look()

    def fill(self, label: str, value: str) -> None:
        """Type *value* into the field labelled *label*."""
        self.page.get_by_label(self.say(label), exact=True).fill(value)

    def choose(self, label: str) -> None:
        """Choose the radio button or tick the box labelled *label*."""
        self.page.get_by_label(self.say(label), exact=True).check()

    def choose_nth(self, number: int) -> None:
        """Choose the radio button that stands at *number*, counted from 0."""
        self.page.get_by_role("radio").nth(number).check()

    def fill_date(self, day: date) -> None:
        """Type *day* into the three boxes of the page."""
        for label, value in (("Year", day.year), ("Month", day.month), ("Day", day.day)):
            self.fill(label, str(value))

    def heading(self) -> str:
        """Return the page's only first heading."""
        return self.page.locator("h1").inner_text().strip()

    def text(self) -> str:
        """Return everything that can be read on the page."""
        return self.page.locator("body").inner_text()

    def _where(self) -> str:
        return f"{self.name} {urlsplit(self.page.url).path}"

    def _picture(self) -> None:
        if SHOTS is None:
            return
        path = re.sub(r"[^A-Za-z0-9]+", "-", urlsplit(self.page.url).path).strip("-")[:60]
        file = Path(SHOTS) / f"{self.name}-{self.looks:02d}-{path or 'home'}.png"
        self.page.screenshot(path=file, full_page=True)


def sign_in(
    client: PageClient, visitor: Visitor, url: str, role: Role, site_id: int | None = None
) -> None:
    """Give the browser the session of somebody who signed in with *role*."""
    client.sign_in(role, site=site_id)
    cookie = client.get_cookie("vax")
    assert cookie is not None
    visitor.page.context.add_cookies([{"name": "vax", "value": cookie.value, "url": url}])


def violations(page: Page) -> list[str]:
    """Return what axe finds, one line each; evaluated, because the policy allows no foreign tag."""
    page.evaluate(AXE)
    found = page.evaluate(
        """async (tags) => (await axe.run(document, {runOnly: {type: 'tag', values: tags}}))
            .violations.map(v => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`)""",
        AXE_TAGS,
    )
    return [str(line) for line in found]


def visit(
    browser: Browser,
    base_url: str,
    *,
    name: str,
    width: int = 1280,
    language: str = "en",
    scripted: bool = True,
    touch: bool = False,
    state: Any = None,  # Any: Playwright's storage state.
) -> tuple[Visitor, BrowserContext]:
    """Open a window of *width* pixels for a visitor who reads *language*; fingers with *touch*."""
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": 844 if width < 600 else 900},
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        java_script_enabled=scripted,
        has_touch=touch,
        storage_state=state,
    )
    context.set_default_timeout(8_000)
    return Visitor(context.new_page(), name, language, scripted), context
