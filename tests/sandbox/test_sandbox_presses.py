"""Buttons and list rows: what the business gets when a person presses one."""

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import call, message, post, template_to, text_to
from tests.sandbox.receiver import WebhookReceiver
from tests.sandbox.test_sandbox_message_types import buttons, interactive, link
from tests.sandbox.test_sandbox_template_rules import TEMPLATES, body, creation, quick
from tests.sandbox.test_sandbox_template_rules import buttons as template_buttons

PHONE = "+13855007716"
ROW = {"id": "9", "title": "Nine", "description": "In Provo"}
LIST = interactive("list", {"button": "Times", "sections": [{"title": "Monday", "rows": [ROW]}]})


def send(sandbox: Sandbox, payload: dict[str, Any]) -> str:
    wamid: str = post(sandbox.url, payload).json()["messages"][0]["id"]
    sandbox.wait_idle()
    return wamid


def answer(receiver: WebhookReceiver) -> dict[str, Any]:
    (message,) = [item for update in receiver.received for item in update.value().get("messages", [])]
    return dict(message)


PRESSES: dict[str, tuple[dict[str, Any], str, str, dict[str, Any]]] = {
    "reply button": (
        interactive("button", buttons("Yes", "No")),
        "No",
        "interactive",
        {"type": "button_reply", "button_reply": {"id": "1", "title": "No"}},
    ),
    "list row": (LIST, "Nine", "interactive", {"type": "list_reply", "list_reply": ROW}),
}


@pytest.mark.parametrize(("payload", "button", "kind", "told"), PRESSES.values(), ids=PRESSES.keys())
def test_press_comes_back_as_meta_tells_it(
    connected: Sandbox,
    receiver: WebhookReceiver,
    payload: dict[str, Any],
    button: str,
    kind: str,
    told: dict[str, Any],
) -> None:
    wamid = send(connected, payload)

    pressed = connected.press(wamid, button)

    connected.wait_idle()
    message = answer(receiver)
    assert (message["id"], message["type"], message[kind]) == (pressed, kind, told)
    assert message["context"] == {"from": "15551905954", "id": wamid}


@pytest.mark.parametrize("payload", ["signed.abc", ""])
def test_quick_reply_of_a_template_comes_back_as_a_button(
    connected: Sandbox, receiver: WebhookReceiver, payload: str
) -> None:
    call(connected.url, "POST", TEMPLATES, json=creation(body(), template_buttons(quick("Stop"))))
    connected.wait_idle()
    receiver.received.clear()
    parameters = [{"type": "payload", "payload": payload}]
    component = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": parameters}
    wamid = send(connected, template_to(PHONE, "order_update", *([component] if payload else [])))

    connected.press(wamid, 0)

    connected.wait_idle()
    message = answer(receiver)
    assert (message["type"], message["button"]) == ("button", {"payload": payload or "Stop", "text": "Stop"})


def test_requests_are_answered_with_a_location_and_with_ones_own_number(
    connected: Sandbox, receiver: WebhookReceiver
) -> None:
    place = send(connected, interactive("location_request_message", {"name": "send_location"}))
    number = send(connected, interactive("request_contact_info", {"name": "request_contact_info"}))

    connected.press(place, 0)
    connected.wait_idle()
    connected.press(number, "Share phone number")
    connected.wait_idle()

    location, contacts = (item for update in receiver.received for item in update.value().get("messages", []))
    assert (location["type"], location["context"]["id"]) == ("location", place)
    assert contacts["contacts"][0]["phones"][0]["phone"] == PHONE


@pytest.mark.parametrize("button", ["Perhaps", 2, -1, ""])
def test_button_that_is_not_there_cannot_be_pressed(sandbox: Sandbox, button: str | int) -> None:
    wamid = send(sandbox, interactive("button", buttons("Yes", "No")))

    with pytest.raises(ValueError, match="the message has no button"):
        sandbox.press(wamid, button)


def test_link_and_unknown_message_send_nothing(sandbox: Sandbox) -> None:
    wamid = send(sandbox, interactive("cta_url", link("Open")))

    with pytest.raises(ValueError, match="'Open' sends the business nothing"):
        sandbox.press(wamid, "Open")
    with pytest.raises(ValueError, match="no such message"):
        sandbox.press("wamid.other", 0)


def test_button_is_pressed_over_http(connected: Sandbox, receiver: WebhookReceiver) -> None:
    wamid = send(connected, LIST)
    door = f"{connected.url}/_sandbox/presses"

    pressed = requests.post(door, json={"message": wamid, "button": "9"}, timeout=5)
    wrong = requests.post(door, json={"message": wamid, "button": "x"}, timeout=5)
    misshapen = requests.post(door, json={"message": 5}, timeout=5)

    connected.wait_idle()
    assert [pressed.status_code, wrong.status_code, misshapen.status_code] == [201, 400, 400]
    assert answer(receiver)["id"] == pressed.json()["id"]


def test_form_on_the_page_presses_without_a_script(connected: Sandbox, receiver: WebhookReceiver) -> None:
    wamid = send(connected, LIST)
    form = {"from": PHONE, "message": wamid, "press": "0"}

    pressed = requests.post(connected.url, data=form, timeout=5)
    wrong = requests.post(connected.url, data={**form, "press": "7"}, timeout=5)

    connected.wait_idle()
    assert answer(receiver)["interactive"]["list_reply"]["title"] == "Nine"
    assert '<p class="text">Nine</p>' in pressed.text
    assert "Not sent: the message has no button 7" in wrong.text


def test_reaction_stands_on_its_message_until_it_is_taken_back(sandbox: Sandbox) -> None:
    wamid = send(sandbox, text_to(PHONE, "Hello"))

    send(sandbox, message(PHONE, "reaction", {"message_id": wamid, "emoji": "🎉"}))
    sandbox.receive("reaction", PHONE, message_id=wamid, emoji="👍")
    both = requests.get(sandbox.url, timeout=5).text
    sandbox.receive("reaction", PHONE, message_id=wamid, emoji="")
    one = requests.get(sandbox.url, timeout=5).text

    assert both.count('<li class="bubble') == 1
    assert "Dott reacted with </span>🎉" in both
    assert "</span>👍" in both
    assert "</span>👍" not in one


def test_reaction_to_what_is_unknown_old_or_a_reaction_fails_by_webhook(
    connected: Sandbox, receiver: WebhookReceiver
) -> None:
    theirs = connected.reply(PHONE, "Hello")
    fresh = send(connected, message(PHONE, "reaction", {"message_id": theirs, "emoji": "👍"}))

    on_reaction = send(connected, message(PHONE, "reaction", {"message_id": fresh, "emoji": "👍"}))
    unknown = send(connected, message(PHONE, "reaction", {"message_id": "wamid.x", "emoji": "👍"}))
    connected.advance(days=31)
    old = send(connected, message(PHONE, "reaction", {"message_id": theirs, "emoji": "👍"}))

    latest = {item["id"]: item["status"] for item in connected.messages()}
    assert [latest[wamid] for wamid in (fresh, on_reaction, unknown, old)] == ["read", "failed", "failed", "failed"]
    failure = receiver.received[-1].value()["statuses"][0]
    assert failure["errors"][0]["code"] == 131009


def mark(wamid: str, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": wamid, **more}


def test_mark_as_read_covers_what_came_before_and_shows_typing(sandbox: Sandbox) -> None:
    sandbox.reply(PHONE, "First")
    second = sandbox.reply(PHONE, "Second")
    sandbox.reply(PHONE, "Third")

    response = post(sandbox.url, mark(second, typing_indicator={"type": "text"}))
    page = requests.get(sandbox.url, timeout=5).text
    sandbox.reply(PHONE, "Fourth")

    assert response.json() == {"success": True}
    assert page.count("Read by the business") == 2
    assert "Dott is typing…" in page
    assert "is typing" not in requests.get(sandbox.url, timeout=5).text


@pytest.mark.parametrize(("more", "code"), [({"typing_indicator": {"type": "song"}}, 100), ({"status": "played"}, 100)])
def test_mark_as_read_that_cannot_be_is_refused(sandbox: Sandbox, more: dict[str, Any], code: int) -> None:
    wamid = sandbox.reply(PHONE, "Hello")

    assert post(sandbox.url, mark(wamid, **more)).json()["error"]["code"] == code


def test_message_of_more_than_30_days_cannot_be_marked_as_read(sandbox: Sandbox) -> None:
    wamid = sandbox.reply(PHONE, "Hello")
    sandbox.advance(days=30.1)

    assert post(sandbox.url, mark(wamid)).json()["error"]["code"] == 131009
