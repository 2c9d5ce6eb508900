"""Small files of each type, as few bytes as make them what they are; `padded` makes one as large as a limit."""

import io
import struct
import zipfile

ID = b"\0" * 8


def padded(start: bytes, size: int) -> bytes:
    return start + b"\0" * (size - len(start))


def box(name: bytes, *content: bytes) -> bytes:
    payload = b"".join(content)
    return struct.pack(">I", 8 + len(payload)) + name + payload


def track(kind: bytes, codec: bytes) -> bytes:
    samples = box(b"stsd", ID, box(codec, b"\0" * 16))
    return box(
        b"trak",
        box(b"mdia", box(b"hdlr", ID + kind + b"\0" * 12), box(b"minf", box(b"stbl", samples))),
    )


def mp4(*tracks: tuple[bytes, bytes], brand: bytes = b"isom") -> bytes:
    return (
        box(b"ftyp", brand, b"\0\0\2\0", b"isomiso2")
        + box(b"moov", box(b"mvhd", b"\0" * 100), *(track(*one) for one in tracks))
        + box(b"mdat", b"\0" * 100)
    )


def padded_mp4(size: int) -> bytes:
    start = mp4((b"vide", b"avc1"))
    return start + box(b"free", b"\0" * (size - len(start) - 8))


def jpeg(*, bits: int = 8, colours: int = 3) -> bytes:
    app0 = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    return b"\xff\xd8" + app0 + b"\xff\xc0\x00\x11" + bytes([bits, 0, 1, 0, 1, colours]) + b"\0" * 20 + b"\xff\xd9"


def png(*, bits: int = 8) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1" + bytes([bits, 2, 0, 0, 0]) + b"\0" * 20


def webp(*, animated: bool = False) -> bytes:
    return b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0" + bytes([2 if animated else 0]) + b"\0" * 20


def ogg(*, codec: bytes = b"OpusHead", channels: int = 1) -> bytes:
    return b"OggS\0\2" + b"\0" * 20 + b"\x01\x13" + codec + b"\x01" + bytes([channels]) + b"\0" * 40


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def old_office(name: str) -> bytes:
    """One sector of header, one of directory."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    header[30:32] = (9).to_bytes(2, "little")
    header[48:52] = (2).to_bytes(4, "little")
    entries = "Root Entry".encode("utf-16-le").ljust(128, b"\0") + name.encode("utf-16-le").ljust(128, b"\0")
    return bytes(header) + b"\0" * 1024 + entries.ljust(512, b"\0")


VIDEO = mp4((b"vide", b"avc1"), (b"soun", b"mp4a"))
VIDEO_3GP = mp4((b"vide", b"avc1"), brand=b"3gp5")
M4A = mp4((b"soun", b"mp4a"), brand=b"M4A ")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
MP3 = b"ID3\x03\0\0\0\0\0\0" + b"\0" * 40
MP3_FRAME = b"\xff\xfb\x90\x64" + b"\0" * 40
AAC = b"\xff\xf1\x50\x80" + b"\0" * 40
AMR = b"#!AMR\n\x3c" + b"\0" * 40
TEXT = "Rechnung für März\n".encode()
ZIP = zipped("a.txt")
DOCX = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
PPTX = zipped("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml")
WINDOWS_PROGRAM = b"MZ\x90\0\3\0\0\0" + b"\0" * 100
PROGRAM = b"\x7fELF\2\1\1" + b"\0" * 100
