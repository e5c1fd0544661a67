"""The pages of doses left over, joined to their blueprint."""

from vaxsite.leftover.views import answer, board
from vaxsite.leftover.views.blueprint import bp

__all__ = ["answer", "board", "bp"]
