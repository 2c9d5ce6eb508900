"""What people write, in every kind that Meta hands over."""

import json
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.inbound import BUILDERS, SYSTEM_BUILDERS
from sandbox.people import person_with_phone
from tests.sandbox.receiver import WebhookReceiver

PHONE, NEW_PHONE = "+13855007716", "+13855007717"
OLD, NEW = person_with_phone(PHONE), person_with_phone(NEW_PHONE)

# For each kind: what is told to `receive`, Meta's type, and a part of what must then stand under that type.
KINDS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "text": ({"body": "Hi"}, "text", {"body": "Hi"}),
    "image": ({"caption": "Look"}, "image", {"caption": "Look", "mime_type": "image/jpeg"}),
    "video": ({}, "video", {"mime_type": "video/mp4"}),
    "audio": ({}, "audio", {"voice": True, "mime_type": "audio/ogg; codecs=opus"}),
    "document": ({"filename": "a.pdf"}, "document", {"filename": "a.pdf", "mime_type": "application/pdf"}),
    "sticker": ({"animated": True}, "sticker", {"animated": True, "mime_type": "image/webp"}),
    "location": ({"latitude": 1.5, "name": "Dott"}, "location", {"latitude": 1.5, "name": "Dott"}),
    "reaction": ({"message_id": "wamid.x"}, "reaction", {"message_id": "wamid.x", "emoji": "👍"}),
    "button": ({"text": "Stop"}, "button", {"text": "Stop", "payload": "Stop"}),
    "button_reply": (
        {"id": "yes", "title": "Yes"},
        "interactive",
        {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}},
    ),
    "list_reply": (
        {"id": "9", "title": "Nine", "description": "a.m."},
        "interactive",
        {"type": "list_reply", "list_reply": {"id": "9", "title": "Nine", "description": "a.m."}},
    ),
    "nfm_reply": ({"response": {"date": "2026-12-01"}}, "interactive", {"type": "nfm_reply"}),
    "order": ({"catalog_id": "7"}, "order", {"catalog_id": "7"}),
    "edit": (
        {"original_message_id": "wamid.x", "body": "Hey"},
        "edit",
        {"original_message_id": "wamid.x", "message": {"type": "text", "text": {"body": "Hey"}}},
    ),
    "unsupported": ({}, "unsupported", {"type": "poll_creation"}),
    "revoke": ({"original_message_id": "wamid.x"}, "revoke", {"original_message_id": "wamid.x"}),
    "user_changed_number": (
        {"new_phone": NEW_PHONE},
        "system",
        {"type": "user_changed_number", "wa_id": NEW.wa_id, "user_id": NEW.user_id},
    ),
    "user_changed_user_id": (
        {"new_phone": NEW_PHONE},
        "system",
        {"type": "user_changed_user_id", "user_id": NEW.user_id, "previous_user_id": OLD.user_id},
    ),
    "contacts": ({"name": "Grace Kim"}, "contacts", {}),
    "request_welcome": ({}, "request_welcome", {}),
}


def received_from(receiver: WebhookReceiver) -> dict[str, Any]:
    message: dict[str, Any] = receiver.received[-1].value()["messages"][0]
    return message


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == {*BUILDERS, *SYSTEM_BUILDERS}


@pytest.mark.parametrize("kind", KINDS)
def test_message_of_each_kind_has_metas_shape(connected: Sandbox, receiver: WebhookReceiver, kind: str) -> None:
    content, of_type, part = KINDS[kind]

    wamid = connected.receive(kind, PHONE, **content)

    connected.wait_idle()
    message = received_from(receiver)
    assert (message["id"], message["type"]) == (wamid, of_type)
    assert message["timestamp"].isdecimal()
    if part:
        assert part.items() <= message[of_type].items()
    assert ("contacts" in receiver.received[0].value()) == (of_type != "system")


@pytest.mark.parametrize("kind", KINDS)
def test_phone_shows_what_was_written(sandbox: Sandbox, kind: str) -> None:
    sandbox.receive(kind, PHONE, **KINDS[kind][0])

    page = requests.get(sandbox.url, timeout=5).text

    assert '<li class="bubble from-person">' in page
    assert '<p class="text"></p>' not in page


def test_reply_names_the_message_that_it_answers(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("button_reply", PHONE, context="wamid.ours", id="yes", title="Yes")

    connected.wait_idle()
    assert received_from(receiver)["context"] == {"from": "15551905954", "id": "wamid.ours"}


def test_media_has_an_id_and_a_checksum(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("image", PHONE)

    connected.wait_idle()
    image = received_from(receiver)["image"]
    assert image["id"].isdecimal()
    assert len(image["sha256"]) == 64
    assert "caption" not in image


def test_contact_card_lists_its_phone(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("contacts", PHONE, name="Grace Kim", phone=NEW_PHONE)

    connected.wait_idle()
    (card,) = received_from(receiver)["contacts"]
    assert card["name"] == {"formatted_name": "Grace Kim", "first_name": "Grace", "last_name": "Kim"}
    assert card["phones"][0]["wa_id"] == NEW.wa_id


def test_reaction_that_is_taken_back_has_no_emoji(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("reaction", PHONE, message_id="wamid.x", emoji="")

    connected.wait_idle()
    assert received_from(receiver)["reaction"] == {"message_id": "wamid.x"}


def test_form_comes_as_json_within_json(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("nfm_reply", PHONE, response={"date": "2026-12-01"})

    connected.wait_idle()
    answer = json.loads(received_from(receiver)["interactive"]["nfm_reply"]["response_json"])
    assert answer["date"] == "2026-12-01"


def test_unsupported_message_carries_131051(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.receive("unsupported", PHONE)

    connected.wait_idle()
    assert received_from(receiver)["errors"][0]["code"] == 131051


def test_number_changes_under_the_old_name_and_user_id_under_the_new(
    connected: Sandbox, receiver: WebhookReceiver
) -> None:
    connected.receive("user_changed_number", PHONE, new_phone=NEW_PHONE)
    connected.wait_idle()
    number = received_from(receiver)

    connected.receive("user_changed_user_id", PHONE, new_phone=NEW_PHONE)

    connected.wait_idle()
    user_id = received_from(receiver)
    assert (number["from"], number["from_user_id"]) == (OLD.wa_id, OLD.user_id)
    assert (user_id["from"], user_id["from_user_id"]) == (NEW.wa_id, NEW.user_id)


@pytest.mark.parametrize("kind", SYSTEM_BUILDERS)
def test_change_of_a_hidden_number_names_no_number(connected: Sandbox, receiver: WebhookReceiver, kind: str) -> None:
    connected.configure(hide_numbers=True)

    connected.receive(kind, PHONE, new_phone=NEW_PHONE)

    connected.wait_idle()
    assert "from" not in received_from(receiver)
    assert b"385500771" not in receiver.received[0].body


def test_every_kind_goes_through_the_http_door(connected: Sandbox, receiver: WebhookReceiver) -> None:
    body = {"from": PHONE, "kind": "location", "content": {"name": "Dott"}, "context": "wamid.ours"}

    response = requests.post(f"{connected.url}/_sandbox/replies", json=body, timeout=5)

    connected.wait_idle()
    assert response.status_code == 201
    assert received_from(receiver)["id"] == response.json()["id"]
    assert received_from(receiver)["location"]["name"] == "Dott"
    assert received_from(receiver)["context"]["id"] == "wamid.ours"


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "telegram"},
        {"kind": "reaction"},
        {"kind": "image", "content": {"colour": "red"}},
        {"kind": "image", "content": []},
        {"kind": "text", "content": {"body": 5}},
        {"kind": "user_changed_number", "content": {"new_phone": "x"}},
        {"kind": "user_changed_number", "content": {"new_phone": 5}},
        {"kind": "text", "text": "Hello", "context": 5},
        {"kind": []},
    ],
)
def test_message_that_nobody_can_write_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/replies", json={"from": PHONE, **body}, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"]
    assert sandbox.webhooks() == []


def test_unknown_kind_is_told_in_a_sentence(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no such kind of message: 'telegram'; there are text, image"):
        sandbox.receive("telegram", PHONE)
