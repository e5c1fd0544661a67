"""All pages of draws together, as the root registers them."""

from vaxsite.draws.views import announce, blueprint, enter, entry, manage, public

PAGES = (public, enter, entry, manage, announce)  # Importing them is what adds their routes.
bp = blueprint.bp
