"""The one door to WhatsApp, against the sandbox: what is sent, what the row says, what a caller is told."""

import logging

import pytest
from django.core.management import call_command

from communications import consent, contacts, delivery
from communications.errors import (
    ChannelPaused,
    DeliveryUnconfirmed,
    InvalidMessage,
    InvalidPhoneNumber,
    MetaUnreachable,
    NotConfigured,
    RateLimited,
    RecipientOptedOut,
    SendFailed,
    WhatsAppError,
)
from communications.graph import client as client_module
from communications.models import Channel, Contact, ContactIdentity, Message, Status
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from sandbox import Sandbox, SandboxOptions
from tests.local_server import LocalServer, answered

# Committed rows: the row has to be there before the request leaves.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pauses(monkeypatch, settings):
    """Time passes at once; the list tells how much. The pace never has to be waited for."""
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1_000_000
    passed = []
    monkeypatch.setattr(delivery.time, "sleep", passed.append)
    return passed


def send(phone="+12025550100", text="Hello from Dott!"):
    return whatsapp_service.send_text_message(phone, text)


def steps(message):
    return [step.status for step in message.timeline]


# Settings


def test_service_is_configured_when_token_and_number_are_set(settings):
    settings.WHATSAPP_ACCESS_TOKEN = "token"

    assert whatsapp_service.is_configured() is True


@pytest.mark.parametrize("missing", ["WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID"])
def test_service_that_is_not_configured_says_so_and_sends_nothing(sandbox, settings, missing):
    setattr(settings, missing, "")

    assert whatsapp_service.is_configured() is False
    with pytest.raises(NotConfigured, match=missing):
        send()
    assert not Message.objects.exists()
    assert sandbox.messages() == []


def test_settings_are_read_on_use(sandbox, settings):
    with Sandbox(SandboxOptions(access_token="other", phone_number_id="42", delay_ms=0)) as other:
        send(text="first")
        settings.WHATSAPP_ACCESS_TOKEN = "other"
        settings.WHATSAPP_PHONE_NUMBER_ID = "42"
        settings.WHATSAPP_GRAPH_API_URL = other.url
        settings.WHATSAPP_API_VERSION = "v26.0"
        send(text="second")

        assert [(message["text"], message["version"]) for message in other.messages()] == [("second", "v26.0")]
    assert [(message["text"], message["version"]) for message in sandbox.messages()] == [("first", "v25.0")]
    assert set(Message.objects.values_list("text", "phone_number_id")) == {
        ("first", "676188225586230"), ("second", "42"),
    }  # fmt: skip


# Sent


def test_text_is_sent_verbatim_and_its_row_carries_the_wamid(sandbox):
    sent = send(text="  Hello\n*Dott* 👋 ")

    [there] = sandbox.messages()
    message = Message.objects.get()
    assert (sent.message_id, sent.status, sent.id) == (there["id"], "accepted", message.pk)
    assert sent.raw["messages"] == [{"id": sent.message_id}]
    assert there["request"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+12025550100",
        "type": "text",
        "text": {"body": "  Hello\n*Dott* 👋 "},
        "biz_opaque_callback_data": str(message.pk),
    }
    assert (message.status, message.wamid, message.failure_code) == (Status.ACCEPTED, sent.message_id, "")
    assert (message.to_number, message.kind, message.text) == ("+12025550100", "text", "  Hello\n*Dott* 👋 ")
    assert steps(message) == ["accepted"]


def test_row_is_committed_before_the_request_leaves(settings):
    seen = []

    def look(_connection, _request):
        from django.db import connection

        seen.extend(Message.objects.values_list("status", "to_number", "text"))
        connection.close()
        return answered(b'{"messages": [{"id": "wamid.1"}]}')

    with LocalServer(look) as meta:
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        send()

    assert seen == [("sending", "+12025550100", "Hello from Dott!")]


def test_template_is_sent_as_meta_approved_it(sandbox):
    sent = whatsapp_service.send_template_message(
        "+12025550100", "invoice_notification", ["Ann", "INV-7", "$10", "https://dott.example/i/7"]
    )

    [there] = sandbox.messages()
    assert there["text"] == "Hi Ann, your invoice INV-7 for $10 is ready.\nView and pay here: https://dott.example/i/7."
    assert there["request"]["template"]["language"] == {"code": "en_US"}
    assert (sent.status, Message.objects.get().kind) == ("accepted", "template")


def test_template_takes_a_mapping_and_a_language(sandbox):
    whatsapp_service.send_template_message(
        "+12025550100", "business_invitation", {"body": ["Ann", "Join me"], "buttons": ["abc"]}, language_code="en"
    )

    [there] = sandbox.messages()
    assert there["buttons"][0]["url"] == "https://dott.example/i/abc"
    assert there["request"]["template"]["language"] == {"code": "en"}


def test_template_that_meta_does_not_know_is_refused(sandbox):
    with pytest.raises(SendFailed) as refused:
        whatsapp_service.send_template_message("+12025550100", "no_such_template")

    assert refused.value.meta_code == 132001
    assert Message.objects.get().status == Status.FAILED


def test_held_message_says_so(sandbox):
    sent = send("+12025550109")

    assert sent.status == "held"
    assert Message.objects.get().status == Status.HELD


def test_what_meta_calls_a_person_is_kept_beside_the_number(settings):
    answer = b'{"messages": [{"id": "wamid.1"}], "contacts": [{"wa_id": "551187654321"}]}'

    with LocalServer(lambda *_: answered(answer)) as meta:
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        send("+55 11 98765-4321")

    identities = set(ContactIdentity.objects.values_list("kind", "value"))
    assert identities == {("phone", "+5511987654321"), ("wa_id", "551187654321")}
    assert Contact.objects.count() == 1


def test_one_person_under_two_spellings_is_one_contact(sandbox):
    send("+55 11 8765-4321")
    send("+5511987654321")

    assert Contact.objects.count() == 1
    assert {message["to"] for message in sandbox.messages()} == {"+5511987654321"}


# Refused before anything leaves


@pytest.mark.parametrize("phone", ["+1234567890", "", "12025550100", None])
def test_invalid_number_is_refused_and_nothing_is_written(sandbox, phone):
    with pytest.raises(InvalidPhoneNumber):
        send(phone)

    assert not Message.objects.exists()
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    "text",
    ["", " \n", "x" * 4097, "a\x00b", "\ud83d", None],
    ids=["empty", "blank", "too long", "null", "half an emoji", "none"],
)
def test_invalid_text_is_refused_and_nothing_is_written(sandbox, text):
    with pytest.raises(InvalidMessage):
        send(text=text)

    assert not Message.objects.exists()
    assert sandbox.messages() == []


def test_person_who_opted_out_gets_nothing_in_any_spelling(sandbox):
    contact = contacts.create_by_phone(parse("+5511987654321"), evidence="test")
    consent.record_opt_out(contact, source="test", text="STOP")

    with pytest.raises(RecipientOptedOut):
        send("+55 11 8765-4321")
    with pytest.raises(RecipientOptedOut):
        whatsapp_service.send_template_message("+5511987654321", "hello_world")

    assert not Message.objects.exists()
    assert sandbox.messages() == []


# Refused by Meta


@pytest.mark.parametrize(("phone", "code"), [("+12025550130", 131030), ("+12025550147", 131047)])
def test_refusal_is_raised_and_recorded_in_plain_words(sandbox, phone, code):
    with pytest.raises(SendFailed) as refused:
        send(phone)

    message = Message.objects.get()
    assert refused.value.meta_code == code
    assert (message.status, message.failure_code, message.meta_code) == (Status.FAILED, "send_failed", code)
    assert message.failure_detail == refused.value.detail
    assert message.meta_details == sandbox.refusals()[0]["details"]
    assert message.fbtrace_id
    assert message.wamid is None
    assert steps(message) == ["failed"]
    assert len(sandbox.refusals()) == 1


def test_template_passes_where_free_text_does_not(sandbox):
    sent = whatsapp_service.send_template_message("+12025550147", "hello_world")

    assert sent.status == "accepted"


# The channel


@pytest.mark.parametrize(("phone", "code"), [("+12025550190", 190), ("+12025550142", 131042)])
def test_channel_that_meta_refuses_is_paused_for_everybody(sandbox, phone, code):
    with pytest.raises(ChannelPaused):
        send(phone)

    with pytest.raises(ChannelPaused) as second:
        send("+12025550100")

    assert second.value.meta_code == code
    assert Message.objects.get().status == Status.FAILED
    assert (len(sandbox.refusals()), sandbox.messages()) == (1, [])


def test_another_token_resumes_the_channel(sandbox, settings):
    with pytest.raises(ChannelPaused):
        send("+12025550190")

    settings.WHATSAPP_ACCESS_TOKEN = "renewed"
    sandbox.configure(access_token="renewed")
    try:
        assert send().status == "accepted"
    finally:
        sandbox.configure(access_token="sandbox-token")
    assert Channel.objects.get().paused_at is None


def test_command_resumes_the_channel(sandbox, capsys):
    with pytest.raises(ChannelPaused):
        send("+12025550142")

    call_command("resume_channel")

    assert "sends again" in capsys.readouterr().out
    assert send().status == "accepted"


def test_command_says_when_there_was_nothing_to_resume(capsys):
    call_command("resume_channel")

    assert "was not paused" in capsys.readouterr().out


def test_pause_keeps_neither_the_token_nor_its_plain_hash(sandbox):
    import hashlib

    with pytest.raises(ChannelPaused):
        send("+12025550190")

    kept = Channel.objects.get().refused_token_hash
    assert kept
    assert "sandbox-token" not in kept
    assert kept != hashlib.sha256(b"sandbox-token").hexdigest()


# Limits


def test_number_that_is_limited_for_a_moment_is_tried_again(sandbox, pauses):
    sent = send("+12025550129")

    assert sent.status == "accepted"
    assert pauses == [0.5, 1.0]
    assert len(sandbox.messages()) == 1
    assert steps(Message.objects.get()) == ["accepted"]


def test_pair_limit_is_waited_for_by_powers_of_four(sandbox, pauses):
    sent = send("+12025550156")

    assert sent.status == "accepted"
    assert pauses == [1.0, 4.0]


def test_limit_that_lasts_is_given_up_after_five_seconds_and_says_when_to_come_back(settings, pauses):
    refusal = answered(b'{"error": {"code": 130429}}', status="400 Bad Request")

    with LocalServer(lambda *_: refusal) as meta:
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        with pytest.raises(RateLimited) as limited:
            send()

    message = Message.objects.get()
    assert sum(pauses) <= 5
    assert pauses == [0.5, 1.0, 2.0]
    assert limited.value.retry_after == 4.0
    assert (message.status, message.failure_code) == (Status.FAILED, "service_unavailable")
    assert len(meta.requests) == 4


def test_retry_after_longer_than_a_caller_can_wait_is_handed_on(settings, pauses):
    refusal = answered(b'{"error": {"code": 4}}', status="429 Slow down", headers=("Retry-After: 60",))

    with LocalServer(lambda *_: refusal) as meta:
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        with pytest.raises(RateLimited) as limited:
            send()

    assert (pauses, limited.value.retry_after, len(meta.requests)) == ([], 60.0, 1)


# Nobody knows


def test_ambiguous_code_leaves_the_message_unconfirmed_and_is_not_tried_again(sandbox):
    with pytest.raises(DeliveryUnconfirmed):
        send("+12025550108")

    message = Message.objects.get()
    assert (message.status, message.failure_code, message.meta_code) == (
        Status.UNCONFIRMED, "delivery_unconfirmed", 131000,
    )  # fmt: skip
    assert len(sandbox.refusals()) == 1


def test_cut_connection_leaves_the_message_unconfirmed_until_a_status_settles_it(sandbox, hand_over_webhooks):
    with pytest.raises(DeliveryUnconfirmed):
        send("+12025550106")
    assert Message.objects.get().status == Status.UNCONFIRMED

    assert set(hand_over_webhooks()) == {200}

    message = Message.objects.get()
    assert (message.status, message.wamid) == (Status.READ, sandbox.messages()[0]["id"])
    assert steps(message) == ["unconfirmed", "sent", "delivered", "read"]
    assert len(sandbox.messages()) == 1


def test_silence_leaves_the_message_unconfirmed(sandbox, monkeypatch):
    monkeypatch.setattr(client_module, "READ_TIMEOUT", 0.3)

    with pytest.raises(DeliveryUnconfirmed, match="in time"):
        send("+12025550107")

    assert Message.objects.get().status == Status.UNCONFIRMED
    assert sandbox.messages() == []


# Never left


def test_unreachable_meta_is_a_failure_that_may_be_tried_again(settings):
    settings.WHATSAPP_ACCESS_TOKEN = "token"

    with pytest.raises(MetaUnreachable) as failure:
        send()

    message = Message.objects.get()
    assert failure.value.retryable is True
    assert (message.status, message.failure_code) == (Status.FAILED, "service_unavailable")
    assert Channel.objects.filter(paused_at__isnull=False).count() == 0


# Statuses before the answer


def test_statuses_before_the_answer_are_not_taken_back(sandbox, live_server):
    sandbox.configure(webhook_url=live_server.url + "/api/webhooks/whatsapp/")

    sent = send("+12025550105")

    message = Message.objects.get()
    assert (message.status, message.wamid) == (Status.READ, sent.message_id)
    assert steps(message) == ["accepted", "sent", "delivered", "read"]


# Discretion


@pytest.mark.parametrize("phone", ["+12025550100", "+12025550130", "+12025550190", "+12025550108"])
def test_logs_hold_no_token_no_text_and_no_whole_number(sandbox, caplog, phone):
    caplog.set_level(logging.DEBUG, logger="communications")

    told = ""
    try:
        send(phone, "a private word")
    except WhatsAppError as failure:
        told = str(failure)

    assert caplog.text or phone == "+12025550100"
    for secret in ("sandbox-token", "private word", phone.removeprefix("+")):
        assert secret not in told + caplog.text
