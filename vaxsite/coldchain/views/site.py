"""All pages of the cold chain together, as the root registers them."""

from vaxsite.coldchain.views import (
    alerts,
    answers,
    blueprint,
    certificates,
    checks,
    comparison,
    coverage,
    devices,
    displays,
    excursions,
    follow_ups,
    imports,
    maintenance,
    moving,
    probes,
    register,
    set_aside,
    unit_rules,
    units,
    wall,
)

# Importing them is what adds their routes.
PAGES = (
    wall,
    alerts,
    answers,
    certificates,
    checks,
    comparison,
    devices,
    displays,
    excursions,
    coverage,
    follow_ups,
    imports,
    maintenance,
    moving,
    probes,
    register,
    set_aside,
    unit_rules,
    units,
)
bp = blueprint.bp
