"""All pages of the cold chain together, as the root registers them."""

from vaxsite.coldchain.views import alerts, blueprint, excursions, set_aside, units, wall

PAGES = (wall, units, alerts, excursions, set_aside)  # Importing them is what adds their routes.
bp = blueprint.bp
