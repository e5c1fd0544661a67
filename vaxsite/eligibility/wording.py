"""Says where and when a phase lets people in, the same to managers and to residents."""

from vaxsite.eligibility.rules import PhaseView
from vaxsite.web import filters
from vaxsite.web.language import current_language, gettext


def where(phase: PhaseView) -> str:
    """Return the places at which the phase counts, in words."""
    if phase.reach.site_id is not None:
        return gettext("this clinic")
    if phase.reach.district is not None:
        return gettext("all clinics in %(district)s", district=phase.district(current_language()))
    return gettext("all clinics")


def opened(phase: PhaseView) -> str:
    """Return a sentence: where the phase counts, from when and until when."""
    first = filters.local_date(phase.opens_on)
    if phase.last_day is None:
        return gettext(
            "Open at %(where)s from %(first)s, no end set.", where=where(phase), first=first
        )
    return gettext(
        "Open at %(where)s from %(first)s until %(last)s.",
        where=where(phase),
        first=first,
        last=filters.local_date(phase.last_day),
    )
