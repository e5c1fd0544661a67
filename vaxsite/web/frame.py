"""What every page stands in: service name, language switch, navigation by role, own functions."""

from dataclasses import dataclass

from flask import Flask, current_app, request
from jinja2 import StrictUndefined

from vaxsite.core.decisions import N_
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import SignedIn, signed_in
from vaxsite.web.catalogs import Language
from vaxsite.web.language import HTML_LANG, current_language, gettext, switch_url
from vaxsite.web.links import answers_get

SERVICE_NAME = N_("Vaccination service")
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Place:
    """A part of the site that stands in the menu; without a permission it is for residents."""

    url: str
    label: str
    permissions: tuple[Permission, ...] = ()


# The first of these that somebody may open is where their work begins.
PLACES = (
    Place("/coldchain", N_("Cold chain"), (Permission.ALERT_ACKNOWLEDGE,)),
    Place("/clinic", N_("Clinic"), (Permission.VISIT_WRITE,)),
    Place("/desk", N_("Booking desk"), (Permission.BOOKING_PHONE, Permission.BOOKING_COUNTER)),
    Place("/manage", N_("Manage"), (Permission.PHASE_WRITE, Permission.SESSION_WRITE)),
    Place("/coldchain", N_("Cold chain"), (Permission.COLDCHAIN_READ,)),
)
RESIDENT_PLACES = (
    Place("/", N_("Book")),
    Place("/my-booking", N_("My booking")),
)


@dataclass(frozen=True)
class MenuItem:
    """A link of the menu, and whether the page stands under it."""

    url: str
    label: str
    here: bool
    exact: bool


@dataclass(frozen=True)
class OtherLanguage:
    """The link of the language switch."""

    url: str
    name: str
    tag: str


def places(who: SignedIn | None) -> list[Place]:
    """Return what *who* finds in the menu, the own work first; only what this site has."""
    if who is None:
        return [place for place in RESIDENT_PLACES if answers_get(place.url)]
    found: dict[str, Place] = {}
    for place in PLACES:
        if any(who.actor.may(one) for one in place.permissions) and answers_get(place.url):
            found.setdefault(place.url, place)
    return list(found.values())


def home_of(who: SignedIn | None) -> str:
    """Return where the work of *who* begins; the front page for residents."""
    return next((place.url for place in places(who)), "/") if who else "/"


def _menu(who: SignedIn | None) -> list[MenuItem]:
    path = request.path.rstrip("/") or "/"
    return [
        MenuItem(
            place.url,
            gettext(place.label),
            here=path == place.url or (place.url != "/" and path.startswith(place.url + "/")),
            exact=path == place.url,
        )
        for place in places(who)
    ]


# What every page is given: a template or a view that took one of these names would change the head.
NAMES = frozenset(
    {
        "who",
        "home",
        "navigation",
        "language",
        "html_lang",
        "other_language",
        "service_name",
        "demo",
    }
)


def _context() -> dict[str, object]:
    who, language = signed_in(), current_language()
    other: Language = "en" if language == "zh" else "zh"
    return {
        "who": who,
        "home": home_of(who),
        "navigation": _menu(who),
        "language": language,
        "html_lang": HTML_LANG[language],
        "other_language": OtherLanguage(switch_url(other), LANGUAGE_NAMES[other], HTML_LANG[other]),
        "service_name": gettext(SERVICE_NAME),
        "demo": current_app.config["VAXSITE_DEMO"],
    }


def init_app(app: Flask) -> None:
    """Give the templates of *app* the frame; an undefined name in a template raises."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["ui"] = ui
    app.context_processor(_context)
