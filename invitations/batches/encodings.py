"""In which encoding a list was saved: told by its first bytes, or by reading it once. Pure.

Guessing among the old one-byte encodings by statistics takes Spanish names for Polish ones, so nothing is guessed: what
is not Unicode is read as Windows saves it in the West, and said so.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from communications.sentences import Sentence
from invitations.batches.list_rows import ListRefused

WESTERN = "cp1252"

_PIECE = 64 * 1024
# The longer marks first: the one of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOK = Sentence(
    "It is a workbook, not a CSV file. Save it as “CSV UTF-8” in Excel, or export it as CSV, and send that file."
)
_OTHER_FILES = (
    (b"PK\x03\x04", _WORKBOOK),
    (b"\xd0\xcf\x11\xe0", _WORKBOOK),
    (b"%PDF", Sentence("It is a PDF, not a CSV file. Export the list as CSV from the program that made it.")),
    (b"\x1f\x8b", Sentence("It is compressed. Unpack it and send the CSV file itself.")),
)


def encoding_of(file: BinaryIO) -> str:
    """Return Python's name of the encoding, and rewind the file; raise `ListRefused` for what is no text."""
    file.seek(0)
    head = file.read(_PIECE)
    for start, explanation in _OTHER_FILES:
        if head.startswith(start):
            raise ListRefused(explanation)
    encoding = _marked(head) or _zero_padded(head) or _unmarked(file)
    file.seek(0)
    return encoding


def _marked(head: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def _zero_padded(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of digits and commas is zero."""
    pairs = len(head) // 2
    if not pairs or head.count(0) * 4 < pairs:
        return None
    if head[1::2].count(0) * 4 >= pairs > head[::2].count(0) * 16:
        return "utf-16-le"
    if head[::2].count(0) * 4 >= pairs > head[1::2].count(0) * 16:
        return "utf-16-be"
    raise ListRefused("It is not a text file. Export the list as CSV and send that file.")


def _unmarked(file: BinaryIO) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return WESTERN
    return "utf-8"


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
