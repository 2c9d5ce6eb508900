"""Rings for Celery's workers: few, after the commit, and never in anybody's way."""

import json
import os
import socket
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path
from threading import Lock

import pytest
import redis
from django.db import transaction

from communications import broker, campaigns, channel
from communications.models import Campaign, Message, Status, WebhookEvent
from communications.webhooks import storage
from communications.whatsapp_service import whatsapp_service
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def bell(redis_url, settings, monkeypatch):
    """The Redis that is rung at, with nothing in it."""
    ringing, ring_at_once, bell = Lock(), broker.ring_at_once, broker.Bell()

    def ring(job_names):
        with ringing:
            return ring_at_once(job_names)

    monkeypatch.setattr(broker, "bell", bell)
    monkeypatch.setattr(broker, "ring_at_once", ring)
    settings.CELERY_BROKER_URL = redis_url.replace("unix://", "redis+socket://")
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        yield client
    # Its thread outlives the test: nothing that it still has in hand may reach the next one.
    with bell._lock:
        bell._due.clear()
    with ringing:
        pass


def rings(bell, queue="celery"):
    """The jobs that were rung for."""
    return [json.loads(b64decode(json.loads(task)["body"]))[0][0] for task in bell.lrange(queue, 0, -1)]


@pytest.mark.django_db(transaction=True)
def test_burst_of_commits_is_a_handful_of_rings(bell):
    for _ in range(10_000):
        broker.ring("webhooks")
    wait_until(lambda: rings(bell))
    time.sleep(2 * broker.QUIET_SECONDS)

    assert set(rings(bell)) == {"webhooks"}
    assert len(rings(bell)) < 10


def test_sending_has_a_queue_of_its_own(bell):
    broker.ring_at_once({"queued messages", "webhooks", "parked statuses"})

    assert sorted(rings(bell)) == ["parked statuses", "webhooks"]
    assert rings(bell, "sending") == ["queued messages"]


def test_ring_carries_the_name_of_a_job_and_an_end(bell):
    broker.ring_at_once({"webhooks"})

    [task] = map(json.loads, bell.lrange("celery", 0, -1))
    assert json.loads(b64decode(task["body"]))[:2] == [["webhooks"], {}]
    assert task["headers"]["task"] == "communications.work_off"
    assert task["headers"]["expires"]


def test_rings_that_nobody_hears_do_not_fill_the_broker(bell, monkeypatch):
    monkeypatch.setattr(broker, "ROOM", 3)

    for _ in range(5):
        assert broker.ring_at_once({"webhooks"})

    assert len(rings(bell)) == 3


@pytest.mark.django_db(transaction=True)
def test_ring_leaves_with_the_commit_and_not_without_it(bell, sent_message):
    with transaction.atomic():
        whatsapp_service.queue(sent_message())
        transaction.set_rollback(True)
    with transaction.atomic():
        whatsapp_service.queue(sent_message())
        time.sleep(2 * broker.QUIET_SECONDS)
        before = rings(bell, "sending")

    wait_until(lambda: rings(bell, "sending"))
    assert before == []
    assert Message.objects.get().status == Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_stored_webhook_rings(bell, payload):
    storage.keep(payload("status_read"))

    wait_until(lambda: rings(bell) == ["webhooks"])


@pytest.mark.django_db(transaction=True)
def test_confirmation_of_a_stop_rings(bell, sandbox, invite, hand_over_webhooks):
    invite("+12025550110")
    hand_over_webhooks()

    wait_until(lambda: rings(bell, "sending") == ["queued messages"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begin", [campaigns.start, campaigns.resume])
def test_campaign_that_begins_rings(bell, begin):
    begin(Campaign.objects.create())

    wait_until(lambda: rings(bell, "sending") == ["queued messages"])


@pytest.mark.django_db(transaction=True)
def test_channel_that_is_resumed_rings(bell):
    channel.pause("676188225586230", "token", meta_code=131042)
    channel.resume("676188225586230")

    wait_until(lambda: rings(bell, "sending") == ["queued messages"])


@pytest.fixture
def silent_broker(settings, monkeypatch):
    """It takes a connection and never says a word."""
    monkeypatch.setattr(broker, "bell", broker.Bell())
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        yield server


@pytest.mark.django_db(transaction=True)
def test_request_does_not_wait_for_a_broker_that_never_answers(silent_broker, payload):
    for _ in range(3):
        storage.keep(payload("status_read"))

    silent_broker.settimeout(10)
    silent_broker.accept()[0].close()
    assert WebhookEvent.objects.count() == 3


def test_broker_that_is_away_is_told_once_and_taken_again_when_it_is_back(
    bell, redis_url, settings, monkeypatch, caplog
):
    monkeypatch.setattr(broker, "TROUBLE_SECONDS", 0.01)
    there = settings.CELERY_BROKER_URL
    settings.CELERY_BROKER_URL = f"{there}.gone"
    caplog.set_level("INFO", logger=broker.__name__)
    for _ in range(20):
        broker.bell.ring("webhooks")
        time.sleep(0.02)
    settings.CELERY_BROKER_URL = there

    def rung_again():
        broker.bell.ring("webhooks")
        return rings(bell)

    wait_until(rung_again)
    wait_until(lambda: len(caplog.records) == 2)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_without_a_broker_nothing_of_celery_is_needed(tmp_path):
    code = (
        "import sys, django; django.setup(); from django.core.management import call_command;"
        "call_command('migrate', verbosity=0); call_command('run_due_work');"
        "from communications import broker; broker.ring('webhooks');"
        "print({'celery', 'kombu'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'work.sqlite3'}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert result.stdout.splitlines()[-1] == "set()"
