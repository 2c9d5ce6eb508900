"""Meta's look-up for lost webhooks."""

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import PHONE_NUMBER_ID, TOKEN, error_of, post, text_to
from tests.sandbox.receiver import WebhookReceiver, eventually

PHONE = "+13855007716"
FIELDS = "id,message_id,events{delivery_status,webhook_update_state,timestamp,error_description}"


def send(sandbox: Sandbox, phone: str = PHONE) -> str:
    wamid: str = post(sandbox.url, text_to(phone)).json()["messages"][0]["id"]
    return wamid


def look_up(
    sandbox: Sandbox, wamid: str = "", *, number: str = PHONE_NUMBER_ID, token: str = TOKEN, **query: Any
) -> requests.Response:
    query = {"fields": FIELDS, **({"message_id": wamid} if wamid else {}), **query}
    address = f"{sandbox.url}/v25.0/{number}/message_history"
    return requests.get(address, params=query, headers={"Authorization": f"Bearer {token}"}, timeout=5)


def events_in(response: requests.Response) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = response.json()["data"][0]["events"]["data"]
    return events


def test_history_tells_each_status_with_its_time_and_its_webhook(connected: Sandbox) -> None:
    wamid = send(connected)
    connected.wait_idle()

    response = look_up(connected, wamid)

    entry = response.json()["data"][0]
    told = [(event["delivery_status"], event["webhook_update_state"]) for event in events_in(response)]
    assert response.status_code == 200
    assert entry["message_id"] == wamid
    assert entry["id"].isdecimal()
    assert told == [("SENT", "DELIVERED"), ("DELIVERED", "DELIVERED"), ("READ", "DELIVERED")]
    assert [str(event["timestamp"]) for event in events_in(response)] == [
        status["timestamp"] for status in connected.messages()[0]["statuses"]
    ]
    assert response.json()["paging"]["cursors"] == {"before": entry["id"], "after": entry["id"]}


def test_history_knows_what_lost_webhooks_did_not_tell(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(lose_webhooks=1.0)
    wamid = send(connected)
    connected.wait_idle()

    events = events_in(look_up(connected, wamid))

    assert receiver.received == []
    assert [event["delivery_status"] for event in events] == ["SENT", "DELIVERED", "READ"]
    assert {event["webhook_update_state"] for event in events} == {"FAILED"}


def test_history_of_a_failed_message_says_why(sandbox: Sandbox) -> None:
    wamid = send(sandbox, "+12025550149")
    sandbox.wait_idle()

    (event,) = events_in(look_up(sandbox, wamid))

    assert event["delivery_status"] == "FAILED"
    assert event["error_description"] == "This message was not delivered to maintain healthy ecosystem engagement."
    assert "webhook_update_state" not in event


def test_history_tells_a_doubled_or_reversed_status_once_and_in_order(sandbox: Sandbox) -> None:
    wamids = [send(sandbox, "+12025550103"), send(sandbox, "+12025550104")]
    sandbox.wait_idle()

    told = [[event["delivery_status"] for event in events_in(look_up(sandbox, wamid))] for wamid in wamids]

    assert told == [["SENT", "DELIVERED", "READ"]] * 2


def test_history_does_not_tell_what_has_not_happened_yet(sandbox: Sandbox) -> None:
    sandbox.configure(delay_ms=60_000)
    wamid = send(sandbox)

    response = look_up(sandbox, wamid)

    assert events_in(response) == []


def test_status_is_pending_while_its_webhook_is_on_the_road(connected: Sandbox) -> None:
    connected.configure(late=1.0, late_ms=200)
    wamid = send(connected, "+12025550102")
    eventually(lambda: connected.messages()[0]["statuses"])

    before = events_in(look_up(connected, wamid))
    connected.wait_idle()
    after = events_in(look_up(connected, wamid))

    assert [event["webhook_update_state"] for event in before] == ["PENDING"]
    assert [event["webhook_update_state"] for event in after] == ["DELIVERED"]


def test_history_of_an_unknown_wamid_is_empty(sandbox: Sandbox) -> None:
    response = look_up(sandbox, "wamid.unknown")

    assert response.status_code == 200
    assert response.json() == {"data": []}


def test_history_without_a_wamid_tells_the_latest_messages(sandbox: Sandbox) -> None:
    wamids = [send(sandbox) for _ in range(3)]

    response = look_up(sandbox, limit="2")

    assert [entry["message_id"] for entry in response.json()["data"]] == [wamids[2], wamids[1]]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("", {"id", "message_id"}),
        ("id", {"id"}),
        ("id,message_id,events{delivery_status}", {"id", "message_id", "events"}),
    ],
)
def test_history_holds_the_fields_that_were_asked_for(sandbox: Sandbox, fields: str, names: set[str]) -> None:
    wamid = send(sandbox)
    sandbox.wait_idle()

    entry = look_up(sandbox, wamid, fields=fields).json()["data"][0]

    assert set(entry) == names
    assert {name for event in entry.get("events", {}).get("data", []) for name in event} <= {"id", "delivery_status"}


@pytest.mark.parametrize("query", [{"fields": "events{"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}])
def test_question_that_cannot_be_read_is_refused_with_100(sandbox: Sandbox, query: dict[str, str]) -> None:
    response = look_up(sandbox, **query)

    assert error_of(response)["code"] == 100


def test_history_needs_the_token_and_the_phone_number_id(sandbox: Sandbox) -> None:
    wamid = send(sandbox)

    stranger = look_up(sandbox, wamid, token="wrong")
    elsewhere = look_up(sandbox, wamid, number="123")

    assert error_of(stranger)["code"] == 190
    assert (error_of(elsewhere)["code"], error_of(elsewhere)["error_subcode"]) == (100, 33)
