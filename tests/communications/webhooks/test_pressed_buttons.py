"""Buttons that people press: a payload that we signed is told once, a forged one does nothing."""

import json

import pytest

from communications import button_payloads, signals
from communications.message_content import pressed_payload
from communications.models import InboundMessage, Status, WebhookEvent
from communications.webhooks.processing import process

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"
WAMID = "wamid.ours"


def button_reply(payload):
    reply = {"type": "button_reply", "button_reply": {"id": payload, "title": "Confirm"}}
    return {"type": "interactive", "interactive": reply}


def list_reply(payload):
    reply = {"type": "list_reply", "list_reply": {"id": payload, "title": "Confirm", "description": "Today"}}
    return {"type": "interactive", "interactive": reply}


def template_button(payload):
    return {"type": "button", "button": {"payload": payload, "text": "Confirm"}}


pressing = pytest.mark.parametrize(
    "press", [button_reply, list_reply, template_button], ids=lambda press: press.__name__
)


@pytest.fixture
def pressed():
    """What the receivers of `button_pressed` were told."""
    told = []

    def receive(sender, inbound_message, action, subject, **kwargs):
        told.append((sender, inbound_message, action, subject))

    signals.button_pressed.connect(receive)
    yield told
    signals.button_pressed.disconnect(receive)


@pytest.fixture
def receive(django_capture_on_commit_callbacks):
    """Process one webhook with these messages, as if its transaction were committed."""

    def process_messages(*messages):
        value = {"metadata": {"phone_number_id": NUMBER}, "messages": messages}
        body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
        with django_capture_on_commit_callbacks(execute=True):
            process(WebhookEvent.objects.create(body=body))

    return process_messages


def message(content, wamid="wamid.in", **more):
    return {"from": "12025550100", "id": wamid, "timestamp": "1795348900", **content, **more}


@pressing
def test_pressed_button_tells_what_it_was_signed_for(receive, pressed, sent_message, press):
    ours = sent_message(status=Status.DELIVERED, wamid=WAMID)

    receive(message(press(button_payloads.sign("confirm", "42")), context={"id": WAMID}))

    kept = InboundMessage.objects.get()
    assert pressed == [(InboundMessage, kept, "confirm", "42")]
    assert (kept.in_reply_to, kept.contact, kept.text) == (ours, ours.contact, "Confirm")


@pressing
@pytest.mark.parametrize(
    "forge", [lambda signed: "confirm:42", lambda signed: signed.replace("42", "43"), str.swapcase]
)
def test_forged_payload_does_nothing_but_is_kept(receive, pressed, press, forge):
    payload = forge(button_payloads.sign("confirm", "42"))

    receive(message(press(payload)))

    assert pressed == []
    assert pressed_payload(InboundMessage.objects.get().content) == payload


def test_press_that_meta_tells_twice_is_told_once(receive, pressed):
    press = message(button_reply(button_payloads.sign("confirm", "42")))

    receive(press, press)
    receive(press)

    assert len(pressed) == 1


def test_every_press_is_told(receive, pressed):
    payload = button_payloads.sign("confirm", "42")

    receive(message(button_reply(payload), "wamid.1"), message(button_reply(payload), "wamid.2"))

    assert [told[1].wamid for told in pressed] == ["wamid.1", "wamid.2"]


def test_signed_text_that_was_typed_is_no_press(receive, pressed):
    receive(message({"type": "text", "text": {"body": button_payloads.sign("confirm", "42")}}))

    assert pressed == []
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, {"button_reply": None}, {"button_reply": {"id": 5}}], ids=str)
def test_junk_in_place_of_a_press_is_kept_and_does_nothing(receive, pressed, junk):
    receive(message({"type": "interactive", "interactive": junk}))

    assert pressed == []
    assert InboundMessage.objects.count() == 1


def test_receiver_that_raises_loses_nothing(receive, pressed):
    def fail(**kwargs):
        raise RuntimeError("broken receiver")

    signals.button_pressed.connect(fail)
    try:
        receive(message(button_reply(button_payloads.sign("confirm", "42"))))
    finally:
        signals.button_pressed.disconnect(fail)

    assert len(pressed) == 1
    assert InboundMessage.objects.count() == 1
    assert WebhookEvent.objects.get().processed_at is not None
