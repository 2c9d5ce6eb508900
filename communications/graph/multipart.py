"""A form with one file, read from the file while it is being sent: 100 MB on the wire are not 100 MB in memory."""

import secrets
from collections.abc import Iterator, Mapping
from typing import BinaryIO

_CHUNK = 64 * 1024


class FileForm:
    """`multipart/form-data` as an iterable of known length, which `requests` sends without collecting it.

    `fields` and `filename` are ours, never a caller's: nothing in them is escaped.
    """

    def __init__(self, fields: Mapping[str, str], file: BinaryIO, *, filename: str, mime_type: str) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._file = file
        self._size = file.seek(0, 2)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            f"Content-Type: {mime_type}\r\n\r\n"
        )
        self._head = ("".join(parts) + head).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        self._file.seek(0)
        left = self._size
        while left and (chunk := self._file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
        yield self._tail
