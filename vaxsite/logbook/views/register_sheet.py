"""The sheet of a site's register of calibration."""

from collections.abc import Mapping
from datetime import datetime

from vaxsite.coldchain.views.blueprint import namer
from vaxsite.core.decisions import N_
from vaxsite.core.sites import SiteName
from vaxsite.logbook.queries.register import CertificateView, ProbeEntry, Standing, UnitStay
from vaxsite.logbook.sheets import Cell, Column, Sheet, Table, cells
from vaxsite.logbook.views.words import NOTHING, Words, degrees, points
from vaxsite.web.filters import local_date
from vaxsite.web.language import current_language, gettext

STANDINGS: Mapping[Standing, str] = {
    Standing.NONE: N_("No certificate"),
    Standing.EXPIRED: N_("Certificate has run out"),
    Standing.SOON: N_("Runs out within 30 days"),
    Standing.GOOD: N_("Calibrated"),
}


def title_of(site: SiteName) -> str:
    """Return the title of a site's register."""
    return gettext("Calibration register: %(site)s", site=site.name(current_language()))


def sheet_of(site: SiteName, found: tuple[ProbeEntry, ...], now: datetime) -> Sheet:
    """Return the register of *site* as it stands at *now*."""
    papers = [paper for probe in found for paper in probe.certificates]
    words = Words(site.timezone, namer([paper.entered_by for paper in papers]))
    here = [one for one in found if one.here]
    counts = [
        (gettext(label), str(sum(one.standing is standing for one in here)))
        for standing, label in STANDINGS.items()
    ]
    return Sheet(
        title=title_of(site),
        facts=(
            (gettext("Site"), site.name(current_language())),
            (gettext("Probes in units now"), str(len(here))),
            *counts,
        ),
        warnings=(),
        tables=(_probes(found, words), _certificates(found, words)),
        closing=(
            gettext(
                "A correction is what the laboratory's reference showed less what the probe showed."
            ),
            gettext("Times are those of %(zone)s.", zone=site.timezone),
            gettext("As of %(time)s.", time=words.when(now)),
        ),
    )


def _probes(found: tuple[ProbeEntry, ...], words: Words) -> Table:
    rows = [
        cells(one.probe, gettext(STANDINGS[one.standing]), _stay(stay), *_period(stay, words))
        for one in found
        for stay in one.stays
    ]
    return Table(
        heading=gettext("Probes and where they hung"),
        columns=(
            Column(gettext("Probe"), 45),
            Column(gettext("Calibration"), 40),
            Column(gettext("Unit"), 45),
            Column(gettext("From"), 30),
            Column(gettext("Until"), 30),
        ),
        rows=tuple(rows),
        empty=gettext("No probe"),
    )


def _stay(stay: UnitStay) -> str:
    return f"{stay.name(current_language())} ({stay.code})"


def _period(stay: UnitStay, words: Words) -> tuple[str, str]:
    begins = words.when(stay.from_at) if stay.from_at else gettext("the beginning")
    return begins, words.when(stay.to_at) if stay.to_at else gettext("now")


def _certificates(found: tuple[ProbeEntry, ...], words: Words) -> Table:
    rows = [_certificate(one.probe, paper, words) for one in found for paper in one.certificates]
    return Table(
        heading=gettext("Certificates"),
        columns=(
            Column(gettext("Probe"), 26),
            Column(gettext("Number"), 26),
            Column(gettext("Laboratory"), 30),
            Column(gettext("Calibrated on"), 21),
            Column(gettext("Runs out on"), 21),
            Column(gettext("Correction °C"), 17),
            Column(gettext("Applies from"), 24),
            Column(gettext("Remarks"), 45),
        ),
        rows=tuple(rows),
        empty=gettext("No certificate"),
    )


def _certificate(probe: str, paper: CertificateView, words: Words) -> tuple[Cell, ...]:
    return cells(
        probe,
        paper.number,
        paper.laboratory,
        paper.calibrated_on.isoformat(),
        paper.expires_on.isoformat(),
        degrees(paper.offset_centi),
        words.when(paper.from_at),
        _remarks(paper, words),
    )


def _remarks(paper: CertificateView, words: Words) -> str:
    told = [
        gettext(
            "entered by %(name)s, %(day)s",
            name=words.named(paper.entered_by),
            day=local_date(paper.entered_at, words.timezone),
        )
    ]
    if paper.points:
        told.append(points(paper.points))
    if paper.reminded_at:
        told.append(
            gettext("reminded on %(day)s", day=local_date(paper.reminded_at, words.timezone))
        )
    if paper.withdrawn_at:
        told.append(
            gettext(
                "withdrawn on %(day)s: %(reason)s",
                day=local_date(paper.withdrawn_at, words.timezone),
                reason=paper.withdrawn_because or NOTHING,
            )
        )
    return "; ".join(told)
