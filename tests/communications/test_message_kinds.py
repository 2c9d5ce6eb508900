"""Every kind of message through the one door: what Meta receives, what the row says, what is told of a refusal."""

import json

import pytest

from communications import button_payloads, consent, contacts, sending, signals
from communications.errors import (
    ChannelPaused,
    InvalidMessage,
    NotConfigured,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
)
from communications.graph import payloads, shared_payloads
from communications.graph.interactive_payloads import (
    Button,
    Row,
    Section,
    contact_request,
    cta_url,
    list_message,
    location_request,
    reply_buttons,
)
from communications.graph.shared_payloads import CardPhone, ContactCard, location, reaction
from communications.models import Channel, InboundMessage, Message, Status
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from tests.local_server import LocalServer, answered

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+12025550100"
CARD = ContactCard("Amina Diallo", phones=[CardPhone("+13855007716", wa_id="13855007716")])
KINDS = {
    "text": (payloads.text("Hello 👋"), "Hello 👋"),
    "reply buttons": (reply_buttons("Will you come?", [Button("yes", "Yes"), Button("no", "No")]), "Will you come?"),
    "list": (list_message("When?", "Times", [Section("Monday", [Row("9", "Nine")])], footer="Dott"), "When?"),
    "link": (cta_url("Your invoice is ready.", "View", "https://dott.example/i/7"), "Your invoice is ready."),
    "location request": (location_request("Where are you?"), "Where are you?"),
    "contact request": (contact_request("May we have your number?"), "May we have your number?"),
    "location": (location(40.2338, -111.6585, "Dott", "1 Main St"), "Dott, 1 Main St"),
    "nameless location": (location(40.2338, -111.6585), "40.2338, -111.6585"),
    "contacts": (shared_payloads.contacts([CARD, ContactCard("Grace Kim")]), "Amina Diallo, Grace Kim"),
    "reaction": (reaction("wamid.theirs", "👍"), "👍"),
    "reaction taken back": (reaction("wamid.theirs", ""), ""),
    "right to left": (reply_buttons("هل ستأتي؟", [Button("yes", "نعم"), Button("no", "لا")]), "هل ستأتي؟"),
}


@pytest.fixture
def meta_answers(settings):
    """Meta's answer to whatever is asked of it, and what that was."""
    servers = []

    def serve(body, status="200 OK"):
        server = LocalServer(lambda *_: answered(json.dumps(body).encode(), status=status))
        servers.append(server.__enter__())
        settings.WHATSAPP_ACCESS_TOKEN = "token"
        settings.WHATSAPP_GRAPH_API_URL = server.url
        return server

    yield serve
    for server in servers:
        server.__exit__(None, None, None)


# Sent


@pytest.mark.parametrize(("content", "text"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_arrives_as_it_was_built_and_its_row_can_be_read(sandbox, content, text):
    sent = whatsapp_service.send_message(PHONE, content)

    [there] = sandbox.messages()
    message = Message.objects.get()
    assert there["request"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": PHONE,
        **content,
        "biz_opaque_callback_data": str(message.pk),
    }
    assert (message.kind, message.text, message.content) == (content["type"], text, content)
    assert (message.status, message.wamid, message.reply_to) == (Status.ACCEPTED, sent.message_id, "")


@pytest.mark.parametrize("letter", ["x", "م", "👋"], ids=["latin", "right to left", "emoji"])
def test_what_fills_every_limit_is_taken(sandbox, letter):
    def full(size, number=""):
        return letter * (size - len(str(number))) + str(number)

    framed = {"header": full(60), "footer": full(60)}
    row_fields = [(full(200, n), full(24, n), full(72)) for n in range(10)]
    contents = [
        payloads.text(full(4096)),
        reply_buttons(full(1024), [Button(full(256, n), full(20, n)) for n in range(3)], **framed),
        list_message(full(4096), full(20), [Section(full(24), [Row(*row)]) for row in row_fields], **framed),
        cta_url(full(1024), full(20), f"https://dott.example/{full(1979)}", **framed),
        location_request(full(1024)),
        contact_request(full(1024)),
        location(90, 180, full(1000), full(1000)),
        shared_payloads.contacts([ContactCard(full(1000))]),
        shared_payloads.contacts([ContactCard(full(20))] * 257),
    ]

    for content in contents:
        whatsapp_service.send_message(PHONE, content)

    assert [there["request"][content["type"]] for there, content in zip(sandbox.messages(), contents, strict=True)] == [
        content[content["type"]] for content in contents
    ]


def test_opted_out_person_gets_no_kind_of_message(sandbox):
    contact = contacts.create_by_phone(parse(PHONE), evidence="test")
    consent.record_opt_out(contact, source="test", text="STOP")

    for content, _text in KINDS.values():
        with pytest.raises(RecipientOptedOut):
            whatsapp_service.send_message(PHONE, content)

    assert sandbox.messages() == []
    assert not Message.objects.exists()


# Replies


def test_reply_is_joined_to_the_message_it_answers(sandbox, hand_over_webhooks):
    question = sandbox.reply(PHONE, "When do you open?")
    hand_over_webhooks()

    whatsapp_service.send_message(PHONE, payloads.text("At nine."), reply_to=question)

    [there] = sandbox.messages()
    assert there["request"]["context"] == {"message_id": question}
    assert Message.objects.get().reply_to == InboundMessage.objects.get().wamid == question


def test_press_of_a_sent_button_comes_back_joined_and_signed(sandbox, hand_over_webhooks):
    told = []

    def receive(inbound_message, action, subject, **kwargs):
        told.append((inbound_message.in_reply_to.wamid, action, subject))

    payload = button_payloads.sign("confirm", "42")
    sent = whatsapp_service.send_message(PHONE, reply_buttons("Will you come?", [Button(payload, "Yes")]))
    sandbox.receive("button_reply", PHONE, context=sent.message_id, id=payload, title="Yes")
    sandbox.receive("button_reply", PHONE, context=sent.message_id, id="confirm:43:forged", title="Yes")

    signals.button_pressed.connect(receive)
    try:
        hand_over_webhooks()
    finally:
        signals.button_pressed.disconnect(receive)

    assert told == [(sent.message_id, "confirm", "42")]
    assert InboundMessage.objects.filter(in_reply_to__wamid=sent.message_id, text="Yes").count() == 2


@pytest.mark.parametrize(
    ("content", "reply_to"),
    [(payloads.text("Hello"), ""), (reaction("wamid.1", "👍"), "wamid.1")],
    ids=["to nothing", "reaction"],
)
def test_reply_that_whatsapp_does_not_take_is_refused_and_nothing_is_written(sandbox, content, reply_to):
    with pytest.raises(InvalidMessage):
        whatsapp_service.send_message(PHONE, content, reply_to=reply_to)

    assert sandbox.messages() == []
    assert not Message.objects.exists()


def test_queued_reply_keeps_what_it_answers(sandbox, sent_message):
    sent_message(status=Status.QUEUED, reply_to="wamid.theirs")

    sending.send_due()

    assert sandbox.messages()[0]["request"]["context"] == {"message_id": "wamid.theirs"}


# Read and typing


@pytest.mark.parametrize(
    ("typing", "more"), [(False, {}), (True, {"typing_indicator": {"type": "text"}})], ids=["read", "typing"]
)
def test_read_receipt_goes_out_as_meta_documents_it_and_leaves_no_row(meta_answers, typing, more):
    meta = meta_answers({"success": True})

    whatsapp_service.mark_as_read("wamid.theirs", typing=typing)

    [request] = meta.requests
    assert (request.method, request.target) == ("POST", "/v25.0/676188225586230/messages")
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.theirs",
        **more,
    }
    assert not Message.objects.exists()


@pytest.mark.parametrize("typing", [False, True], ids=["read", "typing"])
def test_message_of_a_person_can_be_marked_as_read(sandbox, typing):
    wamid = sandbox.reply(PHONE, "Hello")

    whatsapp_service.mark_as_read(wamid, typing=typing)
    whatsapp_service.mark_as_read(wamid, typing=typing)

    assert sandbox.refusals() == []


def test_read_receipt_for_a_message_that_meta_does_not_know_is_refused(sandbox):
    with pytest.raises(SendFailed) as refused:
        whatsapp_service.mark_as_read("wamid.unknown")

    assert refused.value.meta_code == 131009


def test_read_receipt_needs_a_configured_service():
    with pytest.raises(NotConfigured):
        whatsapp_service.mark_as_read("wamid.theirs")


def test_read_receipt_with_a_refused_token_pauses_the_channel(sandbox, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "expired"

    with pytest.raises(ChannelPaused):
        whatsapp_service.mark_as_read("wamid.theirs")

    assert Channel.objects.get().paused_by_code == 190


@pytest.mark.parametrize(
    ("body", "status"),
    [({"success": False}, "200 OK"), ([], "200 OK"), ({}, "500 Oops"), ({"error": {"code": 131000}}, "500 Oops")],
    ids=str,
)
def test_read_receipt_that_meta_does_not_confirm_may_be_repeated(meta_answers, body, status):
    meta_answers(body, status)

    with pytest.raises(ServiceUnavailable) as unconfirmed:
        whatsapp_service.mark_as_read("wamid.theirs")

    assert unconfirmed.value.retryable is True
    assert "again" in unconfirmed.value.detail
