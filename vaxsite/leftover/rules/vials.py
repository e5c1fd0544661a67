"""How long an opened vial may be used. To be checked by a qualified person against the leaflet."""

from datetime import datetime, timedelta

# WHO Policy Statement: Multi-dose Vial Policy, revision 2014 (WHO/IVB/14.07): opened vials of
# vaccines that may not be kept for another session are discarded at the end of the session or
# within 6 hours, whichever comes first. A product with a longer time in its leaflet is treated the
# same here: nothing is used too late.
HOURS_AFTER_OPENING = timedelta(hours=6)


def discard_at(opened_at: datetime) -> datetime:
    """Return the instant from which the vial may not be used."""
    return opened_at + HOURS_AFTER_OPENING
