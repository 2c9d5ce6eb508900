"""Meta's limits, at the limit and one above, and files that are not what they are sent as."""

from io import BytesIO

import pytest

from communications.errors import InvalidMessage
from communications.media import limits
from communications.media.limits import MB
from tests.communications.media import samples

TAKEN = [
    ("image", samples.jpeg(), "image/jpeg"),
    ("image", samples.png(), "image/png"),
    ("video", samples.VIDEO, "video/mp4"),
    ("video", samples.mp4((b"vide", b"avc1")), "video/mp4"),
    ("video", samples.VIDEO_3GP, "video/3gpp"),
    ("audio", samples.AAC, "audio/aac"),
    ("audio", samples.AMR, "audio/amr"),
    ("audio", samples.MP3, "audio/mpeg"),
    ("audio", samples.M4A, "audio/mp4"),
    ("audio", samples.ogg(), "audio/ogg"),
    ("document", samples.PDF, "application/pdf"),
    ("document", samples.TEXT, "text/plain"),
    ("document", samples.DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("document", samples.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("document", samples.PPTX, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("document", samples.old_office("WordDocument"), "application/msword"),
    ("document", samples.old_office("Workbook"), "application/vnd.ms-excel"),
    ("document", samples.old_office("PowerPoint Document"), "application/vnd.ms-powerpoint"),
    ("sticker", samples.webp(), "image/webp"),
    ("sticker", samples.webp(animated=True), "image/webp"),
]


def refusal(kind, content, filename=""):
    with pytest.raises(InvalidMessage) as refused:
        limits.check_file(kind, BytesIO(content), filename)
    return refused.value.detail


@pytest.mark.parametrize(("kind", "content", "mime_type"), TAKEN)
def test_each_type_of_metas_table_is_taken(kind, content, mime_type):
    assert limits.check_file(kind, BytesIO(content)) == mime_type


def test_every_type_of_the_table_has_been_tried():
    assert {(kind, mime) for kind, _, mime in TAKEN} == {
        (kind, m) for kind, types in limits.TYPES.items() for m in types
    }


# Sizes


@pytest.mark.parametrize(
    ("kind", "limit", "start"),
    [
        ("image", 5 * MB, samples.jpeg()),
        ("audio", 16 * MB, samples.MP3),
        ("sticker", 100 * 1024, samples.webp()),
        ("sticker", 500 * 1024, samples.webp(animated=True)),
    ],
    ids=["image", "audio", "sticker", "sticker that moves"],
)
def test_size_is_taken_at_the_limit_and_refused_one_above(kind, limit, start):
    limits.check_file(kind, BytesIO(samples.padded(start, limit)))

    assert f"has {limit + 1:,} bytes" in refusal(kind, samples.padded(start, limit + 1))


def test_video_is_taken_at_the_limit_and_refused_one_above():
    limits.check_file("video", BytesIO(samples.padded_mp4(16 * MB)))

    assert "up to 16,777,216 bytes" in refusal("video", samples.padded_mp4(16 * MB + 1))


def test_document_is_taken_at_the_limit_and_refused_one_above(tmp_path):
    with (tmp_path / "large.pdf").open("wb+") as file:
        file.write(samples.PDF)
        file.truncate(100 * MB)
        limits.check_file("document", file)
        file.truncate(100 * MB + 1)

        with pytest.raises(InvalidMessage, match="WhatsApp takes a document up to 104,857,600 bytes"):
            limits.check_file("document", file)


@pytest.mark.parametrize("kind", sorted(limits.KINDS))
def test_empty_file_is_refused(kind):
    assert refusal(kind, b"") == "The file is empty."


# Content


@pytest.mark.parametrize(
    ("kind", "content", "filename", "named"),
    [
        ("image", samples.ZIP, "photo.jpeg", "a ZIP archive"),
        ("image", samples.WINDOWS_PROGRAM, "photo.jpeg", "a Windows program"),
        ("image", samples.PDF, "", "of the type PDF"),
        ("image", samples.webp(), "", "of the type WebP"),
        ("image", b"GIF89a" + b"\0" * 50, "", "a GIF"),
        ("video", samples.mp4((b"vide", b"avc1"), brand=b"qt  "), "", "of the type video/quicktime"),
        ("video", samples.M4A, "", "of the type M4A"),
        ("audio", samples.VIDEO, "", "of the type MP4"),
        ("document", samples.ZIP, "invoice.pdf", "a ZIP archive"),
        ("document", b"<html><script>", "invoice.txt", "a web page"),
        ("document", samples.jpeg(), "", "of the type JPEG"),
        ("sticker", samples.png(), "", "of the type PNG"),
        ("sticker", b"\1\2\3\4", "", "of a type that nobody knows"),
    ],
)
def test_file_of_another_kind_is_refused_and_named(kind, content, filename, named):
    assert f"The file is {named}. WhatsApp takes as " in refusal(kind, content, filename)


def test_document_whose_name_lies_is_refused():
    said = refusal("document", samples.DOCX, "invoice.pdf")

    assert said == "The file is called invoice.pdf but is of the type Word (docx)."


@pytest.mark.parametrize("name", ["", "invoice.pdf", "INVOICE.PDF", "invoice", "invoice.v2", "invoice.unheard-of"])
def test_name_that_does_not_contradict_the_content_is_taken(name):
    assert limits.check_file("document", BytesIO(samples.PDF), name) == "application/pdf"


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("image", samples.jpeg(bits=12), "12 bits"),
        ("image", samples.jpeg(colours=4), "CMYK"),
        ("image", samples.png(bits=16), "16 bits"),
        ("video", samples.mp4((b"vide", b"hvc1")), "coded as hvc1. WhatsApp plays H.264 only"),
        ("video", samples.mp4((b"vide", b"avc1"), (b"soun", b"mp4a"), (b"soun", b"mp4a")), "2 sound tracks"),
        ("video", samples.mp4((b"vide", b"avc1"), (b"soun", b"Opus")), "sound is coded as Opus"),
        ("video", samples.mp4((b"text", b"tx3g")), "holds no picture"),
        ("video", samples.VIDEO[:60], "cannot be played"),
        ("audio", samples.mp4((b"soun", b"alac"), brand=b"M4A "), "coded as alac"),
        ("audio", samples.box(b"ftyp", b"M4A \0\0\0\0"), "cannot be played"),
        ("audio", samples.ogg(codec=b"\x01vorbis"), "not coded as Opus"),
        ("audio", samples.ogg(channels=2), "stereo"),
    ],
)
def test_coding_that_whatsapp_does_not_play_is_refused(kind, content, said):
    assert said in refusal(kind, content)


# Words


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_caption_is_taken_at_the_limit_and_refused_one_above(kind):
    limits.check_caption(kind, "ü" * 1024)

    with pytest.raises(InvalidMessage, match="Shorten the caption to 1024 characters: it has 1025"):
        limits.check_caption(kind, "ü" * 1025)


@pytest.mark.parametrize(("kind", "named"), [("audio", "with audio has"), ("sticker", "with a sticker has")])
def test_kind_without_a_caption_refuses_one(kind, named):
    limits.check_caption(kind, "")

    with pytest.raises(InvalidMessage, match=named):
        limits.check_caption(kind, "Hello")


@pytest.mark.parametrize("text", ["nul \0", "half an emoji \ud83d"])
def test_caption_and_name_are_made_of_characters(text):
    with pytest.raises(InvalidMessage):
        limits.check_caption("image", text)
    with pytest.raises(InvalidMessage):
        limits.check_filename("document", text)


def test_file_name_is_taken_at_the_limit_and_refused_one_above():
    limits.check_filename("document", "a" * 251 + ".pdf")

    with pytest.raises(InvalidMessage, match="255 characters: it has 256"):
        limits.check_filename("document", "a" * 252 + ".pdf")


@pytest.mark.parametrize("name", ["../invoice.pdf", "a\\b.pdf", "a\r\nb.pdf", "C:invoice.pdf", "..", " "])
def test_name_that_no_file_has_is_refused(name):
    with pytest.raises(InvalidMessage, match="no file name has"):
        limits.check_filename("document", name)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "sticker"])
def test_only_a_document_has_a_file_name(kind):
    with pytest.raises(InvalidMessage, match="Only a document"):
        limits.check_filename(kind, "photo.jpeg")


def test_kind_that_there_is_not_is_refused():
    with pytest.raises(InvalidMessage, match="'gif'"):
        limits.check_kind("gif")
