"""What WhatsApp takes as an image, video, audio, document or sticker: types, sizes, captions, names. Pure.

Source: Meta's table of supported media types. Meta's megabyte is read as 1024 × 1024 bytes.
"""

import mimetypes
import re
from typing import BinaryIO

from communications.errors import InvalidMessage
from communications.media import codecs
from communications.media.sniffing import sniff
from communications.message_text import check_characters

KB, MB = 1024, 1024 * 1024
CAPTION_LIMIT = 1024
# Ours: what file systems take.
FILENAME_LIMIT = 255
LARGEST = 100 * MB
STATIC_STICKER, ANIMATED_STICKER = 100 * KB, 500 * KB

# The types that each kind takes, as people call them.
TYPES = {
    "image": {"image/jpeg": "JPEG", "image/png": "PNG"},
    "video": {"video/mp4": "MP4", "video/3gpp": "3GP"},
    "audio": {
        "audio/aac": "AAC",
        "audio/amr": "AMR",
        "audio/mpeg": "MP3",
        "audio/mp4": "M4A",
        "audio/ogg": "Ogg with Opus",
    },
    "document": {
        "application/pdf": "PDF",
        "text/plain": "text",
        "application/msword": "Word (doc)",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (docx)",
        "application/vnd.ms-excel": "Excel (xls)",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (xlsx)",
        "application/vnd.ms-powerpoint": "PowerPoint (ppt)",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (pptx)",
    },
    "sticker": {"image/webp": "WebP"},
}
KINDS = frozenset(TYPES)
SIZES = {"image": 5 * MB, "video": 16 * MB, "audio": 16 * MB, "document": LARGEST, "sticker": ANIMATED_STICKER}
WITH_CAPTION = {"image", "video", "document"}
_OTHER_NAMES = {
    "application/zip": "a ZIP archive",
    "application/octet-stream": "of a type that nobody knows",
    "application/vnd.microsoft.portable-executable": "a Windows program",
    "application/x-executable": "a program",
    "application/x-ole-storage": "an unknown Office file",
    "text/html": "a web page",
    "image/svg+xml": "an SVG drawing",
    "image/gif": "a GIF",
    "image/heic": "a HEIC photo",
}
_NO_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')


def check_kind(kind: str) -> None:
    """Raise `InvalidMessage` for a kind of media that there is not."""
    if kind not in KINDS:
        raise InvalidMessage(f"There is no media of the kind {kind!r}. Use one of {', '.join(sorted(KINDS))}.")


def check_caption(kind: str, caption: str) -> None:
    """Raise `InvalidMessage` for a caption that is too long, or on a kind that has none."""
    if caption and kind not in WITH_CAPTION:
        raise InvalidMessage(f"A message with {article(kind)} has no caption. Send the text as a message of its own.")
    if len(caption) > CAPTION_LIMIT:
        raise InvalidMessage(f"Shorten the caption to {CAPTION_LIMIT} characters: it has {len(caption)}.")
    check_characters(caption)


def check_filename(kind: str, filename: str) -> None:
    """Raise `InvalidMessage` for a name that no file can have, or on a kind that shows none."""
    if not filename:
        return
    if kind != "document":
        raise InvalidMessage("Only a document has a file name. Leave it out.")
    if len(filename) > FILENAME_LIMIT:
        raise InvalidMessage(f"Shorten the file name to {FILENAME_LIMIT} characters: it has {len(filename)}.")
    if _NO_NAME.search(filename) or not filename.strip(". "):
        raise InvalidMessage("The file name holds characters that no file name has.")
    check_characters(filename)


def check_file(kind: str, stream: BinaryIO, filename: str = "") -> str:
    """Return the MIME type of the file, told from its content.

    Raises `InvalidMessage` for a file that is too large, whose content is not of this kind or not what its name says,
    or whose coding WhatsApp does not play; the error names what it is.
    """
    size = stream.seek(0, 2)
    _check_size(kind, size, SIZES[kind])
    mime_type = sniff(stream)
    if mime_type not in TYPES[kind]:
        takes = ", ".join(TYPES[kind].values())
        raise InvalidMessage(f"The file is {describe(mime_type)}. WhatsApp takes as {article(kind)}: {takes}.")
    _check_name_is_true(filename, mime_type)
    if kind == "sticker" and not codecs.is_animated(stream):
        _check_size("sticker that does not move", size, STATIC_STICKER)
    if problem := codecs.problem(mime_type, stream):
        raise InvalidMessage(problem)
    return mime_type


def describe(mime_type: str) -> str:
    """What a file is, for a person: "a ZIP archive"."""
    named = next((types[mime_type] for types in TYPES.values() if mime_type in types), "")
    return _OTHER_NAMES.get(mime_type) or f"of the type {named or mime_type}"


def article(kind: str) -> str:
    return {"audio": "audio"}.get(kind) or f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _check_size(kind: str, size: int, limit: int) -> None:
    if size == 0:
        raise InvalidMessage("The file is empty.")
    if size > limit:
        # A decimal fewer could make a file of one byte too many look allowed.
        raise InvalidMessage(f"The file has {size:,} bytes. WhatsApp takes {article(kind)} up to {limit:,} bytes.")


def _check_name_is_true(filename: str, mime_type: str) -> None:
    """A name that says PDF on a Word file would not open at the recipient's."""
    said, _encoding = mimetypes.guess_type(filename)
    if said in TYPES["document"] and said != mime_type:
        raise InvalidMessage(f"The file is called {filename} but is {describe(mime_type)}.")
