"""All pages of rosters together, as the root registers them."""

from vaxsite.rosters.views import blueprint, show, upload

PAGES = (upload, show)  # Importing them is what adds their routes.
bp = blueprint.bp
