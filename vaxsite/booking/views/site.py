"""All pages of residents together, as the root registers them."""

from vaxsite.booking.views import blueprint, details, my_booking, questions

PAGES = (questions, details, my_booking)  # Importing them is what adds their routes.
bp = blueprint.bp
