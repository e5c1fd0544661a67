"""The blueprint of duty with all of its pages."""

from vaxsite.duty import covers, reports
from vaxsite.duty.views import bp

__all__ = ["bp", "covers", "reports"]
