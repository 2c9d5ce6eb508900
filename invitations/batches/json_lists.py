"""A JSON body to its common fields and its rows, piece by piece: memory does not grow with the list. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from communications.sentences import Sentence
from invitations.batches.list_rows import ListRow

_FIELDS = ("phoneNumber", "recipientName", "companyName", "message")


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
        file.seek(0)
        common: dict[str, Any] = {}
        try:
            for prefix, event, value in ijson.parse(file):
                if not prefix and event not in {"start_map", "map_key", "end_map"}:
                    raise NotAJSONObject
                if not prefix or "." in prefix or event in {"map_key", "end_map", "end_array"}:
                    continue
                common[prefix] = {"start_map": {}, "start_array": []}.get(event, value)
        except ijson.JSONError as exc:
            raise NotJSON from exc
        return cls(file, common)

    def rows(self) -> Iterator[ListRow]:
        """Every row, counted from 1; one that is wrong in its form says so."""
        self.file.seek(0)
        for number, row in enumerate(ijson.items(self.file, "rows.item"), start=1):
            yield _row(number, row)


def _row(number: int, row: object) -> ListRow:
    if not isinstance(row, dict):
        return ListRow(number, "", problem=Sentence("This row is no JSON object."))
    values = [row.get(name) for name in _FIELDS]
    wrong = [name for name, value in zip(_FIELDS, values, strict=True) if not isinstance(value, str | None)]
    texts = [value if isinstance(value, str) else "" for value in values]
    phone, recipient_name, company_name, words = texts
    problem = f"Give {wrong[0]} as text in quotes." if wrong else ""
    return ListRow(number, phone, recipient_name, company_name, words, problem)
