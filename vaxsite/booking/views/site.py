"""All pages of residents together, as the root registers them."""

from vaxsite.booking.views import blueprint, details, due, my_booking, questions

PAGES = (questions, details, my_booking, due)  # Importing them is what adds their routes.
bp = blueprint.bp
