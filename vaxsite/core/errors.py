"""Refusals that the edge knows how to show. Anything else is a fault and answers 500."""

from collections.abc import Mapping
from enum import StrEnum

from vaxsite.core.decisions import N_, Detail, Refused


class DomainError(Exception):
    """An act was refused. The class's `sentence` is the English template that a person reads."""

    sentence = N_("This cannot be done.")
    status = 409

    def __init__(self, **detail: object) -> None:
        super().__init__(self.sentence)
        self.detail = detail


class NotFound(DomainError):
    """The thing does not exist, or is not yours to see: the answer is the same."""

    sentence = N_("We cannot find that.")
    status = 404


class AlreadyThere(DomainError):
    """Something of this name exists."""

    sentence = N_("There is one with this name already.")


class RefusedAct(DomainError):
    """A rule said no; carries the decision and the sentence of its reason."""

    def __init__(self, decision: Refused, sentences: Mapping[StrEnum, str]) -> None:
        super().__init__(**decision.detail)
        self.decision = decision
        self.sentence = sentences[decision.reason]


def refuse_detail(error: DomainError) -> Detail:
    """Return what fills the places of the error's sentence."""
    return error.detail  # type: ignore[return-value]  # Only printable values are ever given.
