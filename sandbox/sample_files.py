"""Small files of the kinds that people send."""

from functools import cache
from pathlib import Path

from sandbox.media_types import bare_type

SAMPLES = Path(__file__).parent / "samples"
FILES = {"image/jpeg": "photo.jpg", "image/png": "photo.png", "image/webp": "sticker.webp"}

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"
OPUS = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb" + bytes(5)
BYTES = {
    "application/pdf": PDF,
    "application/zip": b"PK\x03\x04\x14" + bytes(25) + b"PK\x05\x06" + bytes(18),
    "audio/aac": b"\xff\xf1\x50\x80" + bytes(12),
    "audio/amr": b"#!AMR\n" + bytes(12),
    "audio/mp4": b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42",
    "audio/mpeg": b"ID3\x04" + bytes(12),
    "audio/ogg": OPUS,
    "video/3gpp": b"\x00\x00\x00\x14ftyp3gp4\x00\x00\x00\x003gp4",
    "video/mp4": MP4,
}


@cache
def sample_file(mime_type: str) -> bytes:
    """Return a file of that type; a line of text where there is no better one."""
    mime_type = bare_type(mime_type)
    if mime_type in FILES:
        return (SAMPLES / FILES[mime_type]).read_bytes()
    return BYTES.get(mime_type, b"A file from the sandbox.\n")
