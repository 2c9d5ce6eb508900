"""One row of a list as it was given, and how large a list may be. Pure."""

from typing import ClassVar, NamedTuple

from communications.errors import WhatsAppError

ROW_LIMIT = 100_000
BYTE_LIMIT = 20 * 1024 * 1024


class ListRow(NamedTuple):
    """A person as the list names them. `number` counts as a spreadsheet does, its header included, from 1 on.

    `words` are this person's own message, empty where the list's common one is meant. `problem` says why the row
    cannot be read as a person at all.
    """

    number: int
    phone: str
    recipient_name: str = ""
    company_name: str = ""
    words: str = ""
    problem: str = ""


class ListRefused(WhatsAppError):
    """The list as a whole cannot be used."""

    error: ClassVar[str] = "This list cannot be used"
    code: ClassVar[str] = "invalid_list"


def require_room(rows: int) -> None:
    """Raise `ListRefused` for more rows than one list may have."""
    if rows > ROW_LIMIT:
        raise ListRefused(f"It has more than {ROW_LIMIT:,} rows. Split it and send the parts one after another.")
