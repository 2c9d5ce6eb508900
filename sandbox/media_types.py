"""The files that WhatsApp takes: their types, their sizes, and how their first bytes look."""

from collections.abc import Callable

from sandbox.graph_errors import GraphError, invalid_parameter

KB, MB = 1024, 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."

TYPES: dict[str, tuple[str, ...]] = {
    "audio": ("audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"),
    "document": (
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        f"{OFFICE}wordprocessingml.document",
        f"{OFFICE}spreadsheetml.sheet",
        f"{OFFICE}presentationml.presentation",
        "text/plain",
    ),
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "video": ("video/3gpp", "video/mp4"),
}
SIZES = {"audio": 16 * MB, "document": 100 * MB, "image": 5 * MB, "sticker": 500 * KB, "video": 16 * MB}
STATIC_STICKER = 100 * KB
# What a page may show as it is.
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
KIND_OF = {mime_type: kind for kind, mime_types in TYPES.items() for mime_type in mime_types}
LARGEST = max(SIZES.values())


def begins(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(beginnings)


def is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:11] != b"3gp"


def is_opus(data: bytes) -> bool:
    # Of Ogg, WhatsApp plays the Opus codec only.
    return data.startswith(b"OggS") and b"OpusHead" in data[:4096]


def is_text(data: bytes) -> bool:
    return b"\x00" not in data[:4096]


LOOKS: dict[str, Callable[[bytes], bool]] = {
    "audio/aac": begins(b"\xff\xf1", b"\xff\xf9"),
    "audio/amr": begins(b"#!AMR"),
    "audio/mp4": is_mp4,
    "audio/mpeg": begins(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
    "audio/ogg": is_opus,
    "application/pdf": begins(b"%PDF-"),
    "image/jpeg": begins(b"\xff\xd8\xff"),
    "image/png": begins(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    "text/plain": is_text,
    "video/3gpp": lambda data: data[4:11] == b"ftyp3gp",
    "video/mp4": is_mp4,
    **{mime_type: begins(b"PK\x03\x04") for mime_type in TYPES["document"] if mime_type.startswith(OFFICE)},
    **{
        mime_type: begins(b"\xd0\xcf\x11\xe0")
        for mime_type in ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")
    },
}


def is_animated(sticker: bytes) -> bool:
    """Read the animation flag of an extended WebP file."""
    return sticker[12:16] == b"VP8X" and len(sticker) > 20 and bool(sticker[20] & 0x02)


def bare_type(mime_type: str) -> str:
    """Return a type without its parameters.

    >>> bare_type("audio/ogg; codecs=opus")
    'audio/ogg'
    """
    return mime_type.partition(";")[0].strip().lower()


def check_upload(data: bytes, mime_type: str) -> str:
    """Return the kind of a file that may be uploaded under that type; GraphError where it may not."""
    mime_type = bare_type(mime_type)
    kind = KIND_OF.get(mime_type)
    if kind is None or not LOOKS[mime_type](data):
        known = ", ".join(sorted(KIND_OF))
        received = mime_type if kind is None else seen_type(data)
        raise invalid_parameter(
            f"Param file must be a file with one of the following types: {known}. Received file of type '{received}'."
        )
    require_size(kind, data)
    return kind


def seen_type(data: bytes) -> str:
    named = (mime_type for mime_type, looks in LOOKS.items() if mime_type != "text/plain" and looks(data))
    return next(named, "application/octet-stream")


def require_size(kind: str, data: bytes) -> None:
    most = SIZES[kind]
    if kind == "sticker" and not is_animated(data):
        most = STATIC_STICKER
    if not data:
        raise invalid_parameter("Param file must not be empty.")
    if len(data) > most:
        raise invalid_parameter(f"Param file is too large: {len(data)} bytes; the limit for {kind} is {most} bytes.")


def require_sendable(kind: str, mime_type: str) -> None:
    """Refuse, with 131053, an uploaded file under another kind of message; any file may go as a document."""
    mime_type = bare_type(mime_type)
    if kind != "document" and mime_type not in TYPES[kind]:
        known = ", ".join(TYPES[kind])
        raise GraphError(131053, f"Unsupported {kind} mime type {mime_type}. Please use one of {known}.")
