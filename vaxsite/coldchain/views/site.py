"""All pages of the cold chain together, as the root registers them."""

from vaxsite.coldchain.views import (
    alerts,
    answers,
    blueprint,
    checks,
    displays,
    excursions,
    follow_ups,
    imports,
    set_aside,
    unit_rules,
    units,
    wall,
)

# Importing them is what adds their routes.
PAGES = (
    wall,
    units,
    alerts,
    answers,
    checks,
    displays,
    excursions,
    follow_ups,
    imports,
    set_aside,
    unit_rules,
)
bp = blueprint.bp
