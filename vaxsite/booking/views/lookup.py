"""Finding an appointment by its reference and the birth date, for every page that asks so."""

from uuid import UUID

from vaxsite.booking.services import lookups
from vaxsite.web.forms import Form
from vaxsite.web.language import gettext
from vaxsite.web.look_up import find_by_number


def lookup(form: Form) -> tuple[UUID | None, int | None]:
    """Return the appointment that a valid `LookUpForm` names, as `find_by_number` does."""
    nobody = gettext("We find no appointment with this reference and birth date. Check both.")
    return find_by_number(form, "reference", lookups.look_up, nobody)
