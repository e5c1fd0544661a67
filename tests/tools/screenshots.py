"""Make the pictures of the documentation anew from the demonstration: docs/images/*.png.

For maintainers: `python -m tests.tools.screenshots` needs mosquitto and Chromium; users never do.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import groups
from tests.journeys.browsing import visit
from tests.journeys.stack import Stack, running, sign_in

FOLDER = Path(__file__).parents[2] / "docs" / "images"


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at which page, in which language, in a window of which size."""

    name: str
    path: str
    role: str | None = None
    language: str = "en"
    width: int = 1000
    height: int = 640


PICTURES = (
    Picture("resident-phone-zh", "/", language="zh", width=390, height=760),
    Picture("nurse-day", "/clinic", role="nurse", width=820, height=1100),
    Picture("wall", "/coldchain/wall", role="pharmacist", width=1280, height=720),
    Picture("fridge-chart", "/coldchain/units/1", role="pharmacist", height=980),
)


def main() -> None:
    """Start the demonstration, take every picture, stop it."""
    chromium = groups.find_chromium()
    assert chromium is not None, "no Chromium"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="vaxsite-") as data,
        running(Path(data) / "data") as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=groups.CHROMIUM_FLAGS)
        for picture in PICTURES:
            _take(browser, stack, picture)
        browser.close()


def _take(browser: Browser, stack: Stack, picture: Picture) -> None:
    if picture.role is not None and picture.role not in stack.states:
        visitor, context = visit(browser, stack.url, name=picture.role)
        sign_in(visitor, stack, picture.role)
        stack.states[picture.role] = context.storage_state()
        context.close()
    visitor, context = visit(
        browser,
        stack.url,
        name=picture.name,
        width=picture.width,
        language=picture.language,
        state=stack.states[picture.role] if picture.role else None,
    )
    visitor.page.set_viewport_size({"width": picture.width, "height": picture.height})
    visitor.page.goto(picture.path)
    visitor.page.wait_for_timeout(500)  # A chart draws itself.
    visitor.page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()


if __name__ == "__main__":
    main()
