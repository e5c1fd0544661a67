"""By which gateway a clinic sends text messages; nobody's number is kept here."""

from datetime import datetime
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.messages.models import TextGateway

NUMBER = "{number}"


class NotAGateway(DomainError):
    """The URL could never send a text message."""

    sentence = N_(
        "Give an https:// URL with a secret after a #, or an apprise URL with {number} in it."
    )
    status = 422


class NoTextGateway(DomainError):
    """The clinic sends no text messages."""

    sentence = N_("This clinic sends no text messages.")
    status = 404


def add(session: Session, *, site_id: int, url: str, actor: Actor, now: datetime) -> None:
    """Let the clinic send by *url*, in place of an earlier one; raise `NotAGateway`."""
    _check(url)
    session.execute(delete(TextGateway).where(TextGateway.site_id == site_id))
    session.add(TextGateway(site_id=site_id, url=url, added_at=now))
    session.flush()
    _record(session, actor, "text_gateway:add", site_id, now)


def remove(session: Session, *, site_id: int, actor: Actor, now: datetime) -> None:
    """Let the clinic send no text messages any more; raise `NoTextGateway`."""
    gone = session.execute(
        delete(TextGateway).where(TextGateway.site_id == site_id).returning(TextGateway.site_id)
    ).all()
    if not gone:
        raise NoTextGateway
    _record(session, actor, "text_gateway:remove", site_id, now)


def find_url(session: Session, *, site_id: int) -> str | None:
    """Return the URL of the clinic's gateway, or None."""
    return session.scalar(select(TextGateway.url).where(TextGateway.site_id == site_id))


def _check(url: str) -> None:
    scheme = urlsplit(url).scheme
    by_webhook = scheme in {"http", "https"}
    usable = bool(urldefrag(url).fragment) if by_webhook else bool(scheme) and NUMBER in url
    if not usable or " " in url:
        raise NotAGateway


def _record(session: Session, actor: Actor, action: str, site_id: int, now: datetime) -> None:
    subject = f"site:{site_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now)
