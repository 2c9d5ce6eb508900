"""How a CSV file is laid out: its delimiter, whether it has a header, and which column holds what. Pure.

Three delimiters, and files of a single column, are told apart better by looking for phone numbers than by statistics
over all characters.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from invitations.batches.column_names import Column, meaning_of
from invitations.batches.list_rows import ListRefused

_DELIMITERS = ",;\t|"
_SAMPLE = 60
# A title, a date and an empty line may stand above the names of the columns.
_HEADER_WITHIN = 10

# No number is as long; what is takes the patterns below time by its square.
_LONGEST_NUMBER = 60

_Record = tuple[int, list[str]]
_NUMBER = re.compile(r"""[="'\s]*(\+?)[\d\s().\-/\u00a0\u202f\u200e\u202a-\u202e]{6,30}["\s]*""")
_SHORTENED = re.compile(r"[\s']*\+?\d[.,]?\d*E\+?\d{1,2}\s*", re.IGNORECASE)
_DATE = re.compile(r"\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(\s.*)?")
_EXCELS_FIRST_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """`first_row` is the number of the first row with a person. A column that may be in several places has several:
    the first that is not empty counts.
    """

    delimiter: str
    first_row: int
    columns: dict[Column, tuple[int, ...]]

    def cell(self, column: Column, record: Sequence[str]) -> str:
        """What this row says about `column`; empty where it says nothing."""
        for index in self.columns.get(column, ()):
            if index < len(record) and (found := record[index].strip()):
                return found
        return ""


def layout_of(lines: Sequence[str]) -> Layout:
    """Read the first lines of a file; raise `ListRefused` where no column with phone numbers is found."""
    announced = _EXCELS_FIRST_LINE.fullmatch(lines[0]) if lines else None
    found = [
        layout
        for delimiter in (announced[1] if announced else _DELIMITERS)
        if (layout := _layout_with(delimiter, lines, skipped=1 if announced else 0))
    ]
    if not found:
        raise ListRefused(
            "No column with phone numbers was found. Write “phone” above the column that holds them and send it again."
        )
    return max(found, key=lambda layout: (len(layout.columns), sum(map(len, layout.columns.values()))))


def records_of(lines: Iterator[str] | Sequence[str], delimiter: str) -> Iterator[_Record]:
    """Number the records as a spreadsheet numbers its rows, and leave out the empty ones. May raise `csv.Error`."""
    for number, record in enumerate(csv.reader(iter(lines), delimiter=delimiter), start=1):
        if any(cell and not cell.isspace() for cell in record):
            yield number, record


def _layout_with(delimiter: str, lines: Sequence[str], *, skipped: int) -> Layout | None:
    sample = _sample(lines, delimiter, skipped)
    header = next((place for place, record in enumerate(sample[:_HEADER_WITHIN]) if _names_a_phone(record[1])), None)
    if header is not None:
        first_row, columns = sample[header][0] + 1, _named(sample[header][1])
    else:
        phone = _column_of_numbers(sample)
        if phone is None:
            return None
        first_row, columns = _without_named_phone(sample, phone)
    return Layout(delimiter, first_row, columns)


def _sample(lines: Sequence[str], delimiter: str, skipped: int) -> list[_Record]:
    records = (record for record in records_of(lines, delimiter) if record[0] > skipped)
    try:
        return list(islice(records, _SAMPLE))
    except csv.Error:
        return []


def _names_a_phone(record: Sequence[str]) -> bool:
    meanings = (meaning_of(name) for name in record)
    is_named = any(meaning and meaning[0] is Column.PHONE for meaning in meanings)
    return is_named and not any(map(_looks_like_a_number, record))


def _named(header: Sequence[str]) -> dict[Column, tuple[int, ...]]:
    places: dict[Column, list[tuple[int, int]]] = {}
    for index, name in enumerate(header):
        if meaning := meaning_of(name):
            places.setdefault(meaning[0], []).append((meaning[1], index))
    return {column: tuple(index for _rank, index in sorted(found)) for column, found in places.items()}


def _column_of_numbers(sample: Sequence[_Record]) -> int | None:
    """The column that looks most like phone numbers; a plus sign is the best sign of one."""
    points: dict[int, int] = {}
    for _number, record in sample:
        for index, cell in enumerate(record):
            points[index] = points.get(index, 0) + _looks_like_a_number(cell)
    best = max(points, key=lambda index: (points[index], -index), default=None)
    return best if best is not None and points[best] else None


def _looks_like_a_number(cell: str) -> int:
    text = cell.strip()
    if len(text) > _LONGEST_NUMBER or _DATE.fullmatch(text):
        return 0
    if _SHORTENED.fullmatch(text):
        return 2
    match = _NUMBER.fullmatch(text)
    if match is None or not 7 <= sum(char.isdigit() for char in text) <= 15:
        return 0
    return 3 if match[1] else 2


def _without_named_phone(sample: Sequence[_Record], phone: int) -> tuple[int, dict[Column, tuple[int, ...]]]:
    """The header calls the numbers by a word of its own, or there is none: then name and business follow in order."""
    first_number, first = sample[0]
    if len(sample) > 1 and not _looks_like_a_number(first[phone] if phone < len(first) else ""):
        others = {column: places for column, places in _named(first).items() if phone not in places}
        return first_number + 1, {**others, Column.PHONE: (phone,)}
    texts = [index for index in range(len(first)) if index != phone and _holds_words(sample, index)]
    columns: dict[Column, tuple[int, ...]] = {Column.PHONE: (phone,)}
    for column, index in zip((Column.NAME, Column.COMPANY), texts, strict=False):
        columns[column] = (index,)
    return first_number, columns


def _holds_words(sample: Sequence[_Record], index: int) -> bool:
    cells = [record[index] for _number, record in sample if index < len(record) and record[index].strip()]
    return any(char.isalpha() for cell in cells for char in cell) and not any("@" in cell for cell in cells)
