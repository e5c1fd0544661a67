"""Rosters of the made-up world: an employer's that was entered, a community's to be checked."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.demo import sample
from vaxsite.demo.appointments import identity_number
from vaxsite.demo.sample import Table
from vaxsite.demo.seeding import World
from vaxsite.rosters import queries
from vaxsite.rosters.rules.states import Take
from vaxsite.rosters.services import entering, uploading
from vaxsite.rosters.services.uploading import Upload

HEADER = ("姓名", "出生日期", "证件号码", "手机", "邮箱")
CODE_PATH = "/invitation"


def upload(session: Session, made: World, *, url: str) -> list[UUID]:
    """Upload the lists of the sample as files; accept and enter those whose people are invited."""
    found = []
    for table in sample.load()["roster"]:
        asked = Upload(
            site_id=made.sites[table["site"]].id,
            product_id=made.products[table["product"]],
            organisation=table["organisation"],
            group_code=table["group"],
            valid_from=made.today,
            valid_to=None,
        )
        payload = _file(table)
        reading = uploading.read_file(payload, upload=asked, today=made.today, samples=True)
        roster_id, _ = uploading.keep(
            session,
            payload=payload,
            reading=reading,
            upload=asked,
            actor=made.manager,
            now=made.planned_at,
        )
        if "invited_days" in table:
            _enter(session, made, roster_id, timedelta(days=table["invited_days"]), url)
        found.append(roster_id)
    return found


def _enter(session: Session, made: World, roster_id: UUID, lasts: timedelta, url: str) -> None:
    """Accept the list and enter its people, who fit into one portion."""
    entering.accept(
        session,
        roster_id=roster_id,
        take=Take.ALL,
        book_until=made.planned_at + lasts,
        actor=made.manager,
        now=made.planned_at,
    )
    rows = queries.reading_of(session, roster_id).rows
    entering.enter_some(
        session, roster_id=roster_id, rows=rows, url=f"{url}{CODE_PATH}", now=made.planned_at
    )


def _file(table: Table) -> bytes:
    """Write the list as the employer's spreadsheet would."""
    lines = [HEADER, *(_line(row) for row in table["row"])]
    return "\r\n".join([*(",".join(line) for line in lines), ""]).encode()


def _line(row: Table) -> tuple[str, ...]:
    born_on: date = row["born_on"]
    number = row["number"] if "number" in row else identity_number(born_on, row["serial"])
    return (row["name"], f"{born_on}", number, row.get("phone", ""), row.get("email", ""))
