"""All pages of the cold chain together, as the root registers them."""

from vaxsite.coldchain.views import (
    alerts,
    answers,
    blueprint,
    displays,
    excursions,
    imports,
    set_aside,
    unit_rules,
    units,
    wall,
)

# Importing them is what adds their routes.
PAGES = (wall, displays, units, unit_rules, alerts, answers, excursions, imports, set_aside)
bp = blueprint.bp
