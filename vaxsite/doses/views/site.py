"""All pages about doses together, as the root registers them."""

from vaxsite.doses.views import blueprint, earlier, needle

PAGES = (needle, earlier)  # Importing them is what adds their routes.
bp = blueprint.bp
