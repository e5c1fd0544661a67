"""Refusals of an import."""

from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError


class UnreadableRelease(DomainError):
    """A file of the release cannot be read; nothing was imported."""

    sentence = N_("%(file)s cannot be read at %(element)s: %(fault)s. Nothing was imported.")
    status = 422


class AlreadyImported(DomainError):
    """The same texts, or another release of this name, are there already."""

    sentence = N_("This release is there already, as version %(version)s.")
