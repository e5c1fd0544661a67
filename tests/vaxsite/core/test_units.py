"""A storage unit is added with rules of its kind, changed, and taken out of use when empty."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.services import known
from sensors.store.found import FoundDevice
from sensors.store.places import PlacesRevision, StorageUnit
from tests.build import clinic as build
from tests.build import places, stock
from tests.build.clinic import Clinic
from vaxsite.coldchain import retiring
from vaxsite.coldchain.queries import wall
from vaxsite.core import devices, probes, units
from vaxsite.core.actor import system
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import AlreadyThere, NotFound
from vaxsite.core.unit_rules import RuleSetNotForUnit
from vaxsite.core.units import FIRST_RULES, UnitFacts
from vaxsite.stock import services as stock_services

NOW = build.OPENED
SHELL = system("test")
BOX = UnitFacts("Cold box 1", "1号冷藏箱", Profile.COLD_BOX, maker="Maker", made_in=2021)


def add(session: Session, site_id: int, facts: UnitFacts = BOX, code: str = "B1") -> int:
    return units.add_unit(session, site_id=site_id, code=code, facts=facts, actor=SHELL, now=NOW)


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.parametrize("profile", list(Profile))
def test_every_kind_has_first_rules_that_are_meant_for_it(
    session: Session, profile: Profile
) -> None:
    """No unit begins with rules that always alarm, or never."""
    site_id = places.a_site(session).id

    unit_id = add(session, site_id, UnitFacts("One", "一号", profile))

    row = session.get_one(StorageUnit, unit_id)
    assert (row.profile, row.rule_set) == (profile.value, FIRST_RULES[profile])


def test_rules_of_another_kind_and_a_code_twice_are_refused(session: Session) -> None:
    """A freezer judged as a fridge would alarm for ever."""
    site_id = places.a_site(session).id
    freezer = UnitFacts("Freezer", "低温冰箱", Profile.FREEZER)
    with pytest.raises(RuleSetNotForUnit):
        units.add_unit(
            session,
            site_id=site_id,
            code="Z1",
            facts=freezer,
            rule_set="cn-clinic",
            actor=SHELL,
            now=NOW,
        )
    add(session, site_id)

    with pytest.raises(AlreadyThere):
        add(session, site_id)
    assert actions(session) == ["unit:add"]


def change(session: Session, unit_id: int, facts: UnitFacts) -> None:
    units.change_unit(session, unit_id=unit_id, facts=facts, actor=SHELL, now=NOW)


def test_change_is_written_down_with_what_it_was_before(session: Session) -> None:
    """Only what differs; the same again leaves no row."""
    unit_id = add(session, places.a_site(session).id)
    renamed = UnitFacts("Carrier 1", "1号冷藏箱", Profile.COLD_BOX, maker="Maker", made_in=2021)

    for _ in range(2):
        change(session, unit_id, renamed)

    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "unit:change")).all()
    assert [one.detail for one in entries] == [{"name_en": ["Cold box 1", "Carrier 1"]}]
    with pytest.raises(NotFound):
        change(session, 0, renamed)


def test_kind_changes_with_its_rules_until_a_probe_has_hung_there(session: Session) -> None:
    """Afterwards the band of what was measured would change behind it."""
    site = places.a_site(session)
    unit_id = add(session, site.id)
    before = known.load(session).revision
    room = UnitFacts("Store", "常温库", Profile.AMBIENT)

    change(session, unit_id, room)

    row = session.get_one(StorageUnit, unit_id)
    assert (row.profile, row.rule_set) == ("ambient", "ambient")
    assert session.scalars(select(PlacesRevision.number)).one() == before + 1
    places.a_probe(session, unit=row)
    with pytest.raises(units.WasMeasured):
        change(session, unit_id, BOX)
    change(session, unit_id, UnitFacts("Store 1", "常温库", Profile.AMBIENT))


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (UnitFacts("cold  box 1", "2号冷藏箱", Profile.COLD_BOX), "name_en"),
        (UnitFacts("Cold box 2", "１号冷藏箱", Profile.FRIDGE), "name_zh"),
    ],
)
def test_two_units_in_use_at_a_site_have_two_names(
    session: Session, facts: UnitFacts, field: str
) -> None:
    """Not added and not renamed to one that is taken, in either language, as people read it."""
    site_id = places.a_site(session).id
    add(session, site_id)
    other = add(session, site_id, UnitFacts("Cold box 3", "3号冷藏箱", facts.profile), code="B3")

    with pytest.raises(units.NameTaken) as refused:
        add(session, site_id, facts, code="B2")
    assert (refused.value.field, refused.value.detail) == (field, {"code": "B1"})
    with pytest.raises(units.NameTaken):
        change(session, other, facts)
    add(session, places.a_site(session, code="haidian").id, facts)


def test_a_name_is_free_again_when_its_unit_is_out_of_use(session: Session) -> None:
    """And then the old one does not come back under it."""
    site_id = places.a_site(session).id
    old = add(session, site_id)
    retire(session, old)
    new = add(session, site_id, BOX, code="B2")

    with pytest.raises(units.NameTaken):
        units.reopen_unit(session, unit_id=old, actor=SHELL, now=NOW)
    change(session, new, UnitFacts("Cold box 2", "2号冷藏箱", Profile.COLD_BOX))
    units.reopen_unit(session, unit_id=old, actor=SHELL, now=NOW)

    assert session.get_one(StorageUnit, old).retired_at is None


def test_units_that_share_a_name_since_before_can_be_described(session: Session) -> None:
    """Only another name is asked about: the rest of what is known is written down."""
    site_id = places.a_site(session).id
    first, second = (
        add(session, site_id),
        add(session, site_id, replace(BOX, name_en="x", name_zh="y"), "B2"),
    )
    session.get_one(StorageUnit, second).name_en = "Cold box 1"
    session.flush()

    change(session, second, replace(BOX, name_zh="y", maker="Other"))

    assert session.get_one(StorageUnit, first).name_en == "Cold box 1"
    assert session.get_one(StorageUnit, second).maker == "Other"


def retire(session: Session, unit_id: int) -> None:
    retiring.retire(session, unit_id=unit_id, reason="Scrapped", actor=SHELL, now=NOW)


def emptied(session: Session) -> Clinic:
    """Return a clinic whose fridge F1 has lost its probe and its lot to F2."""
    clinic = build.a_stocked_clinic(session)
    second = places.a_fridge(session, site=clinic.site, code="F2")
    probes.move_probe(
        session,
        sensor_id=clinic.probe.id,
        unit_id=second.id,
        at=NOW - timedelta(minutes=2),
        reason="Scrapped",
        actor=SHELL,
        now=NOW,
    )
    stock_services.place_lot(session, lot_id=clinic.lot_id, unit_id=second.id, actor=SHELL, now=NOW)
    return clinic


def test_unit_with_a_probe_or_a_lot_stays_in_use(session: Session) -> None:
    """A fridge that nobody watches must not hold vaccine, and a probe in none must not alarm."""
    clinic = build.a_stocked_clinic(session)
    with pytest.raises(units.ProbesInside):
        retire(session, clinic.fridge.id)
    probes.move_probe(
        session,
        sensor_id=clinic.probe.id,
        unit_id=None,
        at=NOW,
        reason="Out",
        actor=SHELL,
        now=NOW,
    )

    with pytest.raises(retiring.LotsInside):
        retire(session, clinic.fridge.id)


def things_to_put(session: Session, clinic: Clinic) -> list[Callable[[], object]]:
    """Return acts that would put a probe, a device or a lot into the fridge, or end it again."""
    found = FoundDevice(device="new", channel="", kind="native_json", topic="t", payload=b"")
    found.first_seen_at, found.last_seen_at, found.readings = NOW, NOW, 1
    session.add(found)
    session.flush()
    into = {"unit_id": clinic.fridge.id, "actor": SHELL, "now": NOW}
    return [
        partial(
            probes.move_probe, session, sensor_id=clinic.probe.id, at=NOW, reason="Back", **into
        ),
        partial(
            devices.adopt, session, found_id=found.id, expected_every_s=60, with_past=True, **into
        ),
        partial(
            stock.a_lot, session, product_id=clinic.product_id, unit=clinic.fridge, number="L9"
        ),
        partial(retire, session, clinic.fridge.id),
    ]


def test_unit_out_of_use_leaves_the_wall_and_takes_nothing(session: Session) -> None:
    """No probe, no new device, no lot; its own page stays, and it can come back."""
    clinic = emptied(session)
    unit_id = clinic.fridge.id
    retire(session, unit_id)
    session.flush()

    def on_wall(one: int | None = None) -> list[str]:
        found = wall.read_wall(session, actor=clinic.pharmacist, now=NOW, unit_id=one)
        return [view.unit.code for view in found.units]

    assert on_wall() == ["F2"]
    assert on_wall(unit_id) == ["F1"]
    for act in things_to_put(session, clinic):
        with pytest.raises(units.OutOfUse):
            act()

    units.reopen_unit(session, unit_id=unit_id, actor=SHELL, now=NOW)
    assert sorted(on_wall()) == ["F1", "F2"]
    assert actions(session)[-2:] == ["unit:retire", "unit:reopen"]
