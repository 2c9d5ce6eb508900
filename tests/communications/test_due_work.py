"""Everything that is due, once and for as long as it runs."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from communications import delivery, due_work, retention, sending
from communications.models import IdempotencyKey, Message, MessageStatus, ParkedStatus, Status, WebhookEvent
from tests.local_server import LocalServer, answered
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.django_db
def test_stored_webhooks_are_processed(sandbox, invite, client, hand_over_webhooks, settings):
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    invite()
    hand_over_webhooks()
    assert Message.objects.get().status == Status.ACCEPTED

    call_command("run_due_work", stdout=StringIO())

    assert Message.objects.get().status == Status.READ


@pytest.mark.django_db
def test_stop_is_obeyed_and_confirmed_once(sandbox, invite, hand_over_webhooks):
    invite("+12025550110")
    hand_over_webhooks()

    due_work.run_once()
    due_work.run_once()

    assert [message["text"][:30] for message in sandbox.messages()[1:]] == ["You will not receive any more "]
    assert invite("+12025550110").json()["code"] == "recipient_opted_out"


@pytest.mark.django_db
def test_queued_messages_wait_while_nothing_can_be_sent(sandbox, invite, hand_over_webhooks, settings):
    invite("+12025550110")
    hand_over_webhooks()
    settings.WHATSAPP_ACCESS_TOKEN = ""
    assert sending.send_due() == 0
    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"

    assert sending.send_due() == 1


@pytest.mark.django_db
def test_queued_message_that_fails_says_so_and_stops_no_other(sandbox, invite, hand_over_webhooks):
    invite("+12025550110")
    hand_over_webhooks()
    Message.objects.filter(status=Status.QUEUED).update(to_number="+12025550130")

    assert sending.send_due() == 1

    assert Message.objects.get(to_number="+12025550130").meta_code == 131030


def queue(sent, *numbers, **fields):
    """Copies of a message that was sent, waiting for their turn."""
    for number in numbers:
        Message.objects.create(
            contact=sent.contact,
            phone_number_id=sent.phone_number_id,
            to_number=number,
            kind="text",
            content=sent.content,
            status=Status.QUEUED,
            **fields,
        )


@pytest.fixture
def sent(sandbox, invite):
    invite("+12025550100")
    return Message.objects.get()


@pytest.mark.django_db
def test_queue_stops_at_once_when_meta_refuses_the_channel_and_goes_on_after_resume(sent, sandbox, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 2
    queue(sent, "+12025550190", "+12025550111", "+12025550112")

    assert sending.send_due() == 0

    assert len(sandbox.messages()) == 1
    assert Message.objects.filter(status=Status.QUEUED).count() == 3
    Message.objects.filter(to_number="+12025550190").update(to_number="+12025550113")
    call_command("resume_channel", stdout=StringIO())
    assert sending.send_due() == 3


@pytest.mark.django_db
def test_queued_message_that_is_only_limited_waits_for_its_turn(sent, sandbox, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    sandbox.configure(messages_per_second=1)
    queue(sent, "+12025550111", "+12025550112")

    assert sending.send_due() <= 1

    assert Message.objects.get(to_number="+12025550112").status == Status.QUEUED


@pytest.mark.django_db
def test_queued_message_that_is_too_late_is_given_up_and_not_sent(sent, sandbox):
    queue(sent, "+12025550111", expires_at=timezone.now())

    due_work.run_once()

    message = Message.objects.get(to_number="+12025550111")
    assert (message.status, message.failure_code) == (Status.FAILED, "not_sent_in_time")
    assert len(sandbox.messages()) == 1


@pytest.mark.django_db
def test_job_that_fails_does_not_stop_the_others(monkeypatch):
    def broken():
        raise ZeroDivisionError

    jobs = [due_work.Job("broken", broken), due_work.Job("whole", lambda: 1)]

    assert due_work._run_portions(jobs) == 1


@pytest.mark.django_db
def test_lookups_at_meta_keep_their_distance():
    calls = []
    job = due_work.Job("lookups", lambda: calls.append(1) or 1, every=60, drains=False)

    for _ in range(50):
        due_work._run_portions([job])

    assert len(calls) == 1


@pytest.mark.django_db
def test_message_of_a_process_that_died_becomes_unconfirmed(sandbox, invite):
    invite()
    Message.objects.update(status=Status.SENDING, sending_since=timezone.now() - timedelta(minutes=4))

    assert delivery.settle_abandoned() == 1

    message = Message.objects.get()
    assert (message.status, message.failure_code) == (Status.UNCONFIRMED, "delivery_unconfirmed")
    assert next(iter(message.timeline)).status == Status.UNCONFIRMED


@pytest.mark.django_db
def test_message_that_is_being_sent_is_left_alone(sandbox, invite):
    invite()
    Message.objects.update(status=Status.SENDING, sending_since=timezone.now() - timedelta(minutes=1))

    assert delivery.settle_abandoned() == 0


@pytest.mark.django_db
def test_status_that_came_before_its_message_is_joined(sandbox, invite):
    invite()
    message = Message.objects.get()
    ParkedStatus.objects.create(wamid=message.wamid, status=Status.DELIVERED, at=timezone.now(), fingerprint="1")
    ParkedStatus.objects.create(wamid="wamid.of nobody", status=Status.READ, at=timezone.now(), fingerprint="2")

    due_work.run_once()

    message.refresh_from_db()
    assert message.status == Status.DELIVERED
    assert ParkedStatus.objects.get().wamid == "wamid.of nobody"


@pytest.mark.django_db
def test_old_rows_are_pruned_in_portions_and_young_or_due_ones_stay(monkeypatch, inviter, settings):
    monkeypatch.setattr(retention, "PORTION", 2)
    old = timezone.now() - timedelta(days=settings.WHATSAPP_WEBHOOK_RETENTION_DAYS, seconds=1)
    WebhookEvent.objects.bulk_create(WebhookEvent(body=b"", processed_at=old) for _ in range(5))
    WebhookEvent.objects.update(received_at=old)
    due = WebhookEvent.objects.create(body=b"due")
    WebhookEvent.objects.filter(pk=due.pk).update(received_at=old)
    young = WebhookEvent.objects.create(body=b"young", processed_at=timezone.now())
    IdempotencyKey.objects.create(user=inviter, key="old", started_at=timezone.now() - timedelta(hours=25))

    assert [retention.prune() for _ in range(4)] == [3, 2, 1, 0]

    assert set(WebhookEvent.objects.values_list("pk", flat=True)) == {due.pk, young.pk}


@pytest.mark.django_db(transaction=True)
def test_follower_wakes_at_once_and_stops_when_told(sandbox, invite, hand_over_webhooks, settings):
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    stop = threading.Event()
    follower = threading.Thread(target=lambda: (due_work.follow(stop), connections.close_all()))
    follower.start()
    try:
        invite()
        hand_over_webhooks()
        deadline = time.monotonic() + 10
        while Message.objects.get().status != Status.READ and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        stop.set()
        follower.join(timeout=10)

    assert Message.objects.get().status == Status.READ
    assert not follower.is_alive()


@pytest.fixture
def held_back(sandbox, settings):
    """A Meta that answers nothing until it is told to."""
    told = threading.Event()
    accepted = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.1"}]}

    def answer(connection, request):
        told.wait(30)
        return answered(json.dumps(accepted).encode())

    with LocalServer(answer) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        yield told
        told.set()


@pytest.mark.django_db(transaction=True)
def test_webhooks_do_not_wait_while_messages_are_sent(sent, held_back, payload):
    queue(sent, "+12025550111")
    stop = threading.Event()
    follower = threading.Thread(target=due_work.follow, args=[stop])
    follower.start()
    try:
        wait_until(lambda: Message.objects.filter(status=Status.SENDING).exists())
        WebhookEvent.objects.create(body=payload("status_of_another_number"))
        wait_until(lambda: not WebhookEvent.objects.filter(processed_at=None).exists())
        is_sending = Message.objects.filter(status=Status.SENDING).exists()
    finally:
        held_back.set()
        stop.set()
        follower.join(timeout=10)

    assert is_sending
    assert Message.objects.get(to_number="+12025550111").status == Status.ACCEPTED


def test_follower_of_which_one_thread_fails_ends_as_a_whole(monkeypatch):
    def fail(*args):
        raise ZeroDivisionError

    idle = [due_work.Job(name, lambda: 0) for name in ("webhooks", "queued messages")]
    monkeypatch.setattr(due_work, "jobs", lambda stop: idle)
    monkeypatch.setattr(due_work, "wait_for_a_ring", fail)

    with pytest.raises(ZeroDivisionError):
        due_work.follow(threading.Event())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_follower_survives_a_database_that_cuts_its_connection(
    sandbox, invite, hand_over_webhooks, settings, monkeypatch
):
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    monkeypatch.setattr(due_work, "TROUBLE_SECONDS", 0.1)
    stop = threading.Event()
    follower = threading.Thread(target=lambda: (due_work.follow(stop), connections.close_all()))
    follower.start()
    try:
        time.sleep(0.3)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        invite()
        hand_over_webhooks()
        deadline = time.monotonic() + 10
        while Message.objects.get().status != Status.READ and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        stop.set()
        follower.join(timeout=10)

    assert MessageStatus.objects.filter(status=Status.READ).count() == 1


def test_command_stops_cleanly_on_sigterm(tmp_path):
    file = tmp_path / "work.sqlite3"
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{file}",
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
    }
    run = [sys.executable, "manage.py"]
    subprocess.run([*run, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute(
            "INSERT INTO communications_webhookevent (received_at, body, attempts, error) VALUES (?, ?, 0, '')",
            ["2026-11-22 12:00:00", b"{}"],
        )
        follower = subprocess.Popen([*run, "run_due_work", "--follow"], cwd=ROOT, env=environment)
        processed = "SELECT count(*) FROM communications_webhookevent WHERE processed_at IS NOT NULL"
        wait_until(lambda: database.execute(processed).fetchone()[0], seconds=30)

    follower.send_signal(signal.SIGTERM)

    assert follower.wait(timeout=10) == 0
