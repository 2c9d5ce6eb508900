"""The magic numbers, each seen from both ends: the answer to the request, and the webhooks."""

import time

import pytest
import requests

from sandbox import Sandbox, SandboxOptions
from tests.sandbox.client import error_of, post, template_to, text_to
from tests.sandbox.receiver import WebhookReceiver


def magic(digits: str) -> str:
    return f"+1202555{digits}"


@pytest.mark.parametrize(
    ("digits", "statuses"),
    [
        ("0100", ["sent", "delivered", "read"]),
        ("0101", ["sent", "delivered"]),
        ("0102", ["sent"]),
        ("0103", ["sent", "sent", "delivered", "delivered", "read", "read"]),
        ("0104", ["read", "delivered", "sent"]),
        ("0199", ["sent", "delivered", "read"]),
    ],
)
def test_statuses_arrive_as_the_number_promises(
    connected: Sandbox, receiver: WebhookReceiver, digits: str, statuses: list[str]
) -> None:
    response = post(connected.url, text_to(magic(digits)))

    connected.wait_idle()
    assert response.status_code == 200
    assert receiver.statuses == statuses


def test_reversed_statuses_still_tell_the_true_times(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(delay_ms=20)
    post(connected.url, text_to(magic("0104")))

    connected.wait_idle()

    times = [int(item.value()["statuses"][0]["timestamp"]) for item in receiver.received]
    assert times == sorted(times, reverse=True)
    assert times[0] <= time.time()


def test_ordinary_number_reads(connected: Sandbox, receiver: WebhookReceiver) -> None:
    post(connected.url, text_to("+4799234567"))

    connected.wait_idle()
    assert receiver.statuses == ["sent", "delivered", "read"]


def test_0105_statuses_come_before_the_answer(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(delay_ms=60_000)

    response = post(connected.url, text_to(magic("0105")))

    assert receiver.statuses == ["sent", "delivered", "read"]
    told = receiver.received[0].value()["statuses"][0]["id"]
    assert response.json()["messages"][0]["id"] == told


def test_0105_answers_where_there_is_no_webhook(sandbox: Sandbox) -> None:
    response = post(sandbox.url, text_to(magic("0105")))

    assert response.status_code == 200
    assert sandbox.messages()[0]["status"] == "read"


def test_0106_is_accepted_but_the_connection_is_cut(connected: Sandbox, receiver: WebhookReceiver) -> None:
    with pytest.raises(requests.ConnectionError):
        post(connected.url, text_to(magic("0106"), biz_opaque_callback_data="ours"))

    connected.wait_idle()
    assert receiver.statuses == ["sent", "delivered", "read"]
    assert receiver.received[0].value()["statuses"][0]["biz_opaque_callback_data"] == "ours"


def test_0107_never_answers_and_is_not_accepted(connected: Sandbox, receiver: WebhookReceiver) -> None:
    with pytest.raises(requests.ReadTimeout):
        post(connected.url, text_to(magic("0107")), timeout=0.4)

    connected.wait_idle()
    assert connected.messages() == []
    assert receiver.received == []


def test_0107_does_not_hold_up_the_end() -> None:
    with Sandbox(SandboxOptions()) as sandbox:
        with pytest.raises(requests.ReadTimeout):
            post(sandbox.url, text_to(magic("0107")), timeout=0.1)
        asked_to_stop = time.monotonic()

    assert time.monotonic() - asked_to_stop < 1


@pytest.mark.parametrize(
    ("digits", "status", "code"),
    [
        ("0108", 500, 131000),
        ("0130", 400, 131030),
        ("0142", 400, 131042),
        ("0147", 400, 131047),
        ("0190", 401, 190),
    ],
)
def test_number_that_is_refused_at_once(sandbox: Sandbox, digits: str, status: int, code: int) -> None:
    response = post(sandbox.url, text_to(magic(digits)))

    assert (response.status_code, error_of(response)["code"]) == (status, code)
    assert error_of(response)["type"] == "OAuthException"
    assert sandbox.messages() == []
    assert sandbox.refusals()[-1]["to"] == magic(digits)


def test_0109_is_held_and_then_sent(connected: Sandbox, receiver: WebhookReceiver) -> None:
    response = post(connected.url, template_to(magic("0109"), "hello_world"))

    connected.wait_idle()
    assert response.json()["messages"][0]["message_status"] == "held_for_quality_assessment"
    assert receiver.statuses == ["sent"]


@pytest.mark.parametrize(("digits", "text"), [("0110", "STOP"), ("0111", "Hello")])
def test_person_replies_after_reading(connected: Sandbox, receiver: WebhookReceiver, digits: str, text: str) -> None:
    post(connected.url, text_to(magic(digits)))

    connected.wait_idle()
    assert receiver.statuses == ["sent", "delivered", "read"]
    assert receiver.replies == [text]
    assert "messages" in receiver.received[-1].value()


@pytest.mark.parametrize(("digits", "code"), [("0126", 131026), ("0149", 131049), ("0150", 131050)])
def test_number_that_fails_by_webhook(connected: Sandbox, receiver: WebhookReceiver, digits: str, code: int) -> None:
    response = post(connected.url, text_to(magic(digits)))

    connected.wait_idle()
    value = receiver.received[0].value()
    assert response.status_code == 200
    assert receiver.statuses == ["failed"]
    assert "contacts" not in value
    error = value["statuses"][0]["errors"][0]
    assert error["code"] == code
    assert set(error) == {"code", "title", "message", "error_data", "href"}
    assert error["error_data"]["details"]


@pytest.mark.parametrize(("digits", "code"), [("0129", 130429), ("0156", 131056)])
def test_number_that_refuses_twice_accepts_the_third_time_and_begins_anew(
    sandbox: Sandbox, digits: str, code: int
) -> None:
    responses = [post(sandbox.url, text_to(magic(digits))) for _ in range(4)]

    assert [response.status_code for response in responses] == [400, 400, 200, 400]
    assert [error_of(response)["code"] for response in responses[:2]] == [code, code]
    assert len(sandbox.messages()) == 1


def test_reset_forgets_the_refusals_of_a_number(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(magic("0129")))
    sandbox.reset()

    responses = [post(sandbox.url, text_to(magic("0129"))) for _ in range(3)]

    assert [response.status_code for response in responses] == [400, 400, 200]


def test_0147_takes_templates(sandbox: Sandbox) -> None:
    response = post(sandbox.url, template_to(magic("0147"), "hello_world"))

    assert response.status_code == 200
