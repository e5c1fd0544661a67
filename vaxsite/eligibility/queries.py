"""Reads of groups and phases."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from sensors.store import columns
from sensors.store.lists import one_of
from sensors.store.places import Site
from sensors.store.written import Written
from vaxsite.core import sites
from vaxsite.core.clinics import Clinic
from vaxsite.core.decisions import Decision
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import rules
from vaxsite.eligibility.models import EarlierPhase, Membership, Phase
from vaxsite.residents import queries as residents
from vaxsite.residents.models import Person
from vaxsite.residents.services import PersonDetails


def _at_sites(
    model: type[Phase | EarlierPhase],
) -> Select[*tuple[Any, ...]]:  # Any: the types of columns.
    """Select the phases at every site where they count."""
    counts = or_(
        model.site_id == Site.id,
        and_(
            model.site_id.is_(None),
            or_(model.district.is_(None), model.district == Clinic.district_en),
        ),
    )
    return (
        select(
            model.id,
            Site.id,
            model.group_code,
            model.opens_on,
            model.closes_on,
            model.site_id,
            model.district,
            func.coalesce(Clinic.district_en, ""),
            func.coalesce(Clinic.district_zh, ""),
        )
        .join_from(Site, Clinic, Clinic.site_id == Site.id, isouter=True)
        .join(model, counts)
        .order_by(Site.id, model.opens_on, model.id)
    )


_PHASES = _at_sites(Phase)
_ALL_PHASES = Written(_PHASES)
_PHASES_OF = Written(_PHASES.where(one_of(Site.id, "sites")))
_EARLIER = _at_sites(EarlierPhase).where(
    Site.id == bindparam("site"), EarlierPhase.ended_at > bindparam("since")
)
_MEMBERSHIPS = select(
    Membership.id_index,
    Membership.born_on,
    Membership.group_code,
    Membership.valid_from,
    Membership.valid_to,
)
_MEMBERSHIPS_OF = _MEMBERSHIPS.where(
    Membership.id_index.in_(bindparam("documents", expanding=True))
)
_MEMBERSHIPS_OF_ONE = Written(_MEMBERSHIPS.where(Membership.id_index == bindparam("document")))


@cache
def groups() -> rules.GroupSet:
    """Return the groups in force; they are part of a release and read once."""
    text = resources.files("vaxsite.eligibility").joinpath("groups.toml").read_text("utf-8")
    return rules.read_groups(text)


def phases(
    session: Session, *, site_ids: Collection[int] | None = None, since: date | None = None
) -> list[rules.PhaseView]:
    """Return the phases that count at *site_ids* (all when None) and end after *since*, by site."""
    if site_ids is None:
        rows = _ALL_PHASES.rows(session)
    else:
        rows = _PHASES_OF.rows(session, sites=site_ids)
    found = [_view(row) for row in rows]
    return [one for one in found if since is None or not one.ended_by(since)]


def earlier_phases(session: Session, *, site_id: int, since: datetime) -> list[rules.PhaseView]:
    """Return how phases at the site stood that were changed or taken back after *since*."""
    return [_view(row) for row in columns.read(session, _EARLIER, site=site_id, since=since)]


def reached_sites(session: Session, reach: rules.Reach) -> list[int]:
    """Return the ids of the sites where a phase of that reach counts now, in their order."""
    if reach.site_id is not None:
        query = select(Site.id).where(Site.id == reach.site_id)
    else:
        query = select(Clinic.site_id).order_by(Clinic.site_id)
        if reach.district is not None:
            query = query.where(Clinic.district_en == reach.district)
    return list(session.scalars(query))


def districts(session: Session, *, site_ids: Collection[int]) -> dict[str, str]:
    """Return the districts of which every clinic is one of *site_ids*: Chinese by English name."""
    rows = session.execute(select(Clinic.district_en, Clinic.district_zh, Clinic.site_id)).all()
    others = {name for name, _, site_id in rows if site_id not in site_ids}
    return {name: chinese for name, chinese, _ in sorted(rows) if name not in others}


def phases_by_site(
    session: Session, *, site_ids: Collection[int] | None = None
) -> dict[int, list[rules.PhaseView]]:
    """Return every phase under its site: past ones too, because they explain a refusal."""
    by_site: dict[int, list[rules.PhaseView]] = defaultdict(list)
    for phase in phases(session, site_ids=site_ids):
        by_site[phase.site_id].append(phase)
    return by_site


def site_names(session: Session, *, site_ids: Collection[int]) -> dict[int, SiteName]:
    """Return the sites of *site_ids* by id, in the order of their names."""
    rows = session.scalars(select(Site).where(Site.id.in_(site_ids)).order_by(Site.name_en))
    return {row.id: sites.named(row) for row in rows}


def decide(session: Session, *, who: rules.Attributes, site_id: int, day: date) -> Decision:
    """Decide whether *who* may be vaccinated at the site on *day*."""
    return rules.decide(groups(), phases(session, site_ids=[site_id]), who, day=day)


def attributes(session: Session, details: PersonDetails) -> rules.Attributes:
    """Return what decides about the turn of somebody: what they say, and what rosters say."""
    index = None
    if details.id_number is not None:
        index = residents.document_index(details.id_kind, details.id_number)
    return _attributes(details, rosters(session, {index} if index else set()).get(index, ()))


def attributes_of(session: Session, people: Collection[Person]) -> dict[UUID, rules.Attributes]:
    """Return the same of people who are known, by id."""
    found = rosters(session, {one.id_index for one in people if one.id_index})
    return {one.id: _attributes(one, found.get(one.id_index, ())) for one in people}


def rosters(
    session: Session, documents: Collection[bytes]
) -> dict[bytes | None, tuple[tuple[date, rules.OnRoster], ...]]:
    """Return under each blind index of a document its entries on rosters, with the birth date."""
    found: dict[bytes | None, tuple[tuple[date, rules.OnRoster], ...]] = {}
    if not documents:
        return found
    for index, born_on, code, begins, ends in _memberships(session, documents):
        key = bytes(index)
        found[key] = (*found.get(key, ()), (born_on, rules.OnRoster(code, begins, ends)))
    return found


def _memberships(session: Session, documents: Collection[bytes]) -> Sequence[Sequence[Any]]:
    """Return the rows of the documents."""  # Any: their columns.
    if len(documents) == 1:
        return _MEMBERSHIPS_OF_ONE.rows(session, document=next(iter(documents)))
    return columns.read(session, _MEMBERSHIPS_OF, documents=list(documents)).all()


def _attributes(
    who: PersonDetails | Person, found: Collection[tuple[date, rules.OnRoster]]
) -> rules.Attributes:
    return rules.Attributes(
        who.born_on,
        rules.Occupation(who.occupation),
        who.conditions,
        tuple(one for born_on, one in found if born_on == who.born_on),
    )


def codes_of(who: rules.Attributes, day: date) -> frozenset[str]:
    """Return the codes of the groups in which *who* is on *day*."""
    return frozenset(group.code for group in rules.groups_of(groups(), who, day))


def _view(row: Sequence[Any]) -> rules.PhaseView:  # Any: the columns of `_at_sites`.
    phase_id, at, group, opens_on, closes_on, site_id, district, english, chinese = row
    reach = rules.Reach(site_id, district)
    return rules.PhaseView(phase_id, at, group, opens_on, closes_on, reach, english, chinese)
