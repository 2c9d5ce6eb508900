"""Media in: expected, fetched, and kept or put into quarantine."""

import base64
import hashlib

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import InboundMedia, InboundMessage
from tests.communications.media import samples
from tests.communications.media.arriving import arrive, fetch, message, receive, stored
from tests.communications.media.meta_of_files import StoredFile

pytestmark = pytest.mark.django_db

Status = InboundMedia.Status


# Expected


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_message_with_a_file_waits_to_be_fetched(kind):
    receive(message(kind, mime_type="x/y", sha256="AB" * 32, filename="../../etc/passwd"))

    media = InboundMedia.objects.get()
    assert (media.kind, media.media_id, media.mime_type, media.sha256) == (kind, "1001", "x/y", "ab" * 32)
    assert (media.status, media.message) == (Status.WAITING, InboundMessage.objects.get())
    assert media.received_at == media.message.at


@pytest.mark.parametrize(
    "part",
    [None, [], {}, {"id": ""}, {"id": 7}, {"id": "../../me"}, {"id": "1" * 101}],
    ids=["none", "a list", "empty", "empty ID", "number", "path", "too long"],
)
def test_message_whose_file_cannot_be_named_is_kept_without_one(part):
    receive(message() | {"image": part})

    assert InboundMessage.objects.count() == 1
    assert not InboundMedia.objects.exists()


def test_text_brings_no_file():
    receive(message("text", body="Hello"))

    assert not InboundMedia.objects.exists()


def test_doubled_webhook_expects_a_file_once():
    twice = message()

    receive(twice, twice)
    receive(twice)

    assert InboundMedia.objects.count() == 1


def queries_for(messages):
    with CaptureQueriesContext(connection) as queries:
        receive(*messages)
    return len(queries)


def test_number_of_queries_does_not_grow_with_the_number_of_files():
    receive(message())

    assert queries_for([message()]) == queries_for([message() for _ in range(50)])


# Kept


def test_honest_file_is_kept_under_a_random_name(meta_of_files, storage):
    arrive(meta_of_files, samples.PDF, kind="document", mime_type="application/pdf", filename="../../invoice.pdf")

    assert fetch() == 1

    media = InboundMedia.objects.get()
    [path] = stored(storage)
    assert (media.status, media.error, media.attempts) == (Status.KEPT, "", 1)
    assert (media.size, media.found_type) == (len(samples.PDF), "application/pdf")
    assert path.read_bytes() == samples.PDF
    assert path == storage / media.file.name
    assert "invoice" not in media.file.name
    assert len(path.name) == 32


def test_address_is_asked_for_without_our_number_and_fetched_with_the_token(meta_of_files):
    arrive(meta_of_files)

    fetch()

    assert meta_of_files.fetched == ["/v25.0/1001", "/files/1001"]


@pytest.mark.parametrize(
    "write",
    [
        lambda digest: digest.hex().upper(),
        lambda digest: base64.b64encode(digest).decode(),
        lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
    ],
    ids=["hexadecimal", "base64", "base64 for addresses"],
)
def test_hash_of_the_webhook_is_understood_however_it_is_written(meta_of_files, write):
    meta_of_files.files["1001"] = StoredFile(samples.jpeg(), told={"sha256": None})
    receive(message(sha256=write(hashlib.sha256(samples.jpeg()).digest())))

    fetch()

    assert InboundMedia.objects.get().status == Status.KEPT


def test_command_fetches_what_is_due(meta_of_files):
    arrive(meta_of_files)

    call_command("run_due_work")

    assert InboundMedia.objects.get().status == Status.KEPT


@pytest.mark.parametrize(
    ("kind", "said", "content"),
    [
        ("audio", "audio/ogg; codecs=opus", samples.ogg()),
        ("audio", "audio/mp4", samples.mp4((b"soun", b"mp4a"))),
        ("audio", "audio/mp4", samples.mp4()),
        ("image", "image/jpeg", samples.png()),
        ("sticker", "image/webp", samples.webp()),
        ("video", "video/mp4", samples.VIDEO_3GP),
        ("document", "text/csv", samples.TEXT),
        ("document", "application/zip", samples.ZIP),
        ("document", "application/zip", samples.DOCX),
        ("document", "image/jpg", samples.jpeg()),
        ("document", "application/x-invented", b"\1\2\3\4"),
        ("document", "", samples.PDF),
    ],
)
def test_file_that_is_what_it_says_is_kept(meta_of_files, kind, said, content):
    arrive(meta_of_files, content, kind=kind, mime_type=said)

    fetch()

    assert (InboundMedia.objects.get().status, InboundMedia.objects.get().error) == (Status.KEPT, "")


# Quarantine


@pytest.mark.parametrize(
    ("kind", "said", "content", "error"),
    [
        ("image", "image/jpeg", samples.ZIP, "It was sent as image and is a ZIP archive."),
        ("image", "image/jpeg", b"<html><script>", "It is a web page."),
        ("image", "image/svg+xml", b"<svg/>", "It is an SVG drawing."),
        ("image", "image/jpeg", b"\1\2\3\4", "It was sent as image and is of a type that nobody knows."),
        ("video", "video/mp4", samples.WINDOWS_PROGRAM, "It is a Windows program."),
        ("audio", "audio/mpeg", samples.PDF, "It was sent as audio and is of the type PDF."),
        ("sticker", "image/webp", samples.TEXT, "It was sent as sticker and is of the type text."),
        ("document", "application/pdf", samples.ZIP, "It says application/pdf and is a ZIP archive."),
        ("document", "application/pdf", b"\1\2\3\4", "It says application/pdf, and its content is not."),
        ("document", "application/pdf", b"", "It says application/pdf, and its content is not."),
        ("document", "application/x-msdownload", samples.WINDOWS_PROGRAM, "It is a Windows program."),
        ("document", "text/plain", b"#!/bin/sh\nrm -rf ~\n", "It is of the type text/x-script."),
    ],
)
def test_file_whose_type_lies_is_put_into_quarantine(meta_of_files, kind, said, content, error):
    arrive(meta_of_files, content, kind=kind, mime_type=said)

    fetch()

    media = InboundMedia.objects.get()
    assert (media.status, media.error) == (Status.QUARANTINED, error)
    assert media.file.size == len(content)
