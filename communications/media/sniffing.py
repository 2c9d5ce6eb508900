"""What a file is, told from its content alone: its name and what somebody says of it count for nothing. Pure.

puremagic knows the signatures of some thousand formats. What is looked at here besides are containers, whose signature
is the same for many things: ZIP (Word, Excel, PowerPoint), OLE (their old forms), MP4 (video or sound) and Ogg.
"""

import re
from typing import BinaryIO

import puremagic

from communications.media import mp4

UNKNOWN = "application/octet-stream"
_HEAD = 64 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED = {
    b"word/document.xml": _OFFICE + "wordprocessingml.document",
    b"xl/workbook.xml": _OFFICE + "spreadsheetml.sheet",
    b"ppt/presentation.xml": _OFFICE + "presentationml.presentation",
}
_OLE = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"#!AMR\n": "audio/amr",
    b"#!": "text/x-script",
    b"{\\rtf": "application/rtf",
    b"\x7fELF": "application/x-executable",
    b"MZ": "application/vnd.microsoft.portable-executable",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
}
_BRANDS = {
    "qt": "video/quicktime",
    "heic": "image/heic",
    "heix": "image/heic",
    "mif1": "image/heic",
    "avif": "image/avif",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Below this, puremagic has matched two or three letters with which any text may begin.
_SURE_OF_A_TEXT = 0.5


def sniff(stream: BinaryIO) -> str:
    """Return the MIME type of the file's content; `application/octet-stream` where nothing knows it."""
    head, tail = _ends(stream)
    if head.startswith(b"PK\x03\x04"):
        return next((mime for name, mime in _ZIPPED.items() if name in head or name in tail), "application/zip")
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _old_office(stream, head)
    if mp4.brand(head):
        return _film_or_sound(stream, mp4.brand(head))
    if _is_text(head):
        return _kind_of_text(head)
    return _by_signature(head) or _mpeg_frame(head) or _by_puremagic(head) or UNKNOWN


def _ends(stream: BinaryIO) -> tuple[bytes, bytes]:
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(max(0, size - _HEAD))
    return head, stream.read(_HEAD)


def _old_office(stream: BinaryIO, head: bytes) -> str:
    """The names of what is inside stand in a directory whose place the header tells."""
    sector_size = 1 << min(int.from_bytes(head[30:32], "little"), 16)
    stream.seek((int.from_bytes(head[48:52], "little") + 1) * sector_size)
    directory = stream.read(4096)
    named = (mime for name, mime in _OLE.items() if f"{name}\0".encode("utf-16-le") in directory)
    return next(named, "application/x-ole-storage")


def _film_or_sound(stream: BinaryIO, brand: str) -> str:
    if brand in _BRANDS:
        return _BRANDS[brand]
    try:
        kinds = {track.kind for track in mp4.tracks(stream)}
    except ValueError:
        kinds = {"soun"} if brand.startswith(("M4A", "F4A")) else set()
    if "soun" in kinds and "vide" not in kinds:
        return "audio/mp4"
    return "video/3gpp" if brand.startswith(("3gp", "3gr", "3gs", "3ge")) else "video/mp4"


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; the last character may be cut by the end of what was read."""
    if not head or _CONTROL.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as exc:
        return len(head) == _HEAD and exc.start > _HEAD - 4
    return True


def _kind_of_text(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"(?i)<(!doctype html|html|head|body|script|iframe)", start):
        return "text/html"
    if re.match(rb"(?is)(<\?xml.{0,500})?(<!--.{0,500})?<svg", start):
        return "image/svg+xml"
    for signature in (b"%PDF-", b"#!AMR\n", b"#!", b"{\\rtf"):
        if start.startswith(signature):
            return _SIGNATURES[signature]
    return _by_puremagic(head, at_least=_SURE_OF_A_TEXT) or "text/plain"


def _by_signature(head: bytes) -> str:
    return next((mime for signature, mime in _SIGNATURES.items() if head.startswith(signature)), "")


def _mpeg_frame(head: bytes) -> str:
    """MP3 and AAC without a container begin with a frame: eleven or twelve bits set, then what kind it is."""
    if len(head) < 2 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if head[1] & 0xE6 == 0xE2 else ""


def _by_puremagic(head: bytes, *, at_least: float = 0.0) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return next((match.mime_type for match in found if match.mime_type and match.confidence >= at_least), "")
