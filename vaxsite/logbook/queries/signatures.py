"""Signatures under months: of one, of a site's units in a month, and those that fit no more."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vaxsite.logbook import content, months, signed_text
from vaxsite.logbook.content import Difference
from vaxsite.logbook.facts import MonthLog
from vaxsite.logbook.models import MonthSignature
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import probes
from vaxsite.logbook.queries.months import read_month


@dataclass(frozen=True)
class SignatureView:
    """One signature, and how the log differs from what was signed."""

    number: int
    by: str
    at: datetime
    digest: bytes
    content: str

    @property
    def altered(self) -> bool:
        """Tell whether the stored text is not the one whose digest was signed."""
        return content.digest(self.content) != self.digest


@dataclass(frozen=True)
class SignedMonth:
    """The log of a month with everybody who signed it, the newest last."""

    log: MonthLog
    digest: bytes
    signatures: tuple[SignatureView, ...]
    differences: tuple[Difference, ...]  # From the newest signature; empty without one.
    gone_at: datetime | None = None  # When readings went by retention: the log is what was signed.

    @property
    def newest(self) -> SignatureView | None:
        """The signature that counts."""
        return self.signatures[-1] if self.signatures else None

    @property
    def changed(self) -> bool:
        """Tell whether the log says something else than what was signed."""
        return self.newest is not None and self.newest.digest != self.digest


class FaultKind(StrEnum):
    """What `vaxsite verify` calls what it finds of signed months."""

    ALTERED = "signature_altered"  # The stored text is not what was signed.
    CHANGED = "month_changed"  # The facts are others now: it waits for a new signature.


def signed_month(session: Session, *, unit_id: int, month: Month, now: datetime) -> SignedMonth:
    """Return the log of a month with its signatures; raises `NotFound` for an unknown unit.

    Where readings of the month went by the rule of retention, the log is the one that was signed.
    """
    log = read_month(session, unit_id=unit_id, month=month, now=now)
    found = of_month(session, unit_id=unit_id, month=month)
    newest = found[-1] if found else None
    if newest and not newest.altered:
        bounds = month.bounds(log.unit.timezone)
        if gone_at := probes.gone_at(session, unit_id=unit_id, bounds=bounds):
            signed = signed_text.log_of(newest.content)
            return SignedMonth(signed, newest.digest, tuple(found), (), gone_at)
    digest = content.digest(content.canonical(log))
    return SignedMonth(
        log=log,
        digest=digest,
        signatures=tuple(found),
        differences=content.differences(newest.content, log) if newest else (),
    )


def of_month(session: Session, *, unit_id: int, month: Month) -> list[SignatureView]:
    """Return the signatures of a unit's month, the oldest first."""
    rows = session.scalars(
        select(MonthSignature)
        .where(MonthSignature.unit_id == unit_id, MonthSignature.month == month.first)
        .order_by(MonthSignature.number)
    )
    return [
        SignatureView(row.number, row.signed_by, row.signed_at, row.digest, row.content)
        for row in rows
    ]


def units_signed(
    session: Session, *, unit_ids: Collection[int], month: Month
) -> dict[int, tuple[str, datetime]]:
    """Return who signed the month last, and when, by unit; units without one are left out."""
    rows = session.scalars(
        select(MonthSignature)
        .where(MonthSignature.unit_id.in_(unit_ids), MonthSignature.month == month.first)
        .order_by(MonthSignature.number)
    )
    return {row.unit_id: (row.signed_by, row.signed_at) for row in rows}


def faults(session: Session, *, now: datetime) -> Iterator[str]:
    """Give a line for each signature that is not what was signed, or that a month outgrew.

    A month of which the newest signature fits is sound, whatever older ones said.
    """
    newest = (
        select(
            MonthSignature.unit_id,
            MonthSignature.month,
            func.max(MonthSignature.number).label("number"),
        )
        .group_by(MonthSignature.unit_id, MonthSignature.month)
        .order_by(MonthSignature.unit_id, MonthSignature.month)
    )
    for unit_id, first, number in session.execute(newest).all():
        month = months.of_day(first)
        found = signed_month(session, unit_id=unit_id, month=month, now=now)
        subject = f"unit:{unit_id} {month}"
        for one in found.signatures:
            if one.altered:
                yield f"{FaultKind.ALTERED} {subject}: signature {one.number}"
        if found.changed:
            told = ", ".join(f"{one.part} {one.kind} {one.key}" for one in found.differences)
            yield f"{FaultKind.CHANGED} {subject}: signature {number}: {told}"
