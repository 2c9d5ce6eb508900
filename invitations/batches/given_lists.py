"""A list as it comes in, by file or in a JSON body: looked at once, and not kept in memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from communications.sentences import Sentence
from invitations.batches.csv_lists import CSVList
from invitations.batches.encodings import WESTERN
from invitations.batches.json_lists import JSONList
from invitations.batches.list_rows import BYTE_LIMIT, ListRefused, ListRow

_NOT_UNICODE = Sentence(
    "The file is not Unicode, and was read as Windows saves it in Western Europe and America. If names look wrong, "
    "save it as “CSV UTF-8” and send it again."
)


@dataclass(frozen=True)
class GivenList:
    """`rows` reads it from its beginning; the `fingerprint` tells whether two lists are the same."""

    rows: Callable[[], Iterator[ListRow]]
    fingerprint: str
    warnings: list[str] = field(default_factory=list)


def from_csv(file: BinaryIO, size: int) -> GivenList:
    """Raises `ListRefused` for a file of `size` bytes that is too large, or no list of phone numbers."""
    if size > BYTE_LIMIT:
        raise ListRefused(
            f"The file is larger than {BYTE_LIMIT // 1024**2} MB. Split it, or leave out columns that are not needed."
        )
    opened = CSVList.open(file)
    return GivenList(opened.rows, _fingerprint(file), [_NOT_UNICODE] if opened.encoding == WESTERN else [])


def from_json(body: JSONList) -> GivenList:
    return GivenList(body.rows, _fingerprint(body.file))


def _fingerprint(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(64 * 1024):
        digest.update(piece)
    return digest.hexdigest()
