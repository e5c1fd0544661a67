"""Pages of staff accounts: sign in by password and code, sign out, see where one is signed in."""

from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.engine import WRITE
from sensors.store.transaction import transaction
from vaxsite.accounts import queries, rules, services
from vaxsite.accounts.queries import LiveSession
from vaxsite.accounts.schemas import CodeSchema, SignInSchema
from vaxsite.core.decisions import Decision, Refused
from vaxsite.web.access import SIGN_IN, SignedIn, any_staff, current_actor, public, signed_in
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.frame import home_of
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.links import own_path
from vaxsite.web.page import page

bp = Blueprint("accounts", __name__, template_folder="templates")

TOKEN = "token"  # noqa: S105 - the name of a value
PENDING = "pending"


def identify() -> SignedIn | None:
    """Return who is signed in, by the session that the browser holds; note that it is in use."""
    live = _live_session()
    if live is None:
        return None
    return SignedIn(live.actor, live.name, live.roles)


def _live_session() -> LiveSession | None:
    token = session.get(TOKEN)
    if token is None:
        return None
    instant, store = now(), db.session()
    live = queries.find_live_session(store, token_hash=services.token_hash(token), now=instant)
    if live and instant >= live.seen_at + rules.SEEN_EVERY and not store.info.get(WRITE):
        with transaction(store):
            services.keep_alive(store, token=token, now=instant)
    return live


@bp.get("/sign-in")
@public
def sign_in() -> AnyResponse:
    """Ask for e-mail address and password."""
    who = signed_in()
    if who is not None:
        return redirect(home_of(who))
    return _password_page(blank_form(SignInSchema()))


@bp.post("/sign-in")
@public
def give_password() -> AnyResponse:
    """Check the first factor and go on to the second."""
    form = read_form(SignInSchema())
    if form.ok:
        decision, credential = _try_password(form.values["email"], form.values["password"])
        if credential is not None and not isinstance(decision, Refused):
            session.clear()
            session[PENDING] = {
                "staff": str(credential.staff_id),
                "until": (now() + rules.CODE_TIME).isoformat(),
                "next": own_path(request.args.get("next")),
            }
            return redirect(f"{SIGN_IN}/code")
        _fail(form, "email", decision)
    return _password_page(form)


def _try_password(email: str, password: str) -> tuple[Decision, queries.Credential | None]:
    instant, store = now(), db.session()
    with transaction(store):
        decision = services.count_try(store, email=email, address=_address(), now=instant)
    if isinstance(decision, Refused):
        return decision, None
    credential = queries.find_credential(store, email=email)
    if services.password_fits(credential, password):
        return decision, credential
    with transaction(store):
        return services.record_failed_password(store, credential=credential, now=instant), None


def _password_page(form: Form) -> Response:
    following = own_path(request.args.get("next"))
    return page(
        "accounts/sign_in.html",
        title=gettext("Sign in"),
        form=form,
        action=f"{SIGN_IN}?next={quote(following)}" if following else SIGN_IN,
    )


@bp.get("/sign-in/code")
@public
def code() -> AnyResponse:
    """Ask for the second factor."""
    if _pending() is None:
        return redirect(SIGN_IN)
    return _code_page(blank_form(CodeSchema()))


@bp.post("/sign-in/code")
@public
def give_code() -> AnyResponse:
    """Check the second factor and let the person in."""
    pending = _pending()
    if pending is None:
        return redirect(SIGN_IN)
    form = read_form(CodeSchema())
    if form.ok:
        instant, store, staff_id = now(), db.session(), UUID(pending["staff"])
        with transaction(store):
            decision = services.check_code(
                store,
                staff_id=staff_id,
                code=form.values["code"],
                address=_address(),
                language=current_language(),
                now=instant,
            )
            if not isinstance(decision, Refused):
                return _let_in(staff_id, instant, pending["next"])
        _fail(form, "code", decision)
    return _code_page(form)


def _code_page(form: Form) -> Response:
    return page("accounts/code.html", title=gettext("Enter your code"), form=form, back=SIGN_IN)


def _pending() -> dict[str, Any] | None:  # Any: what the cookie holds.
    pending: dict[str, Any] | None = session.get(PENDING)
    if pending is None or datetime.fromisoformat(pending["until"]) <= now():
        return None
    return pending


def _let_in(staff_id: UUID, instant: datetime, following: str | None) -> AnyResponse:
    """Begin a sign-in under a fresh cookie: nothing of the one before it stays."""
    token = services.open_session(
        db.session(), staff_id=staff_id, device=request.user_agent.string, now=instant
    )
    session.clear()
    session[TOKEN] = token
    return redirect(following or "/home")


def _address() -> str:
    """Return the network address that asks, as the trusted proxies tell it."""
    return request.remote_addr or "unknown"


def _fail(form: Form, name: str, decision: Decision) -> None:
    assert isinstance(decision, Refused)
    form.fail(name, explain(rules.SENTENCES[decision.reason], decision.detail))


@bp.get("/home")
@any_staff
def home() -> AnyResponse:
    """Go to where the work of this person begins."""
    return redirect(home_of(signed_in()))


@bp.get("/account")
@any_staff
def account() -> Response:
    """Show the person's roles and where they are signed in."""
    store, token = db.session(), session[TOKEN]
    staff_id, here = UUID(current_actor().id), services.token_hash(token)
    posts = queries.posts(store, staff_id=staff_id)
    return page(
        "accounts/account.html",
        title=gettext("Your account"),
        posts=posts,
        timezone=posts[0].timezone if posts else "UTC",
        devices=queries.devices(store, staff_id=staff_id, here=here, now=now()),
        labels=rules.ROLE_LABELS,
    )


@bp.post("/account/sign-out-others")
@any_staff
def sign_out_others() -> AnyResponse:
    """End every other sign-in of this person."""
    store, actor, token = db.session(), current_actor(), session[TOKEN]
    with transaction(store):
        services.close_other_sessions(
            store, staff_id=UUID(actor.id), token=token, actor=actor, now=now()
        )
    return redirect("/account")


@bp.post("/sign-out")
@public
def sign_out() -> AnyResponse:
    """End this sign-in; also where it has ended by itself."""
    end_sign_in()
    return redirect(SIGN_IN)


def end_sign_in() -> None:
    """End the sign-in of this browser, where there is one."""
    token, actor = session.get(TOKEN), current_actor()
    session.clear()
    if token is not None:
        store = db.session()
        with transaction(store):
            services.close_session(store, token=token, actor=actor, now=now())
