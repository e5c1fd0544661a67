"""Reads of groups and phases."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cache
from importlib import resources

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from sensors.store import columns
from sensors.store.places import Site
from vaxsite.core import sites
from vaxsite.core.decisions import Decision
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import rules
from vaxsite.eligibility.models import Phase

_PHASES = select(
    Phase.id, Phase.site_id, Phase.group_code, Phase.opens_on, Phase.closes_on
).order_by(Phase.site_id, Phase.opens_on, Phase.id)
_PHASES_OF = _PHASES.where(Phase.site_id.in_(bindparam("sites", expanding=True)))


@cache
def groups() -> rules.GroupSet:
    """Return the groups in force; they are part of a release and read once."""
    text = resources.files("vaxsite.eligibility").joinpath("groups.toml").read_text("utf-8")
    return rules.read_groups(text)


def phases(
    session: Session, *, site_ids: Collection[int] | None = None, since: date | None = None
) -> list[rules.PhaseView]:
    """Return the phases of *site_ids* (all when None) that end after *since*, in their order."""
    query, values = _PHASES, {}
    if site_ids is not None:
        query, values = _PHASES_OF, {"sites": list(site_ids)}
    if since is not None:
        query = query.where(or_(Phase.closes_on.is_(None), Phase.closes_on > since))
    return [rules.PhaseView(*row) for row in columns.read(session, query, **values)]


def phases_by_site(session: Session) -> dict[int, list[rules.PhaseView]]:
    """Return every phase under its site: past ones too, because they explain a refusal."""
    by_site: dict[int, list[rules.PhaseView]] = defaultdict(list)
    for phase in phases(session):
        by_site[phase.site_id].append(phase)
    return by_site


def site_names(session: Session, *, site_ids: Collection[int]) -> dict[int, SiteName]:
    """Return the sites of *site_ids* by id, in the order of their names."""
    rows = session.scalars(select(Site).where(Site.id.in_(site_ids)).order_by(Site.name_en))
    return {row.id: sites.named(row) for row in rows}


def decide(session: Session, *, who: rules.Attributes, site_id: int, day: date) -> Decision:
    """Decide whether *who* may be vaccinated at the site on *day*."""
    return rules.decide(groups(), phases(session, site_ids=[site_id]), who, day=day)


def codes_of(who: rules.Attributes, day: date) -> frozenset[str]:
    """Return the codes of the groups in which *who* is on *day*."""
    return frozenset(group.code for group in rules.groups_of(groups(), who, day))


def view(row: Phase) -> rules.PhaseView:
    """Return the phase as rules and pages read it."""
    return rules.PhaseView(row.id, row.site_id, row.group_code, row.opens_on, row.closes_on)
