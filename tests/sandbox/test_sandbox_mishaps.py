"""What the sandbox does wrong on purpose, and what Meta does that looks like it."""

import json
import time
from collections import Counter

import pytest
import requests

from sandbox import Sandbox, SandboxOptions
from sandbox.people import person_with_phone
from tests.sandbox.client import post, text_to
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"
USER_ID = person_with_phone(PHONE).user_id


def send(sandbox: Sandbox, count: int) -> int:
    """Send messages; return how many were answered."""
    answered = 0
    for number in range(count):
        try:
            post(sandbox.url, text_to(f"+1385500{7000 + number}"))
            answered += 1
        except requests.ConnectionError:
            pass
    return answered


def states_of(seed: int, count: int = 30) -> list[str]:
    options = SandboxOptions(delay_ms=0, seed=seed, lose_webhooks=0.5)
    with Sandbox(options) as sandbox:
        for number in range(count):
            sandbox.reply(f"+1385500{7000 + number}", "Hello")
        return [record.state for record in sandbox.webhooks()]


def test_lost_webhooks_are_recorded_and_not_sent(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(lose_webhooks=0.5)

    send(connected, 20)

    connected.wait_idle()
    states = Counter(record.state for record in connected.webhooks())
    assert states["lost"] + states["delivered"] == 60
    assert 10 < states["lost"] < 50
    assert len(receiver.received) == states["delivered"]


def test_lost_webhook_does_not_hold_up_the_next(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(lose_webhooks=1.0)

    send(connected, 1)

    connected.wait_idle()
    assert connected.messages()[0]["status"] == "read"
    assert receiver.received == []


def test_same_seed_loses_the_same_webhooks() -> None:
    first, second, other = states_of(7), states_of(7), states_of(8)

    assert first == second
    assert first != other


def test_reset_begins_the_dice_anew(sandbox: Sandbox) -> None:
    sandbox.configure(lose_webhooks=0.5)
    runs = []
    for _ in range(2):
        for _ in range(20):
            sandbox.reply(PHONE, "Hello")
        runs.append([record.state for record in sandbox.webhooks()])
        sandbox.reset()

    assert runs[0] == runs[1]
    assert set(runs[0]) == {"lost", "recorded"}


def test_fraction_of_the_sends_is_accepted_and_cut(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(cut_after_accept=0.5)

    answered = send(connected, 20)

    connected.wait_idle()
    assert 2 < answered < 18
    assert len(connected.messages()) == 20
    assert receiver.statuses.count("read") == 20


def test_doubled_webhooks_are_the_same_to_the_byte(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(double=1.0)

    connected.reply(PHONE, "Hello")

    connected.wait_idle()
    first, second = receiver.received
    assert first.body == second.body


def test_late_webhooks_are_overtaken(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(late=1.0, late_ms=100)
    connected.reply(PHONE, "First")
    connected.configure(late=0.0)

    connected.reply(PHONE, "Second")

    connected.wait_idle()
    assert receiver.replies == ["Second", "First"]


def test_late_status_does_not_hold_up_the_next(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(late=1.0, late_ms=100)
    began = time.monotonic()

    send(connected, 1)

    connected.wait_idle()
    assert 0.1 <= time.monotonic() - began < 0.25
    assert sorted(receiver.statuses) == ["delivered", "read", "sent"]


def test_reset_drops_late_webhooks(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(late=1.0, late_ms=50)
    connected.reply(PHONE, "Hello")

    connected.reset()

    connected.wait_idle(timeout=0.1)
    time.sleep(0.1)
    assert receiver.received == []


def test_reversed_messages_are_read_first(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(reverse=1.0)

    send(connected, 1)

    connected.wait_idle()
    assert receiver.statuses == ["read", "delivered", "sent"]


def test_batch_merges_updates_of_one_kind_in_one_value(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(batch=10)

    for phone in (PHONE, PHONE, "+13855007717"):
        connected.reply(phone, "Hello")
    send(connected, 2)

    connected.wait_idle()
    bodies = [json.loads(received.body) for received in receiver.received]
    values = [received.value() for received in receiver.received]
    assert all(len(body["entry"]) == len(body["entry"][0]["changes"]) == 1 for body in bodies)
    assert all(("statuses" in value) != ("messages" in value) for value in values)
    (people,) = [value for value in values if "messages" in value]
    assert len(people["messages"]) == 3
    assert len(people["contacts"]) == 2
    assert sum(len(value.get("statuses", [])) for value in values) == 6
    assert receiver.received[0].is_signed_with("sandbox-secret")


def test_batch_leaves_when_it_is_full(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(batch=2)

    for _ in range(5):
        connected.reply(PHONE, "Hello")

    connected.wait_idle()
    assert sorted(len(received.value()["messages"]) for received in receiver.received) == [1, 2, 2]


def test_reset_drops_what_waits_to_be_merged(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(batch=10)
    connected.reply(PHONE, "Hello")

    connected.reset()

    connected.wait_idle(timeout=0.1)
    time.sleep(0.1)
    assert receiver.received == []


def test_batched_failure_has_no_contact(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(batch=2)

    post(connected.url, text_to("+12025550126"))

    connected.wait_idle()
    assert receiver.statuses == ["failed"]
    assert "contacts" not in receiver.received[0].value()


def test_people_with_usernames_are_known_by_their_user_id_alone(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(hide_numbers=True)

    answer = post(connected.url, text_to(PHONE)).json()

    connected.reply(PHONE, "Hello")
    connected.wait_idle()
    assert answer["contacts"] == [{"input": PHONE, "user_id": USER_ID}]
    for received in receiver.received:
        value = received.value()
        (update,) = value.get("statuses", []) + value.get("messages", [])
        assert {"from", "recipient_id"} & set(update) == set()
        assert update.get("recipient_user_id", update.get("from_user_id")) == USER_ID
        assert "wa_id" not in value["contacts"][0]
        assert value["contacts"][0]["user_id"] == USER_ID
        assert PHONE[1:].encode() not in received.body
    inbound = next(received.value() for received in receiver.received if "messages" in received.value())
    assert inbound["contacts"][0]["profile"]["username"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lose_webhooks": 1.5}, "lose_webhooks must be a fraction between 0 and 1"),
        ({"cut_after_accept": -0.1}, "cut_after_accept must be a fraction"),
        ({"double": True}, "double must be a fraction"),
        ({"late": "x"}, "late must be a fraction"),
        ({"batch": 0}, "batch must be 1 to 1000"),
        ({"batch": 1001}, "batch must be 1 to 1000"),
        ({"hide_numbers": 1}, "hide_numbers must be true or false"),
        ({"seed": 2}, "cannot change seed"),
    ],
)
def test_mishap_that_cannot_be_is_refused_with_a_sentence(
    sandbox: Sandbox, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        sandbox.configure(**changes)
