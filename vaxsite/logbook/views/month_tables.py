"""The tables of a log below its days: excursions, lots, gaps, work, notes, probes, rules."""

from datetime import datetime

from flask import url_for

from vaxsite.core.decisions import N_
from vaxsite.logbook.facts import CertificateFact, ExcursionFact, LotFact, MonthLog
from vaxsite.logbook.queries.signatures import SignatureView
from vaxsite.logbook.sheets import Cell, Column, Table, cells
from vaxsite.logbook.views.words import NOTHING, Words, coded, degrees, points
from vaxsite.web.filters import celsius, duration, local_date
from vaxsite.web.language import gettext

NONE = N_("None in this month.")


def tables(log: MonthLog, signatures: tuple[SignatureView, ...], words: Words) -> tuple[Table, ...]:
    """Return them in the order in which people read them."""
    return (
        _excursions(log, words),
        _lots(log, words),
        _gaps(log, words),
        _work(log, words),
        _notes(log, words),
        _probes(log, words),
        _rules(log, words),
        _signatures(signatures, words),
    )


def _table(heading: str, columns: list[tuple[str, int]], rows: list[tuple[Cell, ...]]) -> Table:
    made = tuple(Column(label, width) for label, width in columns)
    return Table(heading, made, tuple(rows), gettext(NONE))


def _excursions(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("Number"), 20),
        (gettext("Began"), 27),
        (gettext("Ended"), 27),
        (gettext("Lasted"), 22),
        (gettext("Furthest temperature"), 22),
        (gettext("Alarm rule"), 36),
        (gettext("Follow-up"), 36),
    ]
    rows = [_excursion(one, words) for one in log.excursions]
    return _table(gettext("Excursions of the month"), columns, rows)


def _excursion(one: ExcursionFact, words: Words) -> tuple[Cell, ...]:
    path = url_for("coldchain.excursion", excursion_id=one.excursion_id)
    lasted = duration(one.ended_at - one.began_at) if one.ended_at else NOTHING
    ended = words.when(one.ended_at) if one.ended_at else gettext("It lasts.")
    if one.end_reason and one.end_reason != "recovered":
        ended = f"{ended} ({coded('end_reason', one.end_reason)})"
    told = [coded("follow_up", one.follow_up)]
    told += [
        coded(name, code) for name, code in (("cause", one.cause), ("action", one.action)) if code
    ]
    if one.signed_at:
        told.append(f"{words.named(one.signed_by)} {words.when(one.signed_at)}")
    return (
        Cell(gettext("Excursion %(number)s", number=one.excursion_id), path),
        *cells(
            words.when(one.began_at),
            ended,
            lasted,
            f"{celsius(one.peak_centi)}, {coded('direction', one.direction)}",
            f"{coded('rule', one.rule)} ({one.probe})",
            "; ".join(told),
        ),
    )


def _lots(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("Excursion"), 20),
        (gettext("Lot"), 30),
        (gettext("Decision"), 30),
        (gettext("By"), 44),
        (gettext("Note"), 66),
    ]
    rows = [_lot(one, words) for one in log.lots]
    return _table(gettext("Lots in excursions"), columns, rows)


def _lot(one: LotFact, words: Words) -> tuple[Cell, ...]:
    decision = coded("decision", one.decision) if one.decision else ""
    if one.held:
        decision = "; ".join(filter(None, [decision, gettext("waits for a decision")]))
    by = f"{words.named(one.by)}, {words.when(one.at)}" if one.at else NOTHING
    path = url_for("coldchain.excursion", excursion_id=one.excursion_id)
    return (
        Cell(gettext("Excursion %(number)s", number=one.excursion_id), path),
        *cells(one.lot, decision or NOTHING, by, one.note or NOTHING),
    )


def _gaps(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("Probe"), 70),
        (gettext("From"), 40),
        (gettext("Until"), 40),
        (gettext("Missing"), 40),
    ]
    rows = [
        cells(one.probe, *_period(one.from_at, one.to_at, words), duration(one.to_at - one.from_at))
        for one in log.gaps
    ]
    return _table(
        gettext("Times without readings: more than 30 minutes, cut to the month"), columns, rows
    )


def _period(begins: datetime, ends: datetime, words: Words) -> tuple[str, str]:
    return words.when(begins), words.when(ends)


def _work(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("What is done"), 30),
        (gettext("From"), 32),
        (gettext("Until"), 32),
        (gettext("By"), 30),
        (gettext("Reason"), 66),
    ]
    rows = [
        cells(
            coded("kind", one.kind),
            *_period(one.from_at, one.to_at, words),
            words.named(one.by),
            one.reason,
        )
        for one in log.maintenance
    ]
    return _table(gettext("Work on the unit"), columns, rows)


def _notes(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("About"), 30),
        (gettext("Written at"), 32),
        (gettext("By"), 30),
        (gettext("Note"), 98),
    ]
    rows = [
        cells(one.day.isoformat(), words.when(one.at), words.named(one.by), one.note)
        for one in log.notes
    ]
    return _table(gettext("Notes written afterwards"), columns, rows)


def _probes(log: MonthLog, words: Words) -> Table:
    columns = [
        (gettext("Probe"), 34),
        (gettext("In the unit from"), 30),
        (gettext("Until"), 30),
        (gettext("Certificates in force"), 96),
    ]
    rows = []
    for one in log.probes:
        own = [_certificate(paper) for paper in log.certificates if paper.probe == one.probe]
        told = "; ".join(own) or gettext("No certificate")
        rows.append(cells(one.probe, *_period(one.from_at, one.to_at, words), told))
    return _table(gettext("Probes and their calibration"), columns, rows)


def _certificate(one: CertificateFact) -> str:
    told = gettext(
        "%(number)s of %(laboratory)s, calibrated on %(calibrated)s, runs out on %(expires)s, "
        "correction %(offset)s °C",
        number=one.number,
        laboratory=one.laboratory,
        calibrated=local_date(one.calibrated_on),
        expires=local_date(one.expires_on),
        offset=degrees(one.offset_centi),
    )
    return f"{told} ({points(one.points)})" if one.points else told


def _rules(log: MonthLog, words: Words) -> Table:
    columns = [(gettext("From"), 40), (gettext("Alarm rules"), 150)]
    rows = [cells(words.when(one.from_at), coded("rule_set", one.rule_set)) for one in log.rules]
    return _table(gettext("Alarm rules in force"), columns, rows)


def _signatures(signatures: tuple[SignatureView, ...], words: Words) -> Table:
    columns = [
        (gettext("Number"), 16),
        (gettext("Signed by"), 40),
        (gettext("Signed at"), 34),
        (gettext("SHA-256 of the content"), 100),
    ]
    rows = [
        cells(str(one.number), words.named(one.by), words.when(one.at), one.digest.hex())
        for one in signatures
    ]
    made = tuple(Column(label, width) for label, width in columns)
    return Table(gettext("Signatures"), made, tuple(rows), gettext("Not signed."))
