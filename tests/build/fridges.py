"""Four fridges of one clinic, each with a native probe, and a pharmacist to call."""

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors.store.places import NoticeTarget
from tests.build import places

DEVICES = ("east-1", "east-2", "west-1", "west-2")


def four_fridges(engine: Engine, *, rule_set: str = "fridge-tag-2l") -> dict[str, int]:
    """Store them; return the probes' ids by device."""
    with Session(engine) as session:
        site = places.a_site(session)
        session.add(
            NoticeTarget(site_id=site.id, channel="console", address="wang-li", language="zh")
        )
        probes: dict[str, int] = {}
        for number, device in enumerate(DEVICES):
            unit = places.a_fridge(session, site=site, code=f"F{number}", rule_set=rule_set)
            probes[device] = places.a_probe(session, unit=unit, device=device).id
        session.commit()
        return probes
