"""Media in: fetched in time, checked, kept or put into quarantine."""

import base64
import hashlib
import itertools
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications.graph import client as client_module
from communications.media import received
from communications.models import InboundMedia, InboundMessage, WebhookEvent
from communications.webhooks.processing import process
from communications.whatsapp_service import whatsapp_service
from tests.communications.media import samples
from tests.communications.media.meta_of_files import StoredFile

pytestmark = pytest.mark.django_db

Status = InboundMedia.Status
_numbers = itertools.count(1)


def receive(*messages):
    """Process one webhook with these messages."""
    value = {"metadata": {"phone_number_id": "676188225586230"}, "messages": messages}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    event = WebhookEvent.objects.create(body=body)
    process(event)
    event.refresh_from_db()
    assert event.error == ""


def message(kind="image", *, media_id="1001", at=None, mime_type="image/jpeg", content=b"", **more):
    number = next(_numbers)
    part = {"id": media_id, "mime_type": mime_type, **more}
    if content:
        part["sha256"] = hashlib.sha256(content).hexdigest()
    return {
        "from": "12025550100",
        "id": f"wamid.in{number}",
        "timestamp": str(int((at or timezone.now()).timestamp())),
        "type": kind,
        kind: part,
    }


PHOTO = samples.jpeg()


def arrive(meta, content=PHOTO, *, kind="image", mime_type="image/jpeg", **more):
    """A person sends a file, and Meta has it."""
    meta.files["1001"] = StoredFile(content, mime_type)
    receive(message(kind, mime_type=mime_type, content=content, **more))


def fetch():
    return whatsapp_service.fetch_received_media()


def due_again():
    InboundMedia.objects.update(next_attempt_at=timezone.now())


def stored(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()]


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


# Hashes


@pytest.mark.parametrize("told_by", ["webhook", "address"])
def test_file_whose_hash_is_wrong_is_not_kept_and_given_up_after_five_times(meta_of_files, storage, told_by):
    meta_of_files.files["1001"] = StoredFile(samples.jpeg())
    receive(message())
    if told_by == "webhook":
        InboundMedia.objects.update(sha256="0" * 64)
    else:
        meta_of_files.files["1001"].told = {"sha256": "0" * 64}

    for _ in range(4):
        fetch()
        assert InboundMedia.objects.get().status == Status.WAITING
        due_again()
    fetch()

    media = InboundMedia.objects.get()
    assert (media.status, media.attempts) == (Status.FAILED, 5)
    assert "not the one that Meta names" in media.error
    assert stored(storage) == []


def test_hash_that_is_right_the_second_time_is_enough(meta_of_files):
    arrive(meta_of_files)
    meta_of_files.files["1001"].content = samples.jpeg() + b"cut off on the way"
    fetch()
    meta_of_files.files["1001"].content = samples.jpeg()
    due_again()

    fetch()

    assert (InboundMedia.objects.get().status, InboundMedia.objects.get().error) == (Status.KEPT, "")


def test_file_without_any_hash_is_not_kept(meta_of_files, storage):
    meta_of_files.files["1001"] = StoredFile(samples.jpeg(), told={"sha256": "unreadable"})
    receive(message())

    fetch()

    assert InboundMedia.objects.get().error == "Meta named no SHA-256 to check the file by."
    assert stored(storage) == []


# Sizes


def test_file_is_taken_at_the_limit_and_given_up_one_above(meta_of_files, storage, monkeypatch):
    monkeypatch.setattr(received, "LARGEST", len(samples.jpeg()))
    arrive(meta_of_files)
    fetch()
    assert InboundMedia.objects.get().status == Status.KEPT
    meta_of_files.files["1002"] = StoredFile(samples.jpeg() + b"\0", told={"file_size": None})
    receive(message(media_id="1002"))

    fetch()

    media = InboundMedia.objects.get(media_id="1002")
    assert (media.status, media.file.name) == (Status.FAILED, "")
    assert "the most that is kept" in media.error
    assert len(stored(storage)) == 1


def test_file_that_is_said_to_be_too_large_is_not_even_fetched(meta_of_files):
    arrive(meta_of_files)
    meta_of_files.files["1001"].told = {"file_size": str(received.LARGEST + 1)}

    fetch()

    assert InboundMedia.objects.get().status == Status.FAILED
    assert meta_of_files.fetched == ["/v25.0/1001"]


# Trouble


def test_address_that_ran_out_leads_to_a_new_one(meta_of_files):
    arrive(meta_of_files)
    meta_of_files.files["1001"].addresses_that_ran_out = 1

    fetch()

    assert InboundMedia.objects.get().status == Status.KEPT
    assert meta_of_files.fetched == ["/v25.0/1001", "/files/1001"] * 2


@pytest.mark.parametrize(
    ("what", "code", "status"),
    [("/v25.0/1001", 100, 400), ("/v25.0/1001", 190, 401), ("/v25.0/1001", 2, 500), ("/files/1001", 1, 500)],
)
def test_failed_attempt_is_repeated_later_and_later(meta_of_files, what, code, status):
    arrive(meta_of_files)
    meta_of_files.refuse(what, code, status=status)

    pauses = []
    for _ in range(12):
        fetch()
        pauses.append(round((InboundMedia.objects.get().next_attempt_at - timezone.now()).total_seconds(), -1))
        due_again()
    meta_of_files.refusals.clear()
    fetch()

    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert InboundMedia.objects.get().status == Status.KEPT


def test_file_is_left_alone_until_its_next_attempt(meta_of_files):
    arrive(meta_of_files)
    InboundMedia.objects.update(next_attempt_at=timezone.now() + timedelta(seconds=5))

    assert fetch() == 0


@pytest.mark.parametrize(
    "url",
    ["https://files.example.com/1001", "http://169.254.169.254/1001", "http://127.0.0.1:9/1001", "", "https://[::1"],
)
def test_token_is_not_sent_to_a_place_that_is_not_metas(meta_of_files, url):
    arrive(meta_of_files)
    meta_of_files.files["1001"].told = {"url": url}

    fetch()

    assert "the token was not sent there" in InboundMedia.objects.get().error


def test_redirect_is_not_followed(meta_of_files):
    arrive(meta_of_files)
    meta_of_files.refusals["/files/1001"] = 302, {}

    fetch()

    assert "status 302" in InboundMedia.objects.get().error


def test_file_that_comes_too_slowly_is_given_up_for_now(meta_of_files, monkeypatch):
    monkeypatch.setattr(client_module, "DOWNLOAD_DEADLINE", -1)
    arrive(meta_of_files)

    fetch()

    assert "too slowly" in InboundMedia.objects.get().error


def test_storage_that_fails_is_tried_again(meta_of_files, storage):
    arrive(meta_of_files)
    storage.write_text("a file where the directory should be")
    fetch()
    assert InboundMedia.objects.get().status == Status.WAITING
    storage.unlink()
    due_again()

    fetch()

    assert InboundMedia.objects.get().status == Status.KEPT


def test_meta_that_is_away_costs_nothing_but_time(meta_of_files, settings):
    arrive(meta_of_files)
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    fetch()

    assert "could not be reached" in InboundMedia.objects.get().error


def test_files_wait_while_there_is_no_token(meta_of_files, settings):
    arrive(meta_of_files)
    settings.WHATSAPP_ACCESS_TOKEN = ""

    assert fetch() == 0

    assert (InboundMedia.objects.get().status, InboundMedia.objects.get().attempts) == (Status.WAITING, 0)


# Seven days


def test_file_is_given_up_seven_days_after_its_message_even_without_a_token(settings):
    receive(message(at=timezone.now() - timedelta(days=7, seconds=2)), message(at=timezone.now() - timedelta(days=6)))

    assert fetch() == 1

    old, young = InboundMedia.objects.order_by("received_at")
    assert (old.status, young.status) == (Status.EXPIRED, Status.WAITING)
    assert old.finished_at is not None


def test_message_from_long_ago_is_kept_though_its_file_is_gone(meta_of_files):
    receive(message(at=datetime(2020, 1, 1, tzinfo=UTC)))

    fetch()

    assert InboundMedia.objects.get().status == Status.EXPIRED
    assert meta_of_files.fetched == []


# Gone


@pytest.mark.django_db(transaction=True)
def test_file_goes_with_its_message(meta_of_files, storage):
    arrive(meta_of_files)
    fetch()
    assert len(stored(storage)) == 1

    InboundMessage.objects.all().delete()

    assert stored(storage) == []


# Side by side


@pytest.mark.django_db(transaction=True)
def test_file_that_is_being_fetched_is_left_alone_until_its_worker_must_have_died(meta_of_files):
    seen = []

    def another_worker():
        seen.append(fetch())
        seen.append(InboundMedia.objects.get().next_attempt_at - timezone.now())
        connections.close_all()

    meta_of_files.meanwhile = another_worker
    arrive(meta_of_files)

    fetch()

    fetched, comes_back_in = seen
    assert fetched == 0
    assert timedelta(minutes=4) < comes_back_in <= timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_file_that_another_worker_has_kept_meanwhile_is_not_kept_twice(meta_of_files, storage):
    def another_worker():
        InboundMedia.objects.update(status=Status.KEPT, file="kept elsewhere")
        connections.close_all()

    meta_of_files.meanwhile = another_worker
    arrive(meta_of_files)

    fetch()

    assert stored(storage) == []
    assert InboundMedia.objects.get().file.name == "kept elsewhere"


@pytest.mark.django_db(transaction=True)
def test_several_workers_fetch_each_file_once(meta_of_files, storage):
    for number in range(8):
        meta_of_files.files[str(number)] = StoredFile(samples.jpeg())
    receive(*(message(media_id=str(number)) for number in range(8)))

    def work():
        while fetch():
            pass
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert InboundMedia.objects.filter(status=Status.KEPT, attempts=1).count() == 8
    assert len(stored(storage)) == 8
    assert len(meta_of_files.fetched) == 16
