"""All pages of the logbook together, as the root registers them."""

from vaxsite.logbook.views import blueprint, months, sites

# Importing them is what adds their routes.
PAGES = (months, sites)
bp = blueprint.bp
