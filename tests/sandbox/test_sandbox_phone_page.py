"""The phone's page as a browser without script gets it."""

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.sample_files import sample_file
from tests.sandbox.client import body_of, message, post, template_to, text_to, upload, url_button
from tests.sandbox.receiver import WebhookReceiver, eventually

PHONE = "+13855007716"


def page(sandbox: Sandbox, person: str = "") -> str:
    return requests.get(sandbox.url, params={"person": person} if person else {}, timeout=5).text


def test_empty_page_says_what_to_do(sandbox: Sandbox) -> None:
    text = page(sandbox)

    assert "Nobody has a message yet." in text
    assert f"{sandbox.url}/v25.0/676188225586230/messages" in text


def test_message_shows_with_its_status_in_words(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE, "Hello from Dott!"))
    sandbox.wait_idle()

    text = page(sandbox)

    assert '<p class="text">Hello from Dott!</p>' in text
    assert '<span class="word">Read</span>' in text


@pytest.mark.parametrize(
    ("phone", "word"),
    [
        ("+12025550101", "Delivered"),
        ("+12025550102", "Sent"),
        ("+12025550126", "Not delivered: 131026 Message undeliverable"),
    ],
)
def test_status_word_follows_the_message(sandbox: Sandbox, phone: str, word: str) -> None:
    post(sandbox.url, text_to(phone))
    sandbox.wait_idle()

    assert f'<span class="word">{word}</span>' in page(sandbox, phone)


def test_template_shows_text_footer_and_button(sandbox: Sandbox) -> None:
    payload = template_to(PHONE, "business_invitation", body_of("John", "Come"), url_button("abc"))
    post(sandbox.url, payload)

    text = page(sandbox)

    assert "John invites you to work together on Dott:\n\nCome" in text
    assert "Reply STOP to opt out." in text
    assert 'href="https://dott.example/i/abc"' in text


@pytest.mark.parametrize("nasty", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{phone}"])
def test_nothing_said_becomes_markup(sandbox: Sandbox, nasty: str) -> None:
    post(sandbox.url, text_to(PHONE, nasty))
    post(sandbox.url, {**text_to(PHONE), "to": nasty})
    sandbox.reply(PHONE, nasty)

    text = page(sandbox) + page(sandbox, nasty)
    text += requests.get(f"{sandbox.url}/_sandbox/phone", timeout=5).json()["thread"]

    assert "<script>alert" not in text
    assert "<img" not in text


def test_half_a_surrogate_pair_does_not_break_the_page(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE, "broken \ud83d emoji"))

    assert "broken ? emoji" in page(sandbox)


def test_web_address_is_a_link_without_the_full_stop(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE, "See https://dott.example/i/a?b=1&c=2."))

    assert 'href="https://dott.example/i/a?b=1&amp;c=2"' in page(sandbox)


def test_form_replies_as_the_person_and_comes_back(connected: Sandbox, receiver: WebhookReceiver) -> None:
    response = requests.post(connected.url, data={"from": PHONE, "text": "STOP"}, timeout=5)

    connected.wait_idle()
    assert receiver.replies == ["STOP"]
    assert response.history[0].status_code == 303
    assert '<p class="text">STOP</p>' in response.text


def test_empty_reply_is_explained(sandbox: Sandbox) -> None:
    response = requests.post(sandbox.url, data={"from": PHONE, "text": " "}, timeout=5)

    assert "Not sent: text must not be empty." in response.text


def test_number_that_cannot_be_opened_is_explained(sandbox: Sandbox) -> None:
    assert "12 is not a phone number" in page(sandbox, "12")


def test_trouble_with_the_webhook_is_shown(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(webhook_retry_ms=60_000)
    receiver.answers.append(403)
    connected.reply(PHONE, "Hello")
    eventually(lambda: connected.settings()["webhook"]["retrying"])

    assert f"{receiver.url} answered 403; 1 webhook is being retried." in page(connected)


def test_refused_request_is_shown_until_one_is_accepted(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to("+12025550130"))

    refused = page(sandbox)
    post(sandbox.url, text_to(PHONE))
    accepted = page(sandbox)

    assert "The last message to +12025550130 was refused" in refused
    assert "was refused" not in accepted


def test_everything_the_page_needs_comes_from_the_sandbox(sandbox: Sandbox) -> None:
    response = requests.get(sandbox.url, timeout=5)

    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    for name in ("phone.css", "phone.js", "icon.svg"):
        assert f"/_sandbox/static/{name}" in response.text
        assert requests.get(f"{sandbox.url}/_sandbox/static/{name}", timeout=5).status_code == 200


def shown(sandbox: Sandbox, kind: str, content: Any) -> str:
    response = post(sandbox.url, message(PHONE, kind, content))
    assert response.status_code == 200, response.text
    return page(sandbox)


@pytest.mark.parametrize(("kind", "mime_type"), [("image", "image/jpeg"), ("sticker", "image/webp")])
def test_uploaded_picture_is_shown(sandbox: Sandbox, kind: str, mime_type: str) -> None:
    media_id = upload(sandbox.url, sample_file(mime_type), mime_type).json()["id"]

    text = shown(sandbox, kind, {"id": media_id})

    assert f'<img class="{kind}" src="/_sandbox/media/{media_id}"' in text


def test_document_is_a_card_with_name_size_and_caption(sandbox: Sandbox) -> None:
    media_id = upload(sandbox.url, b"%PDF-1.7".ljust(2048), "application/pdf").json()["id"]

    text = shown(sandbox, "document", {"id": media_id, "filename": "<b>.pdf", "caption": "Your invoice"})

    assert ">&lt;b&gt;.pdf</a><small>2 KB</small>" in text
    assert '<p class="text">Your invoice</p>' in text


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_file_at_a_link_is_named_and_never_fetched(sandbox: Sandbox, kind: str) -> None:
    text = shown(sandbox, kind, {"link": "https://dott.example/a?b=1&c=2"})

    assert "<small>from https://dott.example/a?b=1&amp;c=2</small>" in text
    assert 'src="https://' not in text


def test_location_and_contacts_are_cards(sandbox: Sandbox) -> None:
    place = {"latitude": 40.2338, "longitude": -111.6585, "name": "Dott", "address": "1 Center St"}
    card = {"name": {"formatted_name": "John Doe", "first_name": "John"}, "phones": [{"phone": PHONE}]}

    shown(sandbox, "location", place)
    text = shown(sandbox, "contacts", [card] * 5)

    assert "<b>Dott</b><br>1 Center St<br><small>40.2338, -111.6585</small>" in text
    assert f"<b>John Doe</b><small>{PHONE}</small>" in text
    assert "and 2 more" in text


def test_list_opens_a_sheet_with_its_sections_and_rows(sandbox: Sandbox) -> None:
    rows = [{"id": "9", "title": "Nine", "description": "In Provo"}]
    action = {"button": "Times", "sections": [{"title": "Monday", "rows": rows}]}

    text = shown(sandbox, "interactive", {"type": "list", "body": {"text": "Choose"}, "action": action})

    assert "popovertarget=" in text
    assert "<h4>Monday</h4>" in text
    assert "<b>Nine</b><small>In Provo</small>" in text
