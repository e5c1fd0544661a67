"""All pages of draws together, as the root registers them."""

from vaxsite.draws.views import blueprint

bp = blueprint.bp
