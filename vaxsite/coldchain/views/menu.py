"""The menu of the cold chain: a few parts in one row, and below it the pages of the open part.

A page that is reached from another one (a unit, an alert) is named in `inside` of that one, so that
the menu says where its reader is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vaxsite.core.decisions import N_
from vaxsite.core.permissions import Permission


@dataclass(frozen=True)
class Entry:
    """A page of the menu, and the pages that are reached from it."""

    endpoint: str
    label: str
    inside: tuple[str, ...] = ()
    needs: Permission = Permission.COLDCHAIN_READ

    def holds(self, endpoint: str | None) -> bool:
        """Tell whether *endpoint* is this page or one inside it."""
        return endpoint == self.endpoint or endpoint in self.inside


@dataclass(frozen=True)
class Part:
    """Pages that belong together, under one word."""

    label: str
    entries: tuple[Entry, ...]


PARTS = (
    Part(
        N_("Fridges"),
        (
            Entry(
                "coldchain.home",
                N_("All fridges"),
                inside=("coldchain.unit", "coldchain.unit_rules_page", "coldchain.maintenance"),
            ),
            Entry("coldchain.compare", N_("Compare units")),
            Entry("coldchain.wall", N_("Wall display"), inside=("coldchain.wall_displays",)),
        ),
    ),
    Part(
        N_("Alerts"),
        (
            Entry(
                "coldchain.alerts",
                N_("All alerts"),
                inside=("coldchain.alert", "coldchain.quiet_form", "coldchain.hand_over_form"),
            ),
            Entry(
                "coldchain.tasks",
                N_("Tasks"),
                inside=("coldchain.excursion", "coldchain.follow_up_page"),
            ),
            Entry(
                "duty.overview",
                N_("Who is called"),
                inside=(
                    "duty.contact_form",
                    "duty.shift_form",
                    "duty.chain_form",
                    "duty.cover_form",
                ),
                needs=Permission.DUTY_WRITE,
            ),
            Entry("duty.report", N_("How fast alerts are answered")),
        ),
    ),
    Part(
        N_("Records"),
        (
            Entry("coldchain.checks", N_("Readings by people")),
            Entry(
                "logbook.home",
                N_("Monthly logs and calibration"),
                inside=("logbook.month_page", "logbook.calibration"),
            ),
            Entry("coldchain.history_page", N_("Search the past")),
            Entry("coldchain.imports_list", N_("Logger files"), inside=("coldchain.imports_one",)),
        ),
    ),
    Part(
        N_("Probes"),
        (
            Entry(
                "coldchain.probes",
                N_("Units and probes"),
                inside=(
                    "coldchain.probe",
                    "coldchain.move_probe_form",
                    "coldchain.replace_probe_form",
                    "coldchain.take_probe_out_form",
                    "coldchain.certificate_form",
                    "coldchain.withdraw_certificate_form",
                    "coldchain.unit_form",
                    "coldchain.unit_facts",
                    "coldchain.retire_form",
                ),
            ),
            Entry(
                "coldchain.devices",
                N_("New devices"),
                inside=("coldchain.device", "coldchain.bindings"),
            ),
            Entry("coldchain.coverage", N_("What is blind")),
            Entry("coldchain.payloads", N_("Unreadable messages")),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """A link of the menu: `here` where the reader is inside it, `exact` on that very page."""

    endpoint: str
    label: str
    here: bool
    exact: bool


@dataclass(frozen=True)
class Menu:
    """The parts, and the pages of the part that is open."""

    parts: tuple[Link, ...]
    pages: tuple[Link, ...]


def menu(endpoint: str | None, may: Callable[[Permission], bool]) -> Menu:
    """Return the menu of who *may* what, as it stands on the page *endpoint*."""
    parts: list[Link] = []
    pages: tuple[Link, ...] = ()
    for part in PARTS:
        entries = [entry for entry in part.entries if may(entry.needs)]
        if not entries:
            continue
        first, here = entries[0], any(entry.holds(endpoint) for entry in entries)
        parts.append(Link(first.endpoint, part.label, here, first.endpoint == endpoint))
        if here and len(entries) > 1:
            pages = _pages(entries, endpoint)
    return Menu(tuple(parts), pages)


def _pages(entries: Iterable[Entry], endpoint: str | None) -> tuple[Link, ...]:
    return tuple(
        Link(entry.endpoint, entry.label, entry.holds(endpoint), entry.endpoint == endpoint)
        for entry in entries
    )
