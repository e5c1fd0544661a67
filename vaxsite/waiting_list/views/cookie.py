"""What a browser keeps of the waiting list, signed: which entry it may see, and nothing else."""

from uuid import UUID

from flask import session

ENTRY = "waiting_entry"


def open_entry(entry_id: UUID) -> None:
    """Let this browser see the entry: it joined, had the link, or knew number and birth date."""
    session[ENTRY] = str(entry_id)


def opened_entry() -> UUID | None:
    """Return the entry that this browser may see."""
    kept = session.get(ENTRY)
    return UUID(kept) if kept else None


def forget_entry() -> None:
    """Forget the entry in this browser."""
    session.pop(ENTRY, None)
