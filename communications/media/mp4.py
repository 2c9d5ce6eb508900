"""The tracks of an MP4, M4A, 3GP or QuickTime file, read from its boxes. Pure.

Source: ISO/IEC 14496-12. Only what tells a track's kind and codec is read, and never more than the index of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

# The index of a video of 16 MB has some hundred KB; one beyond this is no file that we read.
INDEX_LIMIT = 16 * 1024 * 1024
_BOX_LIMIT = 100_000


@dataclass(frozen=True)
class Track:
    """`kind` is `vide`, `soun` or another handler's name; `codec` is such as `avc1` or `mp4a`."""

    kind: str
    codec: str


def brand(head: bytes) -> str:
    """The major brand of the file that starts with `head`; empty if it is no such file."""
    return head[8:12].decode("latin-1").strip() if head[4:8] == b"ftyp" else ""


def tracks(stream: BinaryIO) -> list[Track]:
    """Read the file's tracks; raises ValueError where its index is missing, cut off or out of all proportion."""
    return [_track(payload) for name, payload in _boxes(_index(stream)) if name == b"trak"]


def _index(stream: BinaryIO) -> bytes:
    end, at = stream.seek(0, 2), 0
    for _ in range(_BOX_LIMIT):
        stream.seek(at)
        header = stream.read(16)
        if len(header) < 8:
            break
        size, start = _extent(header, end - at)
        if header[4:8] == b"moov":
            return _whole(stream, at + start, size - start)
        at += size
    raise ValueError("it has no index")


def _extent(header: bytes, left: int) -> tuple[int, int]:
    """The size of a box and where in it its content starts; 1 stands for a long size, 0 for up to the end."""
    size, start = int.from_bytes(header[:4], "big"), 8
    if size == 1:
        size, start = int.from_bytes(header[8:16], "big"), 16
    size = size or left
    if not start <= size <= left:
        raise ValueError("it is cut off or damaged")
    return size, start


def _whole(stream: BinaryIO, at: int, size: int) -> bytes:
    if size > INDEX_LIMIT:
        raise ValueError("its index is too large")
    stream.seek(at)
    return stream.read(size)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, start = _extent(data[at : at + 16], len(data) - at)
        yield data[at + 4 : at + 8], data[at + start : at + size]
        at += size


def _track(data: bytes) -> Track:
    media = _inside(data, b"mdia")
    handler = _inside(media, b"hdlr")
    samples = _inside(_inside(_inside(media, b"minf"), b"stbl"), b"stsd")
    # A handler starts with 8 bytes that say nothing, a table of samples with 8 and the size of its first entry.
    return Track(handler[8:12].decode("latin-1"), samples[12:16].decode("latin-1"))


def _inside(data: bytes, wanted: bytes) -> bytes:
    return next((payload for name, payload in _boxes(data) if name == wanted), b"")
