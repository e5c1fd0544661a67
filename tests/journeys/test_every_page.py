"""Every page that a link leads to opens, reads well for everybody, and fits a phone."""

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pytest

from tests.architecture.tree import ROOT
from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]

STARTS = {
    None: ("/", "/due", "/waiting", "/draws", "/my-entry"),
    "nurse": ("/clinic",),
    "pharmacist": ("/coldchain",),
    "manager": ("/manage",),
    "phone_agent": ("/desk",),
}
# Not pages: files, streams, and what ends the visit or changes the language of it.
NO_PAGE = re.compile(
    r"\.(pdf|csv|json|ics|xlsx|png|txt)$|/sign-out|/text-size|/language|/live|/static/|/file$"
)
NUMBERED = re.compile(r"/(\d+|[0-9a-f-]{32,36}|\d{4}-\d\d(-\d\d)?)(?=/|$)")
CROWDED = (ROOT / "tests/vaxsite/desk/crowded.js").read_text(encoding="utf-8")
MOST = 120  # Kinds of page of one person; a loop of addresses would show here.


def links(visitor: Visitor) -> list[str]:
    """Return the paths of this machine that the open page leads to."""
    found = visitor.page.eval_on_selector_all(
        "a[href]", "all => all.map(one => one.getAttribute('href'))"
    )
    here = visitor.page.url
    whole = [urlsplit(urljoin(here, str(one))) for one in found if not str(one).startswith("#")]
    return [
        one.path + (f"?{one.query}" if one.query else "")
        for one in whole
        if one.netloc == urlsplit(here).netloc and not NO_PAGE.search(one.path)
    ]


def kind_of(path: str) -> str:
    """Return an address without its numbers: one unit's page stands for all of them."""
    return NUMBERED.sub("/…", urlsplit(path).path)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])
@pytest.mark.parametrize("role", list(STARTS))
def test_every_page_that_a_link_leads_to(
    opened: Open, role: str | None, language: str, width: int
) -> None:
    """One page of each kind, found as a person finds it; what is wrong is told of all at once."""
    visitor = opened(f"every-{role}-{language}", role=role, language=language, width=width)

    _walk(visitor, role)


@pytest.mark.parametrize("role", ["nurse", "pharmacist"])
def test_a_tablet_is_used_with_gloves(opened: Open, role: str) -> None:
    """On a touch screen everything that is pressed is 44 px high, and nothing lies over another."""
    visitor = opened(f"tablet-{role}", role=role, language="zh", width=820, touch=True)
    visitor.also = lambda page: page.evaluate(CROWDED)

    _walk(visitor, role)


def _walk(visitor: Visitor, role: str | None) -> None:
    waiting, seen, wrong = deque(STARTS[role]), set[str](), list[str]()
    while waiting:
        path = waiting.popleft()
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        answer = visitor.page.goto(path)
        if answer is None or not answer.ok:
            wrong.append(f"{path}: {answer and answer.status}")
            continue
        try:
            visitor.look()
        except AssertionError as err:
            wrong.append(f"{path}: {err}")
            visitor.complaints.clear()
        waiting.extend(links(visitor))

    assert not wrong, "\n".join(wrong)
    assert 1 < len(seen) < MOST
