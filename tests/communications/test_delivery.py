"""A message that somebody waits for keeps the pace of the number too, and goes before the queue."""

import json
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client import REGISTRY

from communications import delivery, rate_limits, signals
from communications.buckets import SPACING, LocalBuckets
from communications.errors import Congested, DeliveryUnconfirmed, RateLimited, SendFailed
from communications.models import Campaign, ConsentRecord, Contact, ContactIdentity, Message, MessageStatus, Status
from communications.sending import send_due
from communications.statuses import StatusUpdate, apply_statuses
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
    assert waited == pytest.approx([0.5, SPACING, 1, 2 * SPACING])
    assert len(sandbox.messages()) == 1


def test_caller_is_not_kept_longer_where_the_pace_takes_its_time_too(meta_refuses, waited, settings, monkeypatch):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1
    monkeypatch.setattr(rate_limits._state, "local", LocalBuckets(lambda: 1000.0))
    meta_refuses(130429)

    with pytest.raises(RateLimited) as caught:
        send()

    assert waited == pytest.approx([0.5, SPACING, 1, 2 * SPACING])
    assert caught.value.retry_after == 2


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


def test_restored_messages_are_counted_over_all_portions(monkeypatch):
    monkeypatch.setattr(delivery.queue, "PORTION", 2)
    contact = Contact.objects.create()
    for _ in range(5):
        Message.objects.create(contact=contact, kind="text", content={}, status=Status.QUEUED)

    assert delivery.settle_restored() == 5


def test_message_that_is_put_back_waits_again_and_no_other_does(sandbox):
    ours, other = (whatsapp_service.prepare_text_message(phone, "Hello") for phone in ("+12025550100", "+12025550101"))
    sent = whatsapp_service.deliver(whatsapp_service.prepare_text_message("+12025550102", "Hello"))

    delivery.put_back(ours)
    delivery.put_back(Message.objects.get(wamid=sent.message_id))

    ours.refresh_from_db()
    assert (ours.status, ours.sending_since) == (Status.QUEUED, None)
    assert set(Message.objects.exclude(pk=ours.pk).values_list("to_number", "status")) == {
        (other.to_number, Status.SENDING), ("+12025550102", Status.ACCEPTED),
    }  # fmt: skip


def test_what_is_late_and_what_is_cancelled_is_given_up_and_counted_together(queued, campaign):
    late = queued(expires_at=timezone.now() - timedelta(minutes=1))
    cancelled = [queued(f"+1202555010{number}", campaign=campaign) for number in (1, 2)]
    Campaign.objects.update(state=Campaign.State.CANCELLED)

    assert delivery.expire_queued() == 3

    found = Message.objects.in_bulk([late.pk, *(message.pk for message in cancelled)])
    assert [found[message.pk].failure_code for message in (late, *cancelled)] == [
        "not_sent_in_time", "cancelled", "cancelled",
    ]  # fmt: skip


def test_what_somebody_waited_for_is_measured_as_such(sandbox, django_capture_on_commit_callbacks):
    def counted():
        return REGISTRY.get_sample_value("whatsapp_accepted_after_seconds_count", {"way": "direct"})

    before = counted()

    with django_capture_on_commit_callbacks(execute=True):
        send()

    assert counted() == before + 1


@pytest.mark.parametrize(
    ("meta_code", "raised", "counted", "kept"),
    [
        (131050, SendFailed, 1, [("opt_out", "marketing", "refusal")]),
        (131030, SendFailed, 1, []),
        (2, DeliveryUnconfirmed, 0, []),
    ],
)
def test_failure_is_counted_once_it_is_sure_and_only_a_wish_opts_anybody_out(
    meta_refuses, django_capture_on_commit_callbacks, meta_code, raised, counted, kept
):
    def failures():
        return REGISTRY.get_sample_value("whatsapp_message_failures_total", {"code": str(meta_code)})

    meta_refuses(meta_code)
    before = failures()

    with pytest.raises(raised), django_capture_on_commit_callbacks(execute=True):
        send()

    assert failures() == before + counted
    assert list(ConsentRecord.objects.values_list("kind", "scope", "source")) == kept


@pytest.fixture
def told():
    """Which messages moved from where to where, as receivers of the signal learn it."""
    heard = []

    def receive(sender, message, status, previous_status, **kwargs):
        heard.append((sender, message.pk, previous_status, status))

    signals.message_status_changed.connect(receive)
    yield heard
    signals.message_status_changed.disconnect(receive)


@pytest.mark.parametrize("phone", ["+12025550100", "+12025550130"], ids=["accepted", "failed"])
def test_what_became_of_it_is_told_with_where_it_was(sandbox, told, django_capture_on_commit_callbacks, phone):
    with suppress(SendFailed), django_capture_on_commit_callbacks(execute=True):
        send(phone)

    message = Message.objects.get()
    assert told == [(Message, message.pk, Status.SENDING, message.status)]
    assert [(step.status, step.meta_code) for step in message.timeline] == [(message.status, message.meta_code)]


def test_webhook_that_told_of_the_failure_first_is_not_contradicted(meta_refuses, told):
    meta_refuses(131030)
    prepared = whatsapp_service.prepare_text_message("+12025550100", "Hello")
    apply_statuses([StatusUpdate("wamid.1", prepared.pk, Status.FAILED, timezone.now(), meta_code=131026)])

    with pytest.raises(SendFailed):
        whatsapp_service.deliver(prepared)

    message = Message.objects.get()
    assert (message.status, message.meta_code) == (Status.FAILED, 131026)
    assert [(step.status, step.meta_code) for step in message.timeline] == [(Status.FAILED, 131026)]


def test_it_names_the_message_that_it_answers_and_a_person_without_a_number_by_user_id(meta_refuses):
    meta = meta_refuses(131026)
    hello = {"type": "text", "text": {"body": "Hello"}}
    prepared = whatsapp_service.prepare_message("+12025550100", hello, reply_to="wamid.theirs")
    prepared.to_number, prepared.to_user_id = "", "US.123456"

    with pytest.raises(SendFailed):
        whatsapp_service.deliver(prepared)

    body = json.loads(meta.requests[0].body)
    assert (body["recipient"], body["context"], "to" in body) == ("US.123456", {"message_id": "wamid.theirs"}, False)


# What Meta calls the person


@pytest.fixture
def meta_answers(settings):
    """Let Meta take one message, and say this of whom it went to."""
    settings.WHATSAPP_ACCESS_TOKEN = "token"

    def send_to(phone, contact):
        body = json.dumps({"messages": [{"id": "wamid.1"}], "contacts": [contact]}).encode()
        with LocalServer(lambda *_: answered(body)) as meta:
            settings.WHATSAPP_GRAPH_API_URL = meta.url
            send(phone)
        return set(ContactIdentity.objects.values_list("kind", "value", "evidence"))

    return send_to


@pytest.mark.parametrize(
    ("phone", "wa_id", "phones"),
    [
        ("+5511987654321", "551187654321", {"+5511987654321"}),
        ("+2250712345678", "22512345678", {"+2250712345678", "+22512345678"}),
    ],
    ids=["one that we know, in Brazil", "one that we do not know, in Ivory Coast"],
)
def test_other_spelling_and_user_id_are_kept_with_where_they_come_from(meta_answers, phone, wa_id, phones):
    kept = meta_answers(phone, {"wa_id": wa_id, "user_id": "BR.1"})

    assert {(kind, value) for kind, value, _evidence in kept} == {
        *(("phone", phone) for phone in phones), ("wa_id", wa_id), ("user_id", "BR.1"),
    }  # fmt: skip
    assert {evidence for kind, _value, evidence in kept if kind != "phone"} == {"answer"}
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("contact", [{"wa_id": "12025550100", "user_id": "US.1"}, {"wa_id": ""}, {}])
def test_same_spelling_or_none_teaches_nothing(meta_answers, contact):
    assert [kind for kind, *_ in meta_answers("+12025550100", contact)] == ["phone"]


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
