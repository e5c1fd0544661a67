"""The frame of every page: components, language, headers."""

import pytest
from flask import Flask
from jinja2 import UndefinedError
from markupsafe import Markup

from tests.web_client import PageClient
from vaxsite.web import ui
from vaxsite.web.components.engine import render


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_component_makes_a_right_page(client: PageClient, language: str) -> None:
    """All components together pass the checks of the client."""
    response = client.get("/gallery", language=language)

    assert response.status_code == 200
    assert "李娜 <script>" in [one.attributes.get("value") for one in client.page.all("input")], (
        "what people type comes back escaped, and whole"
    )


def test_dates_are_asked_in_the_order_of_the_language(client: PageClient) -> None:
    """Chinese asks year, month, day; English asks day, month, year."""
    order = {}
    for language in ("en", "zh"):
        client.get("/gallery", language=language)
        names = [one.attributes.get("name", "") for one in client.page.all("input")]
        order[language] = [name for name in names if name.startswith("born_on")]

    assert order["en"] == ["born_on-day", "born_on-month", "born_on-year"]
    assert order["zh"] == ["born_on-year", "born_on-month", "born_on-day"]


def test_a_faulty_form_shows_each_fault_twice_and_leads_to_its_field(client: PageClient) -> None:
    """The summary leads to the first box of a date in the order of the language."""
    response = client.submit("/gallery", "zh", name="", doses="many", note="x")

    links = [one.attributes["href"] for one in client.page.all("a")]
    assert response.status_code == 422
    assert "<title>错误：Gallery" in response.text
    assert [link for link in links if link.startswith("#")] == [
        "#maincontent",
        "#name",
        "#born_on-year",
        "#doses",
        "#ways",
    ]
    assert client.page.text.count("请输入整数。") == 2


def test_a_right_form_is_read(client: PageClient) -> None:
    """A whole form has no faults; what a view adds stands in the summary like any other."""
    right = {
        "born_on-year": "1952",
        "born_on-month": "3",
        "born_on-day": "27",
        "doses": "1",
        "ways": ["sms", "mail"],
    }
    assert client.submit("/gallery", name="Ana", **right).status_code == 200

    response = client.submit("/gallery", name="taken", **right)

    assert response.status_code == 422
    assert client.page.text.count("This name is taken.") == 2


@pytest.mark.parametrize(
    ("year", "month", "day", "sentence"),
    [
        ("2026", "2", "30", "Enter a real date, with day, month and year as numbers."),
        ("2026", "2", "", "The date must have a day, a month and a year."),
        ("99999", "2", "1", "Enter a real date, with day, month and year as numbers."),
        ("十", "2", "1", "Enter a real date, with day, month and year as numbers."),
    ],
    ids=["no such day", "day missing", "year too large", "no number"],
)
def test_a_wrong_date_is_explained(
    client: PageClient, year: str, month: str, day: str, sentence: str
) -> None:
    """What is wrong with a date is said in words."""
    parts = {"born_on-year": year, "born_on-month": month, "born_on-day": day}

    client.submit("/gallery", name="Ana", **parts)

    assert sentence in client.page.text


def test_an_unknown_name_in_a_template_raises(client: PageClient) -> None:
    """A misspelt name must not vanish from a page of health care."""
    with pytest.raises(UndefinedError, match="nothing_of_that_name"):
        client.get("/gallery/typo")


def test_an_unknown_parameter_of_a_component_raises() -> None:
    """A misspelt parameter must not vanish either."""
    with pytest.raises(TypeError, match="HTML"):
        render("inset-text", "insetText", HTML="Allergic to egg")
    with pytest.raises(TypeError):
        ui.tag("Held", colour="magenta")  # type: ignore[arg-type]  # That is the test.


def test_text_is_escaped_and_markup_of_ours_is_not(app: Flask) -> None:
    """What people typed is text, whatever it looks like."""
    with app.test_request_context():
        assert "&lt;b&gt;" in ui.inset("<b>")
        assert "<b>" in ui.inset(Markup("<b>bold</b>"))
        assert "&lt;b&gt;" in ui.callout("<b>", "<b>")
        assert "<b>" not in ui.details("<b>", "<b>")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("zh-Hans-SG", "zh-Hans"),
        ("en-US,en", "en-GB"),
        ("fr-FR, zh;q=0.5, en;q=0.4", "zh-Hans"),
        ("fr", "en-GB"),
        ("", "en-GB"),
    ],
    ids=["mainland", "taiwan", "singapore", "american", "french first", "only french", "none"],
)
def test_the_browser_chooses_the_language(client: PageClient, header: str, language: str) -> None:
    """Any Chinese gets the Chinese page; a language that we do not speak gets English."""
    client.get("/sign-in", headers={"Accept-Language": header})

    assert client.page.all("html")[0].attributes["lang"] == language


def test_the_switch_keeps_the_page_and_is_remembered(client: PageClient) -> None:
    """The link of the other language leads back to the same page, query and all."""
    client.get("/sign-in?next=/account&lang=en", language="en")
    link = next(one for one in client.page.all("a") if one.attributes.get("hreflang") == "zh-Hans")

    response = client.get(link.attributes["href"])

    assert response.location == "/sign-in?next=%2Faccount"
    client.get("/sign-in", language="en")
    assert client.page.all("html")[0].attributes["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "evil", ""],
    ids=["no scheme", "https", "backslash", "tab", "no slash", "empty"],
)
def test_the_switch_leads_only_into_this_site(client: PageClient, address: str) -> None:
    """A crafted link of the switch does not lead elsewhere."""
    assert client.get("/language/zh", query_string={"next": address}).location == "/"


def test_asked_language_wins_and_stays(client: PageClient) -> None:
    """`?lang=` in a link of a message opens the page in that language from then on."""
    client.get("/sign-in?lang=zh", language="en")
    client.get("/sign-in", language="en")

    assert client.page.all("html")[0].attributes["lang"] == "zh-Hans"


def test_headers_of_a_page(client: PageClient) -> None:
    """Nothing foreign, nothing framed, nothing kept, a new nonce for each page."""
    first, second = client.get("/sign-in").headers, client.get("/sign-in").headers

    policy = first["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert policy != second["Content-Security-Policy"]
    assert first["Cache-Control"] == "no-store"
    assert first["X-Content-Type-Options"] == "nosniff"
    assert first["Referrer-Policy"] == "same-origin"
    assert first["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in first


def test_own_files_are_kept_under_their_hash_only(client: PageClient) -> None:
    """A file of ours may be kept for ever where its address changes with it."""
    client.get("/sign-in")
    sheet = next(one for one in client.page.all("link") if "site.css" in one.attributes["href"])

    with client.get(sheet.attributes["href"]) as hashed, client.get("/static/web/site.css") as bare:
        assert "immutable" in hashed.headers["Cache-Control"]
        assert bare.headers["Cache-Control"] == "no-cache"


def test_the_wall_is_a_page_too(client: PageClient) -> None:
    """The dark display passes the same checks."""
    assert client.get("/gallery/wall").status_code == 200
