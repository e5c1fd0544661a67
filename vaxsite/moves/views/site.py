"""All pages of moves together, as the root registers them."""

from vaxsite.moves.views import blueprint, manage, mine

# Importing them is what adds their routes.
PAGES = (manage, mine)
bp = blueprint.bp
