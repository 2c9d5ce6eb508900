"""The doors for tests: the Python one, and those under `/_sandbox/`."""

import time

import pytest
import requests

from sandbox import Sandbox, SandboxOptions
from tests.sandbox.client import post, text_to
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"


def test_messages_are_the_same_through_both_doors(sandbox: Sandbox) -> None:
    wamid = post(sandbox.url, text_to(PHONE, "Hi", biz_opaque_callback_data="ours")).json()["messages"][0]["id"]
    sandbox.wait_idle()

    listed = requests.get(f"{sandbox.url}/_sandbox/messages", timeout=5).json()["messages"]

    assert listed == sandbox.messages()
    assert listed[0]["id"] == wamid
    assert listed[0]["text"] == "Hi"
    assert listed[0]["status"] == "read"
    assert listed[0]["biz_opaque_callback_data"] == "ours"
    assert [status["status"] for status in listed[0]["statuses"]] == ["sent", "delivered", "read"]


def test_delete_forgets_everything(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE))
    post(sandbox.url, text_to("+12025550130"))
    sandbox.wait_idle()

    response = requests.delete(f"{sandbox.url}/_sandbox/messages", timeout=5)

    assert response.status_code == 204
    assert (sandbox.messages(), sandbox.webhooks(), sandbox.refusals()) == ([], [], [])


def test_webhooks_are_listed_with_their_answers(connected: Sandbox, receiver: WebhookReceiver) -> None:
    receiver.answers.append(503)
    connected.reply(PHONE, "Hello")
    connected.wait_idle()

    listed = requests.get(f"{connected.url}/_sandbox/webhooks", timeout=5).json()["webhooks"]

    assert listed[0]["body"].encode() == receiver.received[0].body
    assert listed[0]["headers"]["X-Hub-Signature-256"] == receiver.received[1].headers["X-Hub-Signature-256"]
    assert [answer["status"] for answer in listed[0]["answers"]] == [503, 200]
    assert listed[0]["state"] == "delivered"


def test_refusals_are_listed(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to("+12025550130"))

    listed = requests.get(f"{sandbox.url}/_sandbox/refusals", timeout=5).json()["refusals"]

    assert (listed[0]["code"], listed[0]["to"]) == (131030, "+12025550130")


def test_settings_change_without_showing_secrets(sandbox: Sandbox) -> None:
    changes = {"delay_ms": 5, "app_secret": "top-secret", "access_token": "new-token"}

    response = requests.patch(f"{sandbox.url}/_sandbox/settings", json=changes, timeout=5)

    assert response.json()["delay_ms"] == 5
    assert "top-secret" not in response.text
    assert post(sandbox.url, text_to(PHONE)).status_code == 401
    assert post(sandbox.url, text_to(PHONE), token="new-token").status_code == 200


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"port": 1}, "cannot change port"),
        ({"delay_ms": -1}, "delay_ms must be a whole number"),
        ({"delay_ms": True}, "delay_ms must be a whole number"),
        ({"webhook_url": 5}, "webhook_url must be a string or null"),
        ({"webhook_url": "localhost:8000"}, "webhook_url must begin with http"),
        ({"app_secret": None}, "app_secret must be a string"),
        ([], "the body must be a JSON object"),
    ],
)
def test_setting_that_cannot_be_is_refused_with_a_sentence(sandbox: Sandbox, changes: object, problem: str) -> None:
    response = requests.patch(f"{sandbox.url}/_sandbox/settings", json=changes, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"].startswith(problem)


def test_reply_through_http_reaches_the_webhook(connected: Sandbox, receiver: WebhookReceiver) -> None:
    body = {"from": PHONE, "text": "Hello", "context": "wamid.earlier"}

    response = requests.post(f"{connected.url}/_sandbox/replies", json=body, timeout=5)

    connected.wait_idle()
    assert response.status_code == 201
    assert receiver.received[0].value()["messages"][0]["id"] == response.json()["id"]


@pytest.mark.parametrize("body", [{}, {"from": PHONE}, {"from": "x", "text": "a"}, {"from": PHONE, "text": " "}])
def test_reply_that_cannot_be_is_refused(sandbox: Sandbox, body: dict[str, str]) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/replies", json=body, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("POST", "/_sandbox/replies"), ("DELETE", "/_sandbox/messages")],
)
def test_page_of_another_site_may_change_nothing(sandbox: Sandbox, method: str, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    response = requests.request(method, sandbox.url + path, headers=headers, timeout=5)

    assert response.status_code == 403


def test_latency_delays_the_answer(sandbox: Sandbox) -> None:
    sandbox.configure(latency_ms=150)
    began = time.monotonic()

    post(sandbox.url, text_to(PHONE))

    assert time.monotonic() - began >= 0.15


def test_wait_idle_tells_when_the_time_is_up(sandbox: Sandbox) -> None:
    sandbox.configure(delay_ms=60_000)
    post(sandbox.url, text_to(PHONE))

    with pytest.raises(TimeoutError):
        sandbox.wait_idle(timeout=0.05)


def test_oldest_messages_are_forgotten_above_keep() -> None:
    with Sandbox(SandboxOptions(keep=2, delay_ms=0)) as sandbox:
        for phone in ("+13855007711", "+13855007712", "+13855007713"):
            post(sandbox.url, text_to(phone))
        sandbox.wait_idle()

        assert [message["to"] for message in sandbox.messages()] == ["+13855007712", "+13855007713"]
        assert len(sandbox.webhooks()) == 2
        assert "+13855007711" not in requests.get(sandbox.url, timeout=5).text


def test_port_that_is_taken_is_told_to_whoever_starts(sandbox: Sandbox) -> None:
    taken = int(sandbox.url.rsplit(":", 1)[1])

    with pytest.raises(OSError, match="address already in use"), Sandbox(SandboxOptions(port=taken)):
        pass
