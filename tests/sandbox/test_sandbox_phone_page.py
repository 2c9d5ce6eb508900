"""The phone's page as a browser without script gets it."""

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import body_of, post, template_to, text_to, url_button
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
