"""The composition root of the web: settings in, a Flask application out. No logic.

gunicorn loads `vaxsite.app:from_environment()`.
"""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from sensors import logging
from sensors import settings as configuration
from sensors.store.encrypted import load_keys
from vaxsite.accounts import views as accounts
from vaxsite.api.views import site as api
from vaxsite.booking.views import site as booking
from vaxsite.calls import views as calls
from vaxsite.coldchain.views import displays as wall_displays
from vaxsite.coldchain.views import site as coldchain
from vaxsite.core.settings import WebSettings
from vaxsite.desk import put_off_views as put_off
from vaxsite.desk import views as desk
from vaxsite.desk import walk_in_views as walk_in
from vaxsite.doses.views import site as doses
from vaxsite.draws.views import site as draws
from vaxsite.duty import reporting
from vaxsite.duty import site as duty
from vaxsite.exchange import views as exchange
from vaxsite.invitations.views import site as invitations
from vaxsite.leftover.views import site as leftover
from vaxsite.logbook.views import site as logbook
from vaxsite.moves.views import site as moves
from vaxsite.phases import views as phases
from vaxsite.plans.views import site as plans
from vaxsite.rosters.views import site as rosters
from vaxsite.slots import aside_views as set_aside
from vaxsite.slots import views as slots
from vaxsite.visits import deferring
from vaxsite.visits import views as visits
from vaxsite.waiting_list.views import site as waiting_list
from vaxsite.waiting_room import gate
from vaxsite.waiting_room import views as waiting_room
from vaxsite.web import (
    access,
    assets,
    csrf,
    errors,
    filters,
    frame,
    headers,
    health,
    language,
    text_size,
)
from vaxsite.web import blueprint as web
from vaxsite.web import clock as web_clock
from vaxsite.web.clock import Clock, system_clock
from vaxsite.web.db import db

FEATURES = (
    accounts.bp,
    waiting_room.bp,
    phases.bp,
    slots.bp,
    plans.bp,
    set_aside.bp,
    invitations.bp,
    rosters.bp,
    draws.bp,
    booking.bp,
    waiting_list.bp,
    moves.bp,
    desk.bp,
    walk_in.bp,
    put_off.bp,
    leftover.bp,
    visits.bp,
    deferring.bp,
    calls.bp,
    doses.bp,
    duty.bp,
    coldchain.bp,
    logbook.bp,
    exchange.bp,
    reporting.bp,
    api.bp,
)
MAX_BODY_BYTES = 2 * 1024 * 1024


def create_app(settings: WebSettings, *, clock: Clock = system_clock) -> Flask:
    """Make the web application; raise `Undeclared` for a view that says not who may use it."""
    load_keys(settings.data_keys)
    app = Flask("vaxsite", static_folder=None, template_folder=None)
    _configure(app, settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way to wrap.
    db.init_app(app)
    _install(app, clock)
    for blueprint in (web.bp, health.bp, *FEATURES):
        app.register_blueprint(blueprint)
    access.check_declared(app)
    api.init_app(app, clock)
    return app


def from_environment() -> Flask:
    """Make the web application that the environment describes.

    Its log is configured first: the library's own form prints the values of local variables.
    """
    logging.configure()
    return create_app(configuration.read(WebSettings, os.environ))


def _configure(app: Flask, settings: WebSettings) -> None:
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # The prefix makes browsers refuse the cookie from anywhere but this host over TLS.
        SESSION_COOKIE_NAME="__Host-vax" if secure else "vax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # A clinic's page stays open all day; the session bounds it.
        PUBLIC_URL=settings.public_url,
        DRAW_KEY=settings.draw_key,
        VAXSITE_DEMO=settings.demo,
        BOOKING_QUESTION=settings.booking_question,
    )


def _install(app: Flask, clock: Clock) -> None:
    web_clock.init_app(app, clock)
    headers.init_app(app)
    errors.init_app(app)
    access.init_app(app, lambda: accounts.identify() or wall_displays.identify())
    gate.init_app(app)
    csrf.init_app(app)
    language.init_app(app)
    text_size.init_app(app)
    assets.init_app(app)
    filters.init_app(app)
    frame.init_app(app)
