"""The days of the week in words."""

from vaxsite.core.decisions import N_

# By their number: Monday is 0, as in Python's calendar.
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
