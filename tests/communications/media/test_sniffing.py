"""What a file is, whatever it is called."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.media import mp4
from communications.media.sniffing import sniff
from tests.communications.media import samples

OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (samples.jpeg(), "image/jpeg"),
        (samples.png(), "image/png"),
        (samples.webp(), "image/webp"),
        (b"GIF89a" + b"\0" * 50, "image/gif"),
        (samples.VIDEO, "video/mp4"),
        (samples.mp4((b"vide", b"avc1"), brand=b"avc1"), "video/mp4"),
        (samples.mp4(), "video/mp4"),
        (samples.VIDEO_3GP, "video/3gpp"),
        (samples.mp4((b"vide", b"avc1"), brand=b"qt  "), "video/quicktime"),
        (samples.box(b"ftyp", b"heic\0\0\0\0"), "image/heic"),
        (samples.M4A, "audio/mp4"),
        (samples.mp4((b"soun", b"mp4a")), "audio/mp4"),
        (samples.box(b"ftyp", b"M4A \0\0\0\0"), "audio/mp4"),
        (samples.ogg(), "audio/ogg"),
        (samples.MP3, "audio/mpeg"),
        (samples.MP3_FRAME, "audio/mpeg"),
        (b"\xff\xf3\x40\xc0" + b"\0" * 40, "audio/mpeg"),
        (samples.AAC, "audio/aac"),
        (samples.AMR, "audio/amr"),
        (samples.PDF, "application/pdf"),
        (b"%PDF-1.4\n1 0 obj << >> endobj\n", "application/pdf"),
        (samples.TEXT, "text/plain"),
        (b"BMW and MZ are letters with which a text may begin.\n", "text/plain"),
        (b"name,amount\nJane,12\n", "text/plain"),
        ("ü".encode() * 40_000, "text/plain"),
        (b"a" + "ü".encode() * 40_000, "text/plain"),
        (samples.DOCX, OFFICE + "wordprocessingml.document"),
        (samples.XLSX, OFFICE + "spreadsheetml.sheet"),
        (samples.PPTX, OFFICE + "presentationml.presentation"),
        (samples.old_office("WordDocument"), "application/msword"),
        (samples.old_office("Workbook"), "application/vnd.ms-excel"),
        (samples.old_office("PowerPoint Document"), "application/vnd.ms-powerpoint"),
        (samples.old_office("Something"), "application/x-ole-storage"),
        (samples.ZIP, "application/zip"),
        (samples.WINDOWS_PROGRAM, "application/vnd.microsoft.portable-executable"),
        (samples.PROGRAM, "application/x-executable"),
        (b"#!/bin/sh\necho hello\n", "text/x-script"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        (b'\xef\xbb\xbf <svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<svg/>', "image/svg+xml"),
        (b"\x01\x02\x03\x04" * 10, "application/octet-stream"),
        (b"\xff", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_type_is_told_from_the_content(content, mime_type):
    assert sniff(BytesIO(content)) == mime_type


@given(
    start=st.sampled_from(
        [b"", samples.VIDEO[:200], samples.ZIP[:4], samples.old_office("x")[:60], b"OggS", b"\xff\xd8"]
    ),
    rest=st.binary(max_size=200),
)
def test_no_content_breaks_the_look(start, rest):
    assert "/" in sniff(BytesIO(start + rest))


@pytest.mark.parametrize(
    "content",
    [
        samples.VIDEO[:60],
        samples.box(b"ftyp", b"isom\0\0\0\0"),
        samples.box(b"ftyp", b"isom\0\0\0\0") + b"\0\0\0\1moov" + b"\xff" * 8,
        samples.box(b"ftyp", b"isom\0\0\0\0") + b"\0\0\0\4moov",
    ],
    ids=["cut off", "no index", "index longer than the file", "index shorter than its name"],
)
def test_damaged_film_has_no_tracks(content):
    with pytest.raises(ValueError, match="it "):
        mp4.tracks(BytesIO(content))


def test_index_out_of_all_proportion_is_not_read(monkeypatch):
    monkeypatch.setattr(mp4, "INDEX_LIMIT", 50)

    with pytest.raises(ValueError, match="too large"):
        mp4.tracks(BytesIO(samples.VIDEO))


def test_long_sizes_and_sizes_up_to_the_end_are_understood():
    index = samples.box(b"moov", samples.track(b"vide", b"avc1"))
    long = b"\0\0\0\1free" + (16 + 5).to_bytes(8, "big") + b"\0" * 5
    to_the_end = b"\0\0\0\0" + index[4:]

    assert mp4.tracks(BytesIO(long + to_the_end)) == [mp4.Track("vide", "avc1")]
