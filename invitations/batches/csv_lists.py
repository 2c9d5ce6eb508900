"""A CSV file to the rows of a list, however it was saved; memory does not grow with the file. Pure."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from invitations.batches.column_names import Column
from invitations.batches.encodings import encoding_of
from invitations.batches.layouts import Layout, layout_of
from invitations.batches.list_rows import ListRefused, ListRow

_SAMPLE_LINES = 500
# Nobody's message is as long: the rest of the file was swallowed.
_LINE_LIMIT = 100_000
_LINES_OF_A_RECORD = 200


@dataclass(frozen=True)
class CSVList:
    """A file that was looked at: `rows` may be read as often as wanted."""

    file: BinaryIO
    encoding: str
    layout: Layout

    @classmethod
    def open(cls, file: BinaryIO) -> "CSVList":
        """Find out how the file was saved; raise `ListRefused` for what is no list of phone numbers."""
        encoding = encoding_of(file)
        with _opened(file, encoding) as text:
            sample = list(islice(_lines(text), _SAMPLE_LINES))
        if not any(line.strip() for line in sample):
            raise ListRefused("It is empty.")
        return cls(file, encoding, layout_of(sample))

    def rows(self) -> Iterator[ListRow]:
        """Every row with a person. Raises `ListRefused` where a quotation mark swallows what follows."""
        with _opened(self.file, self.encoding) as text:
            for number, record in _whole_records(text, self.layout.delimiter):
                if number >= self.layout.first_row and any(cell and not cell.isspace() for cell in record):
                    yield _row(number, record, self.layout)


def _whole_records(text: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        lines.begin_record()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise _swallowed(number) from exc
        if lines.ended_within_a_record or lines.in_record > _LINES_OF_A_RECORD:
            raise _swallowed(number)
        yield number, record


class _Lines(Iterator[str]):
    """Hands lines on, and notices where a record asks for more than there is."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._lines = _lines(text)
        self.in_record = 0
        self.ended_within_a_record = False

    def begin_record(self) -> None:
        self.in_record = 0

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self.ended_within_a_record = self.in_record > 0
            raise StopIteration
        self.in_record += 1
        return line


def _lines(text: io.TextIOBase) -> Iterator[str]:
    number = 0
    while line := text.readline(_LINE_LIMIT):
        number += 1
        if len(line) == _LINE_LIMIT:
            raise _swallowed(number)
        yield line


def _swallowed(number: int) -> ListRefused:
    return ListRefused(
        f"Row {number} is longer than any message. Perhaps a quotation mark is opened there and never closed."
    )


@contextmanager
def _opened(file: BinaryIO, encoding: str) -> Iterator[io.TextIOBase]:
    """The file as text from its beginning, line breaks as they are; it stays open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()


def _row(number: int, record: list[str], layout: Layout) -> ListRow:
    first, last = layout.cell(Column.FIRST_NAME, record), layout.cell(Column.LAST_NAME, record)
    return ListRow(
        number,
        layout.cell(Column.PHONE, record),
        layout.cell(Column.NAME, record) or f"{first} {last}".strip(),
        layout.cell(Column.COMPANY, record),
        layout.cell(Column.WORDS, record),
    )
