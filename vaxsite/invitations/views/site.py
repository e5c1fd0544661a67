"""All pages of invitations together, as the root registers them."""

from vaxsite.invitations.views import blueprint, manage

PAGES = (manage,)  # Importing them is what adds their routes.
bp = blueprint.bp
