"""Fill an empty database with the made-up world, through the services that people use."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.store.places import Site
from vaxsite.accounts import services as accounts
from vaxsite.core import places
from vaxsite.core.actor import Actor, ActorKind, system
from vaxsite.core.permissions import ROLES, Role
from vaxsite.demo import sample
from vaxsite.demo.folder import SignIn
from vaxsite.demo.sample import Table
from vaxsite.eligibility import services as eligibility
from vaxsite.eligibility.rules import Reach
from vaxsite.slots import services as slots
from vaxsite.slots.rules import SessionPlan
from vaxsite.stock import services as stock

SEEDER = system("demo")
OPEN_SINCE = timedelta(days=30)
STOCKED_SINCE = timedelta(days=5)


@dataclass(frozen=True)
class World:
    """What was made, by the names that the sample uses."""

    sites: dict[str, Site]
    units: dict[str, int]  # By `site/unit`.
    products: dict[str, int]
    manager: Actor
    today: date
    planned_at: datetime  # When everything was arranged: yesterday evening, so that today is open.


def seed(session: Session, *, passwords: dict[str, str], now: datetime) -> World:
    """Make places, stock, phases, sessions and staff; *passwords* by role. No appointment yet."""
    world = sample.load()
    zone = ZoneInfo(world["timezone"])
    today = now.astimezone(zone).date()
    evening = datetime.combine(today - timedelta(days=1), time(18), zone).astimezone(UTC)
    sites, units = _places(session, world, evening)
    manager = _staff(session, world, sites, passwords, evening)
    products = {
        table["code"]: stock.add_product(session, actor=SEEDER, now=evening, **table)
        for table in world["product"]
    }
    made = World(sites, units, products, manager, today, evening)
    _lots(session, world, made)
    _phases(session, world, made)
    _sessions(session, world, made)
    return made


def sign_ins(passwords: dict[str, str]) -> list[SignIn]:
    """Return how each role of the sample signs in."""
    return [
        SignIn(table["role"], table["email"], passwords[table["role"]])
        for table in sample.load()["staff"]
    ]


def _places(
    session: Session, world: Table, now: datetime
) -> tuple[dict[str, Site], dict[str, int]]:
    sites: dict[str, Site] = {}
    units: dict[str, int] = {}
    for table in world["site"]:
        names = {name: table[name] for name in ("code", "name_en", "name_zh")}
        zone = world["timezone"]
        site_id = places.add_site(session, timezone=zone, actor=SEEDER, now=now, **names)
        site = sites[table["code"]] = session.get_one(Site, site_id)
        slots.add_clinic(session, site_id=site_id, public=_public(table), actor=SEEDER, now=now)
        places.add_notice_target(
            session,
            site=site.code,
            channel="console",
            address="console",
            language="zh",
            actor=SEEDER,
            now=now,
        )
        for entry in table["unit"]:
            units[f"{site.code}/{entry['code']}"] = _unit(session, site.code, entry, now)
    return sites, units


def _public(table: Table) -> dict[str, str]:
    names = ("address_en", "address_zh", "district_en", "district_zh", "phone")
    return {name: table[name] for name in names}


def _unit(session: Session, site: str, entry: Table, now: datetime) -> int:
    unit_id = places.add_unit(
        session,
        site=site,
        code=entry["code"],
        name_en=entry["name_en"],
        name_zh=entry["name_zh"],
        profile=Profile(entry["profile"]),
        rule_set=entry["rule_set"],
        actor=SEEDER,
        now=now,
    )
    places.add_sensor(
        session,
        device=entry["device"],
        channel="",
        site=site,
        unit=entry["code"],
        expected_every_s=60,
        actor=SEEDER,
        now=now,
    )
    return unit_id


def _staff(
    session: Session,
    world: Table,
    sites: dict[str, Site],
    passwords: dict[str, str],
    now: datetime,
) -> Actor:
    """Make an account for each role; return the manager, who arranges the rest."""
    ids: dict[Role, UUID] = {}
    for table in world["staff"]:
        role = Role(table["role"])
        made = accounts.add_staff(
            session,
            name=table["name"],
            email=table["email"],
            password=passwords[table["role"]],
            posts=[(sites[code], role) for code in table["sites"]],
            language=table["language"],
            actor=SEEDER,
            now=now,
        )
        ids[role] = made.staff_id
    grants = {site.id: ROLES[Role.MANAGER] for site in sites.values()}
    return Actor(ActorKind.STAFF, str(ids[Role.MANAGER]), grants)


def _lots(session: Session, world: Table, made: World) -> None:
    for table in world["lot"]:
        stock.receive_lot(
            session,
            product_id=made.products[table["product"]],
            number=table["number"],
            expires_on=made.today + timedelta(days=table["expires_in_days"]),
            unit_id=made.units[table["place"]],
            vials=table["vials"],
            trace_codes=sample.trace_codes(table["code_stem"], table["codes"]),
            actor=SEEDER,
            now=made.planned_at - STOCKED_SINCE,
        )


def _phases(session: Session, world: Table, made: World) -> None:
    for code, groups in world["phases"].items():
        for group in groups:
            eligibility.open_phase(
                session,
                reach=Reach(site_id=made.sites[code].id),
                group_code=group,
                opens_on=made.today - OPEN_SINCE,
                closes_on=None,
                actor=made.manager,
                now=made.planned_at,
            )


def _sessions(session: Session, world: Table, made: World) -> None:
    for day in (*range(world["sessions"]["days"]), *world["sessions"]["further_days"]):
        for table in world["sessions"]["plan"]:
            session_id = slots.plan_session(
                session,
                site_id=made.sites[table["site"]].id,
                product_id=made.products[table["product"]],
                plan=SessionPlan(
                    day=made.today + timedelta(days=day),
                    starts=time.fromisoformat(table["starts"]),
                    ends=time.fromisoformat(table["ends"]),
                    minutes=table["minutes"],
                    seats=table["seats"],
                ),
                actor=made.manager,
                now=made.planned_at,
            )
            slots.publish_session(
                session, session_id=session_id, actor=made.manager, now=made.planned_at
            )
