"""`/metrics`, for whoever watches."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from communications import channel, errors, measures, operations
from communications.conf import setting
from communications.models import Campaign, Channel, Contact, Message, MessageStatus, Status, WebhookEvent
from communications.sending import send_due
from invitations.invitation_facts import INVITATIONS
from invitations.models import InvitationBatch
from pyfactor import metrics
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent


def told(client):
    """Every number, by its line without the number."""
    text = client.get("/metrics").content.decode()
    return {line: float(value) for line, value in re.findall(r"^(whatsapp_\S+?(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


def difference(before, after):
    return {line: value - before.get(line, 0) for line, value in after.items() if value != before.get(line, 0)}


@pytest.fixture
def message(inviter):
    contact = Contact.objects.create()

    def create(number="+12025550101", status=Status.QUEUED, age=timedelta(0), **fields):
        content = {"type": "text", "text": {"body": "Hello"}}
        row = Message.objects.create(
            contact=contact, to_number=number, kind="text", content=content, status=status, **fields
        )
        Message.objects.filter(pk=row.pk).update(created_at=timezone.now() - age)
        return row

    return create


THROUGH_A_PROXY = {"X-Forwarded-For": "203.0.113.7"}


@pytest.mark.parametrize(
    ("token", "debug", "headers", "answer"),
    [
        ("", False, {}, 200),
        ("", False, THROUGH_A_PROXY, 404),
        ("", True, THROUGH_A_PROXY, 200),
        ("secret", False, {}, 401),
        ("secret", True, {}, 401),
        ("secret", False, {"Authorization": "Bearer another"}, 401),
        ("secret", False, {"Authorization": "Bearer sécret"}, 401),
        ("secret", False, {"Authorization": "Bearer "}, 401),
        ("secret", False, {"Authorization": "Bearer secret"}, 200),
        ("secret", False, {"Authorization": "Bearer secret", **THROUGH_A_PROXY}, 200),
    ],
)
def test_who_comes_through_a_proxy_needs_the_token(client, settings, token, debug, headers, answer):
    settings.METRICS_TOKEN, settings.DEBUG = token, debug

    answered = client.get("/metrics", headers=headers)

    assert answered.status_code == answer
    assert (b"whatsapp_" in answered.content) is (answer == 200)
    assert answered.get("WWW-Authenticate") == ("Bearer" if answer == 401 else None)


def test_webhooks_are_counted_by_what_became_of_them(client, sandbox):
    before = told(client)

    for headers in (signature_of(b"{}"), {}, signature_of(b"{}", "another secret")):
        client.post(WEBHOOK_PATH, b"{}", content_type="application/json", headers=headers)

    changed = difference(before, told(client))
    assert changed["whatsapp_webhooks_accepted_total"] == 1
    assert changed['whatsapp_webhooks_refused_total{reason="unsigned"}'] == 1
    assert changed['whatsapp_webhooks_refused_total{reason="wrong_signature"}'] == 1


@pytest.mark.django_db(transaction=True)
def test_messages_are_measured_on_their_way_and_counted_by_what_came_of_them(
    client, sandbox, invite, message, hand_over_webhooks
):
    invite("+12025550100")
    for number in ("+12025550101", "+12025550130", "+12025550156"):
        message(number)
    before = told(client)

    send_due()
    hand_over_webhooks()

    after = told(client)
    changed = difference(before, after)
    assert changed['whatsapp_queued_messages_total{outcome="accepted"}'] == 1
    assert changed['whatsapp_queued_messages_total{outcome="failed"}'] == 1
    assert changed['whatsapp_queued_messages_total{outcome="put_back"}'] == 1
    assert changed['whatsapp_message_failures_total{code="131030"}'] == 1
    assert changed['whatsapp_accepted_after_seconds_count{way="queue"}'] == 1
    assert before['whatsapp_accepted_after_seconds_count{way="direct"}'] >= 1
    assert changed["whatsapp_delivered_after_seconds_count"] == 2
    assert changed["whatsapp_webhook_processed_after_seconds_count"] >= 2
    assert after["whatsapp_messages_in_flight"] == 0
    assert after["whatsapp_rate_allowed"] == after["whatsapp_rate_ceiling"] == 80


def test_what_waits_is_told_with_its_age(client, message):
    paused = Campaign.objects.create(state=Campaign.State.PAUSED)
    message(age=timedelta(minutes=10))
    message(age=timedelta(hours=9), due_at=timezone.now() - timedelta(minutes=20))
    message(due_at=timezone.now() + timedelta(hours=1))
    message(age=timedelta(days=1), campaign=paused)
    message(status=Status.SENDING)
    message(status=Status.UNCONFIRMED)
    message(status=Status.DELIVERED)
    WebhookEvent.objects.create(body=b"{}", processed_at=timezone.now())
    for attempts in (0, 3):
        WebhookEvent.objects.create(body=b"{}", attempts=attempts)
    WebhookEvent.objects.filter(attempts=0).update(received_at=timezone.now() - timedelta(minutes=5))

    now = told(client)

    assert [now[f'whatsapp_queue_messages{{state="{state}"}}'] for state in ("due", "later", "held_back")] == [2, 1, 1]
    assert now["whatsapp_queue_oldest_seconds"] == pytest.approx(1200, abs=30)
    assert (now["whatsapp_messages_in_flight"], now["whatsapp_messages_unconfirmed"]) == (1, 1)
    assert [now[f'whatsapp_webhooks_waiting{{state="{state}"}}'] for state in ("new", "failed")] == [1, 1]
    assert now["whatsapp_webhook_oldest_seconds"] == pytest.approx(300, abs=30)
    assert now["whatsapp_webhook_received_timestamp_seconds"] == pytest.approx(timezone.now().timestamp(), abs=30)


def test_where_nothing_waits_ages_are_0_and_what_is_not_known_is_left_out(client):
    now = told(client)

    assert now["whatsapp_database_up"] == 1
    assert now["whatsapp_queue_oldest_seconds"] == now["whatsapp_webhook_oldest_seconds"] == 0
    assert [line for line in now if "daily_limit" in line or "timestamp" in line] == []


@pytest.mark.parametrize(
    ("status", "meta_code", "was_answered"),
    [
        (Status.ACCEPTED, None, True),
        (Status.HELD, None, True),
        (Status.FAILED, 131026, True),
        (Status.FAILED, None, False),
        (Status.UNCONFIRMED, None, False),
    ],
)
def test_only_what_whatsapp_said_is_an_answer_of_its(client, message, status, meta_code, was_answered):
    MessageStatus.objects.create(message=message(), status=status, meta_code=meta_code, at=timezone.now())

    assert ("whatsapp_answered_timestamp_seconds" in told(client)) is was_answered


@pytest.mark.parametrize("reason", ["person", "account_event", "refused", ""])
def test_pause_is_told_with_its_reason_as_long_as_it_holds(client, settings, reason):
    settings.WHATSAPP_ACCESS_TOKEN = "a token"
    number = setting("WHATSAPP_PHONE_NUMBER_ID")
    if reason == "person":
        operations.pause()
    elif reason == "account_event":
        channel.pause_by_event(number, "ACCOUNT_RESTRICTION")
    else:
        # Refused with this token, or with one that was renewed since.
        channel.pause(number, "a token" if reason else "an earlier token", meta_code=190)

    now = told(client)

    paused = {line: value for line, value in now.items() if line.startswith("whatsapp_channel_paused") and value}
    assert paused == ({f'whatsapp_channel_paused{{reason="{reason}"}}': 1} if reason else {})


def test_limits_and_quality_are_told_as_meta_named_them(client, message):
    Channel.objects.create(
        pk=setting("WHATSAPP_PHONE_NUMBER_ID"),
        messaging_limit="TIER_250",
        quality_rating="YELLOW",
        throughput="STANDARD",
    )
    message(status=Status.ACCEPTED, opens_conversation=True, sending_since=timezone.now())

    now = told(client)

    assert (now["whatsapp_daily_limit_people"], now["whatsapp_daily_limit_left_people"]) == (250, 249)
    assert [now[f'whatsapp_channel_quality{{rating="{each}"}}'] for each in ("GREEN", "YELLOW", "RED")] == [0, 1, 0]


def test_invitations_and_lists_are_told_by_how_far_they_are(client, sandbox, invite, inviter):
    invite("+12025550100")
    INVITATIONS.count_changed()
    running = Campaign.objects.create(state=Campaign.State.RUNNING)
    InvitationBatch.objects.create(inviter=inviter, name="Fair", stage=InvitationBatch.Stage.STARTED, campaign=running)
    InvitationBatch.objects.create(inviter=inviter, name="Fair")

    now = told(client)

    stages = {line: value for line, value in now.items() if line.startswith("whatsapp_invitations{")}
    assert sum(stages.values()) == stages['whatsapp_invitations{stage="waiting"}'] == 1
    assert now["whatsapp_invitations_declined"] == 0
    lists = {line: value for line, value in now.items() if line.startswith("whatsapp_batches") and value}
    assert lists == {'whatsapp_batches{state="judging"}': 1, 'whatsapp_batches{state="running"}': 1}


@pytest.mark.django_db(transaction=True)
def test_database_that_does_not_answer_is_told_and_the_counters_are_there(client, monkeypatch):
    monkeypatch.setattr(connection, "ensure_connection", _no_answer)
    connection.close()

    now = told(client)

    assert now["whatsapp_database_up"] == now["whatsapp_database_in_time"] == 0
    assert "whatsapp_queue_oldest_seconds" not in now
    assert "whatsapp_webhooks_put_off_total" in now


def _no_answer():
    from django.db import OperationalError

    raise OperationalError


@pytest.mark.postgres
def test_slow_question_is_given_up_and_costs_no_other(client, monkeypatch, caplog):
    monkeypatch.setattr("communications.backlog.MOST_MILLISECONDS", 200)
    monkeypatch.setitem(metrics.QUESTIONS, "queue", _slow)

    now = told(client)

    assert (now["whatsapp_database_up"], now["whatsapp_database_in_time"]) == (1, 0)
    assert "whatsapp_queue_oldest_seconds" not in now
    assert {"whatsapp_messages_in_flight", "whatsapp_rate_allowed", 'whatsapp_batches{state="running"}'} <= set(now)
    assert "queue (OperationalError)" in caplog.text


def test_what_there_is_no_time_left_for_is_left_out(client, monkeypatch):
    monkeypatch.setattr("pyfactor.metrics.MOST_SECONDS", 0)

    now = told(client)

    assert (now["whatsapp_database_up"], now["whatsapp_database_in_time"]) == (1, 0)
    assert "whatsapp_queue_oldest_seconds" not in now


@pytest.mark.django_db(transaction=True)
def test_nobody_is_kept_from_writing_to_sqlite(client):
    with CaptureQueriesContext(connection) as asked:
        assert told(client)["whatsapp_database_in_time"] == 1

    assert len(asked) > 5
    assert [query["sql"] for query in asked if "IMMEDIATE" in query["sql"]] == []


def _slow():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    yield from ()


def test_question_does_not_grow_with_what_there_is(client, message, django_assert_max_num_queries):
    for number in range(20):
        message(f"+120255501{number:02}", campaign=Campaign.objects.create())
        WebhookEvent.objects.create(body=b"{}")

    with django_assert_max_num_queries(24 if connection.vendor == "sqlite" else 50):
        client.get("/metrics")


def test_no_label_can_grow(client):
    """Whatever Meta answers, and whatever we call a failure, a label is one of those that were there before."""
    words = {each.code for each in vars(errors).values() if isinstance(each, type) and hasattr(each, "code")}
    known = told(client)

    with TestCase.captureOnCommitCallbacks(execute=True):
        measures.failed([(code, "send_failed") for code in (131026, 250, 999_999, None)])
        measures.failed([(None, word) for word in {*words, "", "a word of tomorrow"}])

    now = told(client)
    counted = {line: value for line, value in difference(known, now).items() if "message_failures" in line}
    assert set(now) == set(known)
    assert sum(counted.values()) == 4 + len(words) + 2


@pytest.mark.parametrize(
    "word",
    ["cancelled", "invalid_request", "not_sent_in_time", "recipient_opted_out", "send_failed", "service_unavailable"],
)
def test_what_a_message_fails_with_is_told_by_its_word(client, word):
    line = f'whatsapp_message_failures_total{{code="{word}"}}'
    before = told(client)[line]

    with TestCase.captureOnCommitCallbacks(execute=True):
        measures.failed([(None, word)])

    assert told(client)[line] == before + 1


def test_processes_of_several_containers_share_a_directory(tmp_path):
    code = (
        "import socket; socket.gethostname = lambda: 'a_container'; import os; os.getpid = lambda: 1;"
        "from communications.metrics import WEBHOOKS_ACCEPTED as counter; counter.inc(2)"
    )
    for host in ("a_container", "another"):
        environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code.replace("a_container", host)], env=environment, check=True)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(tmp_path))

    assert sorted(path.name for path in tmp_path.glob("counter*")) == [
        "counter_a-container-1.db",
        "counter_another-1.db",
    ]
    assert registry.get_sample_value("whatsapp_webhooks_accepted_total") == 4


@pytest.mark.parametrize(("url", "told_of_it"), [("redis://127.0.0.1:1", [0]), ("", [])])
def test_redis_that_does_not_answer_is_told_where_there_should_be_one(client, settings, url, told_of_it):
    settings.REDIS_URL = url

    now = told(client)

    assert [value for line, value in now.items() if line == "whatsapp_redis_up"] == told_of_it
    assert now["whatsapp_rate_allowed"] == (20 if url else 80)
