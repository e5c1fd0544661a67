"""A district that is renamed keeps its phases, and no clinic loses them unseen."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build.booking import NOW, a_clinic
from vaxsite.core.actor import Actor, ActorKind, system
from vaxsite.core.audit import AuditEntry
from vaxsite.core.clinics import Clinic
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import ROLES, Role
from vaxsite.eligibility import districts, queries, services
from vaxsite.eligibility.models import EarlierPhase
from vaxsite.eligibility.rules import Reach, Reason
from vaxsite.slots import services as slots

SHELL = system("shell")
PUBLIC = {
    "address_en": "1 River Road",
    "address_zh": "滨河路1号",
    "district_en": "Binhu",
    "district_zh": "滨湖区",
    "phone": "0510-82700000",
}


def open_in_binhu(session: Session, *site_ids: int, closes_on: date | None = None) -> int:
    return services.open_phase(
        session,
        reach=Reach(district="Binhu"),
        group_code="from-60",
        opens_on=date(2026, 1, 10),
        closes_on=closes_on,
        actor=Actor(ActorKind.STAFF, "wu", dict.fromkeys(site_ids, ROLES[Role.MANAGER])),
        now=NOW,
    )


def rename(session: Session, old: str = "Binhu", new: str = "Lakeside") -> int:
    return districts.rename(session, old=old, name_en=new, name_zh="湖滨区", actor=SHELL, now=NOW)


def two_clinics(session: Session) -> tuple[int, int]:
    return a_clinic(session).id, a_clinic(session, code="hillside").id


def test_a_renamed_district_keeps_what_is_and_was_open_for_it(session: Session) -> None:
    """All its clinics and phases have the new name, by one act that the audit tells."""
    sites = two_clinics(session)
    phase_id = open_in_binhu(session, *sites)
    services.change_phase(
        session,
        phase_id=phase_id,
        opens_on=date(2026, 1, 11),
        closes_on=None,
        actor=Actor(ActorKind.STAFF, "wu", dict.fromkeys(sites, ROLES[Role.MANAGER])),
        now=NOW,
    )

    assert rename(session) == 2

    found = queries.phases(session)
    assert [(one.id, one.site_id, one.district("zh")) for one in found] == [
        (phase_id, sites[0], "湖滨区"),
        (phase_id, sites[1], "湖滨区"),
    ]
    assert session.scalars(select(EarlierPhase.district)).all() == ["Lakeside"]
    act = session.scalars(select(AuditEntry).where(AuditEntry.action == "district:rename")).one()
    assert act.detail == {"was": "Binhu", "clinics": list(sites), "phases": 2}


def test_a_district_does_not_take_the_name_of_another(session: Session) -> None:
    """Two districts would become one, with phases that nobody opened for both."""
    a_clinic(session)
    slots.add_clinic(
        session,
        site_id=a_clinic(session, code="hillside").id,
        actor=SHELL,
        now=NOW,
        public=PUBLIC | {"district_en": "Lakeside"},
    )

    with pytest.raises(RefusedAct) as refused:
        rename(session)
    assert refused.value.decision.reason is Reason.DISTRICT_THERE
    with pytest.raises(NotFound):
        rename(session, old="Nowhere")


def test_a_clinic_does_not_leave_a_district_that_is_open(session: Session) -> None:
    """The refusal names the phases; other facts change, and it may leave when that is meant."""
    site_id = a_clinic(session).id
    open_in_binhu(session, site_id)
    moved = PUBLIC | {"district_en": "Lakeside", "phone": "0510-1"}

    with pytest.raises(RefusedAct) as refused:
        slots.add_clinic(session, site_id=site_id, actor=SHELL, now=NOW, public=moved)
    said = refused.value.sentence % refused.value.detail
    assert "Binhu" in said
    assert "from 2026-01-10" in said
    slots.add_clinic(
        session, site_id=site_id, actor=SHELL, now=NOW, public=PUBLIC | {"phone": "0510-1"}
    )
    slots.add_clinic(
        session, site_id=site_id, actor=SHELL, now=NOW, leaves_district=True, public=moved
    )
    session.expire_all()
    assert session.get_one(Clinic, site_id).district_en == "Lakeside"


def test_phases_that_are_over_hold_no_clinic(session: Session) -> None:
    """Nobody can book by them any more."""
    site_id = a_clinic(session).id
    open_in_binhu(session, site_id, closes_on=date(2026, 1, 12))

    slots.add_clinic(
        session, site_id=site_id, actor=SHELL, now=NOW, public=PUBLIC | {"district_en": "Lakeside"}
    )
    session.expire_all()
    assert session.get_one(Clinic, site_id).district_en == "Lakeside"
