"""A district is its name: who gives it another one takes its phases along, or is refused."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.clinics import Clinic
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.eligibility import queries, rules
from vaxsite.eligibility.models import EarlierPhase, Phase
from vaxsite.eligibility.rules import Reach, Reason
from vaxsite.eligibility.services import lock

RULE = "districts"


def rename(
    session: Session, *, old: str, name_en: str, name_zh: str, actor: Actor, now: datetime
) -> int:
    """Give all clinics of a district its new name, and its phases; return how many clinics.

    Raise `NotFound` where no clinic is in it, `RefusedAct` where the name is another district's.
    """
    site_ids = queries.reached_sites(session, Reach(district=old))
    if not site_ids:
        raise NotFound
    lock(session, site_ids)
    if name_en != old and queries.reached_sites(session, Reach(district=name_en)):
        raise RefusedAct(
            Refused(Reason.DISTRICT_THERE, RULE, detail={"district": name_en}), rules.SENTENCES
        )
    session.execute(
        update(Clinic)
        .where(Clinic.district_en == old)
        .values(district_en=name_en, district_zh=name_zh)
    )
    phases = [
        session.execute(
            update(model).where(model.district == old).values(district=name_en).returning(model.id)
        ).all()
        for model in (Phase, EarlierPhase)
    ]
    audit.record(
        session,
        actor=actor,
        action="district:rename",
        subject=f"district:{name_en}",
        now=now,
        detail={"was": old, "clinics": site_ids, "phases": sum(map(len, phases))},
    )
    return len(site_ids)


def check_left(session: Session, *, district: str, now: datetime) -> None:
    """Raise `RefusedAct` where a clinic would lose phases of the district that are not over."""
    query = select(Phase).where(
        Phase.district == district,
        or_(Phase.closes_on.is_(None), Phase.closes_on > now.date()),
    )
    found = session.scalars(query.order_by(Phase.opens_on, Phase.id)).all()
    if found:
        detail = {"district": district, "phases": _named(found)}
        raise RefusedAct(Refused(Reason.DISTRICT_OPEN, RULE, detail=detail), rules.SENTENCES)


def _named(phases: Sequence[Phase]) -> str:
    """Name the phases; whoever is refused sits at the shell, which speaks English."""
    return "; ".join(
        f"{group.name_en if (group := queries.groups().find(one.group_code)) else one.group_code}"
        f" from {one.opens_on.isoformat()}"
        for one in phases
    )
