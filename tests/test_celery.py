"""Celery's own worker and beat, with a real Redis, on the database of the suite."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from communications import broker, contacts
from communications.models import Message, Status
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from pyfactor import local
from tests.conftest import APP_SECRET
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent


def database_url():
    """Where the test's own connection leads."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def celery(transactional_db, sandbox, redis_url, settings, monkeypatch, tmp_path):
    """Start a worker, or beat, beside this process, which rings where they listen."""
    monkeypatch.setattr(broker, "bell", broker.Bell())
    settings.CELERY_BROKER_URL = redis_url.replace("unix://", "redis+socket://")
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False
    environment = {
        "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
        "DEBUG": "1",
        "RENDER": "",
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "WHATSAPP_ACCESS_TOKEN": "sandbox-token",
        "WHATSAPP_APP_SECRET": APP_SECRET,
        "WHATSAPP_GRAPH_API_URL": sandbox.url,
        "WHATSAPP_PHONE_NUMBER_ID": "",
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "",
        "WHATSAPP_MESSAGES_PER_SECOND": "20",
    }

    def start(*arguments):
        command = ("celery", "--quiet", "-A", "pyfactor", *arguments)
        return stack.enter_context(local.process(*command, environment=environment, log=tmp_path / arguments[0]))

    with ExitStack() as stack:
        yield start


WORKER = ("worker", "-Q", "sending,celery", "--concurrency", "2", "--without-mingle", "--without-gossip")


def queue(*numbers):
    """Messages that wait, though nobody rang."""
    for number in numbers:
        Message.objects.create(
            contact=contacts.create_by_phone(parse(number), evidence="sent to"),
            phone_number_id="676188225586230",
            to_number=number,
            kind="text",
            content={"type": "text", "text": {"body": "Hello"}},
            status=Status.QUEUED,
        )


def statuses():
    return set(Message.objects.values_list("status", flat=True))


def test_worker_does_what_is_rung_for_and_beat_finds_what_a_flushed_redis_forgot(
    celery, sandbox, hand_over_webhooks, redis_url
):
    celery(*WORKER)
    whatsapp_service.queue(whatsapp_service.prepare_text_message("+12025550100", "Hello"))
    wait_until(lambda: statuses() == {Status.ACCEPTED}, seconds=120)
    hand_over_webhooks()
    wait_until(lambda: statuses() == {Status.READ}, seconds=120)

    with broker._publisher(redis_url.replace("unix://", "redis+socket://")).connection_for_write() as there:
        there.default_channel.client.flushall()
    queue("+12025550160")
    celery("beat")
    wait_until(lambda: not statuses() & {Status.QUEUED, Status.SENDING}, seconds=120)
    hand_over_webhooks()

    wait_until(lambda: statuses() == {Status.READ}, seconds=120)
    assert [message["request"]["to"] for message in sandbox.messages()] == ["+12025550100", "+12025550160"]


def test_worker_that_is_told_to_stop_finishes_what_it_claimed_and_leaves_the_rest_in_the_queue(celery, sandbox):
    sandbox.configure(latency_ms=300)
    queue(*(f"+1202555{number}" for number in range(1000, 1100)))
    worker = celery(*WORKER)
    broker.ring_at_once({broker.QUEUED_MESSAGES})
    wait_until(lambda: Status.ACCEPTED in statuses(), seconds=120)

    worker.send_signal(signal.SIGTERM)
    status = worker.wait(timeout=20)

    assert status == 0
    assert statuses() == {Status.ACCEPTED, Status.QUEUED}
    assert len(sandbox.messages()) == Message.objects.filter(status=Status.ACCEPTED).count()


@pytest.mark.parametrize("command", ["worker", "beat"])
@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Celery has no broker. Set REDIS_URL, or run python manage.py run_due_work --follow"),
        ({"REDIS_URL": "redis://127.0.0.1:1", "INVITATION_RATE": "often"}, "INVITATION_RATE is 'often'"),
    ],
    ids=["no broker", "wrong setting"],
)
def test_celery_does_not_start_with_wrong_settings_and_names_them(command, environment, said):
    result = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "pyfactor", command],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode != 0
    assert said in result.stderr.strip().splitlines()[-1]
