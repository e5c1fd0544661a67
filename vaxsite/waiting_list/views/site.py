"""The pages of the waiting list, joined to their blueprint."""

from vaxsite.waiting_list.views import clinic, join, mine
from vaxsite.waiting_list.views.blueprint import bp

__all__ = ["bp", "clinic", "join", "mine"]
