"""All pages of residents together, as the root registers them."""

from vaxsite.booking.views import (
    blueprint,
    details,
    doors,
    due,
    household,
    invited,
    later,
    my_booking,
    questions,
    registered,
    second,
)

# Importing them is what adds their routes.
PAGES = (doors, questions, registered, invited, second, details, household, later, my_booking, due)
bp = blueprint.bp
