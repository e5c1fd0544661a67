"""All pages of plans together, as the root registers them."""

from vaxsite.plans.views import blueprint, days, deliveries, drafting, showing

PAGES = (drafting, showing, deliveries, days)  # Importing them is what adds their routes.
bp = blueprint.bp
