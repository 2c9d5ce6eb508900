"""A JSON body to its common fields and its rows, piece by piece: memory does not grow with the list. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from communications.sentences import Sentence
from invitations.batches.list_rows import ListRow

_FIELDS = ("phoneNumber", "recipientName", "companyName", "message")
_EMPTY: dict[str, Any] = {"start_map": {}, "start_array": []}
_END = "end"


class NotJSON(ValueError):
    """The body is no JSON."""


class NotAJSONObject(NotJSON):
    """JSON, but a list, a number, text or null."""


@dataclass(frozen=True)
class JSONList:
    """`common` holds everything but the rows; `rows` may be read as often as wanted.

    What `common` holds of lists and objects is empty: none of the fields is one.
    """

    file: BinaryIO
    common: dict[str, Any]

    @classmethod
    def open(cls, file: BinaryIO) -> "JSONList":
        """Read the body once, from end to end; raise `NotJSON` or `NotAJSONObject`."""
        try:
            return cls(file, {name: value for name, value in _parts(file) if name is not None})
        except (ijson.JSONError, UnicodeDecodeError) as exc:
            # The latter for half of a surrogate pair.
            raise NotJSON from exc

    def rows(self) -> Iterator[ListRow]:
        """Every row, counted from 1; one that is wrong in its form says so."""
        rows = (value for name, value in _parts(self.file) if name is None)
        for number, row in enumerate(rows, start=1):
            yield _row(number, row)


def _parts(file: BinaryIO) -> Iterator[tuple[str | None, Any]]:
    """The members of the object by their names, and the rows, which have none."""
    row: dict[str, Any] | None = None
    is_in_rows = False
    for depth, name, event, value in _steps(file):
        if depth == 0 and event not in {"start_map", _END}:
            raise NotAJSONObject
        if depth == 1 and event != _END:
            is_in_rows = name == "rows" and event == "start_array"
            yield name, value
        elif depth == 2 and is_in_rows:
            if event == "start_map":
                row = {}
            elif event != _END:
                yield None, value
            elif row is not None:
                yield None, row
                row = None
        elif depth == 3 and row is not None and event != _END:
            row[name] = value


def _steps(file: BinaryIO) -> Iterator[tuple[int, str, str, Any]]:
    """Each value with how deep it stands, what it is called there, and its kind; an object or a list stands empty.

    Nothing is built: a hundred thousand lists, one in the other, would end the process.
    """
    file.seek(0)
    depth, name = 0, ""
    # Numbers that fit a register, since no field is one: ijson itself ends the process at those of 4301 digits.
    for event, value in ijson.basic_parse(file, use_float=True):
        if event == "map_key":
            name = value
        elif event in _EMPTY:
            yield depth, name, event, _EMPTY[event]
            depth += 1
        elif event in {"end_map", "end_array"}:
            depth -= 1
            yield depth, name, _END, None
        else:
            yield depth, name, event, value


def _row(number: int, row: object) -> ListRow:
    if not isinstance(row, dict):
        return ListRow(number, "", problem=Sentence("This row is no JSON object."))
    values = [row.get(name) for name in _FIELDS]
    wrong = [name for name, value in zip(_FIELDS, values, strict=True) if not isinstance(value, str | None)]
    phone, recipient_name, company_name, words = (value if isinstance(value, str) else "" for value in values)
    problem = f"Give {wrong[0]} as text in quotes." if wrong else ""
    return ListRow(number, phone, recipient_name, company_name, words, problem)
