"""A message that somebody waits for keeps the pace of the number too, and goes before the queue."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from communications import delivery, rate_limits
from communications.buckets import SPACING, LocalBuckets
from communications.errors import Congested, DeliveryUnconfirmed, RateLimited, SendFailed
from communications.models import Contact, ContactIdentity, Message, MessageStatus, Status
from communications.sending import send_due
from communications.whatsapp_service import whatsapp_service
from tests.local_server import LocalServer, answered

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"


@pytest.fixture
def waited(monkeypatch):
    """How long each pause was; none is really made."""
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def send(phone="+12025550100"):
    return whatsapp_service.send_text_message(phone, "Hello")


def test_it_goes_at_once_while_there_is_room(sandbox, waited):
    send()

    assert waited == []


def test_it_waits_for_the_next_moment_and_not_for_the_queue(sandbox, waited, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1
    rate_limits.take(NUMBER, 1000)

    send()

    assert [0 < pause < 1.2 for pause in waited] == [True]
    assert len(sandbox.messages()) == 1


def test_it_is_given_up_if_it_would_have_to_wait_too_long(sandbox, waited):
    rate_limits.hold(NUMBER, 60)

    with pytest.raises(Congested) as caught:
        send()

    assert caught.value.retry_after == delivery.INLINE_BUDGET
    assert (waited, sandbox.messages()) == ([], [])
    assert Message.objects.get().status == Status.FAILED


def test_it_is_given_up_if_the_person_got_too_many(sandbox, waited):
    rate_limits.pairs(NUMBER, ["+12025550100"] * 45)

    with pytest.raises(Congested) as caught:
        send()

    assert 0 < caught.value.retry_after < 7
    assert "This person" in caught.value.detail
    assert sandbox.messages() == []
    assert send("+12025550101").status == Status.ACCEPTED


def test_what_meta_refuses_it_for_slows_down_the_queue(sandbox, waited):
    send("+12025550129")

    assert rate_limits.take(NUMBER, 1).rate < 80
    assert len(sandbox.messages()) == 1


def test_each_attempt_takes_a_moment_of_its_own_from_the_pace(sandbox, waited, settings, monkeypatch):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1
    monkeypatch.setattr(rate_limits._state, "local", LocalBuckets(lambda: 1000.0))

    send("+12025550129")

    after_three = rate_limits.take_one(NUMBER, within=60)
    assert after_three == pytest.approx(3 * SPACING)
    assert len(sandbox.messages()) == 1


def test_it_is_not_tried_again_where_the_pace_has_no_moment_left(sandbox, waited, monkeypatch):
    slow_down = rate_limits.slow_down

    def hold_everybody(number):
        slow_down(number)
        rate_limits.hold(number, 60)

    monkeypatch.setattr(rate_limits, "slow_down", hold_everybody)

    with pytest.raises(RateLimited) as caught:
        send("+12025550129")

    assert caught.value.retry_after == 0.5
    assert sandbox.messages() == []
    assert Message.objects.get().status == Status.FAILED


def test_it_is_being_sent_since_a_moment_of_the_databases_clock(sandbox, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) - timedelta(minutes=4))

    message = whatsapp_service.prepare_text_message("+12025550100", "Hello")

    assert delivery.settle_abandoned() == 0
    assert abs(datetime.now(UTC) - message.sending_since) < timedelta(minutes=1)


def test_too_many_messages_to_one_person_slow_down_nobody_else(sandbox, waited):
    send("+12025550156")

    assert rate_limits.take(NUMBER, 1).rate == 80


def test_what_may_have_left_since_a_backup_is_not_sent_again(sandbox):
    contact = Contact.objects.create()
    soon, late = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    rows = {
        (status, due_at): Message.objects.create(contact=contact, kind="text", content={}, status=status, due_at=due_at)
        for status, due_at in [
            (Status.QUEUED, None), (Status.QUEUED, soon), (Status.SENDING, late), (Status.QUEUED, late),
            (Status.ACCEPTED, None),
        ]
    }  # fmt: skip

    settled = delivery.settle_restored()

    now = {key: Message.objects.get(pk=row.pk) for key, row in rows.items()}
    assert settled == 3
    assert [row.status for row in now.values()] == ["unconfirmed"] * 3 + ["queued", "accepted"]
    assert "restored from a backup" in now[Status.QUEUED, None].failure_detail
    assert [step.status for step in now[Status.QUEUED, None].timeline] == ["unconfirmed"]
    assert send_due() == delivery.settle_restored() == 0


# The database fails while Meta does not


@contextmanager
def refusing_to_insert(model):
    """A database that has no room for another row of `model`."""

    def execute(run, sql, params, many, context):
        if sql.startswith("INSERT") and f'"{model._meta.db_table}"' in sql:
            raise OperationalError("disk full")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def test_what_meta_took_and_we_could_not_record_is_unconfirmed_and_never_failed(sandbox, caplog):
    prepared = whatsapp_service.prepare_text_message("+12025550100", "Hello")

    with refusing_to_insert(MessageStatus), pytest.raises(DeliveryUnconfirmed, match="could not be recorded"):
        whatsapp_service.deliver(prepared)

    assert len(sandbox.messages()) == 1
    assert Message.objects.get().status == Status.SENDING
    assert "was accepted by Meta but could not be recorded" in caplog.text


def test_refusal_that_could_not_be_recorded_reaches_the_caller_all_the_same(sandbox, caplog):
    prepared = whatsapp_service.prepare_text_message("+12025550130", "Hello")

    with refusing_to_insert(MessageStatus), pytest.raises(SendFailed) as caught:
        whatsapp_service.deliver(prepared)

    assert caught.value.meta_code == 131030
    assert Message.objects.get().status == Status.SENDING
    assert "could not be recorded" in caplog.text


def test_other_spelling_that_could_not_be_kept_costs_the_message_nothing(settings, caplog):
    answer = b'{"messages": [{"id": "wamid.1"}], "contacts": [{"wa_id": "551187654321"}]}'

    with LocalServer(lambda *_: answered(answer)) as meta:
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        prepared = whatsapp_service.prepare_text_message("+55 11 98765-4321", "Hello")
        with refusing_to_insert(ContactIdentity):
            sent = whatsapp_service.deliver(prepared)

    assert sent.status == Status.ACCEPTED
    assert Message.objects.get().wamid == "wamid.1"
    assert "could not be kept" in caplog.text
