"""Says whose turn it is at a clinic, and why not."""

from datetime import date

from vaxsite.booking.queries import ClinicTurn
from vaxsite.core.decisions import Refused
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import SENTENCES, Attributes, Proof
from vaxsite.invitations.rules.states import SENTENCES as INVITATION_SENTENCES
from vaxsite.record.rules import SENTENCES as DOSE_SENTENCES
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.web.clock import now
from vaxsite.web.filters import local_date
from vaxsite.web.language import current_language, explain, gettext

TURN_SENTENCES = {**SENTENCES, **INVITATION_SENTENCES}


def why(found: ClinicTurn, who: Attributes) -> str:
    """Return the reason of the decision in words: the group, or what stands in the way."""
    if isinstance(found.decision, Refused):
        reason = found.decision.reason
        # Asked by kind: both have a code for too young, and codes of different enums are equal.
        words = DOSE_SENTENCES if isinstance(reason, DoseReason) else TURN_SENTENCES
        return explain(words[reason], found.decision.detail)
    group = eligibility.groups().find(found.decision.rule)
    assert group is not None, "a decision names a group of the data"
    name = group.name(current_language())
    entry = who.on_roster(group.code, _day_of(found))
    if entry is not None:
        return gettext(
            "Your group: %(group)s. Your employer or community registered you from %(date)s on. "
            "Bring the document that you gave; you need no proof of your work.",
            group=name,
            date=local_date(entry.valid_from),
        )
    if group.proof is Proof.DOCUMENT:
        return gettext("Your group: %(group)s. Bring proof of it: it is looked at.", group=name)
    return gettext("Your group: %(group)s", group=name)


def _day_of(found: ClinicTurn) -> date:
    """Return the day that was decided about: the first with a seat, else today."""
    return found.days[0].day if found.days else found.clinic.local_day(now())
