"""Media in, on a bad day: wrong hashes, large files, trouble at Meta, old messages, several workers."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from communications.graph import client as client_module
from communications.media import received
from communications.models import InboundMedia, InboundMessage
from tests.communications.media import samples
from tests.communications.media.arriving import arrive, due_again, fetch, message, receive, stored
from tests.communications.media.meta_of_files import StoredFile

pytestmark = pytest.mark.django_db

Status = InboundMedia.Status


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
