"""The client of every test of pages: a browser without JavaScript that checks what it gets."""

import re
import time
from typing import Any
from uuid import UUID

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.page_checks import Page, faults, parse
from vaxsite.accounts import services
from vaxsite.accounts.models import Staff, StaffRole
from vaxsite.core.actor import system
from vaxsite.core.permissions import Role
from vaxsite.web import clock
from vaxsite.web.db import db

PASSWORD = "seven quiet herons wade"
NAMES = {
    Role.NURSE: "Nina Zhou",
    Role.PHARMACIST: "Paul Chen",
    Role.MANAGER: "Mia Wang",
    Role.PHONE_AGENT: "Tina Ma",
}


class PageClient(FlaskClient):
    """A browser without JavaScript that complains about every page that is not as it must be."""

    page: Page

    def open(
        self, *args: Any, language: str | None = None, check: bool = True, **kwargs: Any
    ) -> TestResponse:  # Any: as werkzeug's client takes them.
        """Send a request in *language*; check the page that comes back unless *check* is False."""
        headers = dict(kwargs.pop("headers", None) or {})
        if language:
            headers["Accept-Language"] = {"zh": "zh-CN,zh;q=0.9", "en": "en-GB"}[language]
        headers.setdefault("Accept", "text/html")
        response = super().open(*args, headers=headers, **kwargs)
        if check and response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            self._check(response)
        return response

    def _check(self, response: TestResponse) -> None:
        html = response.get_data(as_text=True)
        found = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
        self.page = parse(html)
        fragment = not html.lstrip().lower().startswith("<!doctype")
        wrong = faults(self.page, nonce=found[1] if found else None, fragment=fragment)
        assert not wrong, f"{response.request.path}: " + "; ".join(wrong)

    def submit(self, address: str, /, language: str | None = None, **fields: Any) -> TestResponse:
        """Get the page at *address*, then send its form with *fields* and all that it holds hidden.

        The form is the one of the page's main part; with several, the one that has the fields.
        """
        self.get(address, language=language)
        page = self.page
        form = next(
            form
            for form in page.all("form")
            if any(up.tag == "main" for up in form.parents)
            and fields.keys()
            <= {
                one.attributes.get("name")
                for tag in ("input", "select", "textarea", "button")
                for one in page.within(tag, form)
            }
        )
        hidden = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in page.within("input", form)
            if one.attributes.get("type") == "hidden"
        }
        data = {**hidden, **fields}
        return self.post(form.attributes["action"], data=data, language=language)

    def token(self) -> str:
        """Return the token of this session, for a post that comes from no page."""
        self.get("/sign-in", follow_redirects=True)
        return next(
            one.attributes["value"]
            for one in self.page.all("input")
            if one.attributes.get("name") == "csrf_token"
        )

    def sign_in(self, role: Role | str = Role.NURSE, *, site: Site | int | None = None) -> UUID:
        """Sign in as somebody with *role* at *site* (the first one if None); return their id.

        Goes through the table of sessions, not through the pages: those have tests of their own.
        """
        app = self.application
        with app.app_context():
            store, instant = db.session(), clock.now()
            site_id = site.id if isinstance(site, Site) else site
            site_id = site_id or store.scalars(select(Site.id).order_by(Site.id)).first()
            assert site_id is not None, "build a site first"
            with transaction(store):
                staff_id = _staff(app, Role(role), site_id)
                token = services.open_session(store, staff_id=staff_id, device="test", now=instant)
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["token"] = token
        return staff_id


def _staff(app: Flask, role: Role, site_id: int) -> UUID:
    store = db.session()
    found = store.scalars(
        select(Staff).join(StaffRole).where(StaffRole.role == role, StaffRole.site_id == site_id)
    ).first()
    if found is not None:
        return found.id
    site = store.get_one(Site, site_id)
    made = services.add_staff(
        store,
        name=NAMES[role],
        email=f"{role}-{site_id}@example.com",
        password=PASSWORD,
        posts=[(site, role)],
        language="en",
        actor=system("test"),
        now=clock.now(),
    )
    return made.staff_id


def code_now(secret: str, now: float | None = None) -> str:
    """Return the code that an authenticator app shows for *secret* at *now*."""
    return pyotp.TOTP(secret).at(int(time.time() if now is None else now))
