"""What a browser keeps of a draw, signed: which entry it may see. Never a number, never a name."""

from uuid import UUID

from flask import session

ENTRY = "draw_entry"


def open_entry(entry_id: UUID) -> None:
    """Let this browser see the entry: it made it, or knew its number and a birth date."""
    session[ENTRY] = str(entry_id)


def opened_entry() -> UUID | None:
    """Return the entry that this browser may see."""
    kept = session.get(ENTRY)
    return UUID(kept) if kept else None


def leave_entry() -> None:
    """Forget the entry in this browser."""
    session.pop(ENTRY, None)
