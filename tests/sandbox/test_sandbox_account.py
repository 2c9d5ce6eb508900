"""The account: its health, its token, its subscription, and its clock."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import PHONE_NUMBER_ID, TOKEN, call, error_of, post, text_to
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"
BUSINESS_ACCOUNT = "1513500473389693"
APP_TOKEN = "1068741974830721|sandbox-secret"
APPS = f"{BUSINESS_ACCOUNT}/subscribed_apps"
DEBUG = f"debug_token?input_token={TOKEN}"


def health(sandbox: Sandbox, object_id: str = PHONE_NUMBER_ID) -> dict[str, Any]:
    told: dict[str, Any] = call(sandbox.url, "GET", f"{object_id}?fields=health_status").json()["health_status"]
    return told


def test_healthy_account_names_every_entity(sandbox: Sandbox) -> None:
    told = health(sandbox)

    assert told["can_send_message"] == "AVAILABLE"
    assert [entity["entity_type"] for entity in told["entities"]] == ["PHONE_NUMBER", "WABA", "BUSINESS", "APP"]


@pytest.mark.parametrize("object_id", [PHONE_NUMBER_ID, BUSINESS_ACCOUNT])
def test_blocked_health_says_what_to_do_and_refuses_messages(sandbox: Sandbox, object_id: str) -> None:
    sandbox.set_account(can_send_message="BLOCKED")

    told = health(sandbox, object_id)

    error = told["entities"][1]["errors"][0]
    assert told["can_send_message"] == "BLOCKED"
    assert (error["error_code"], error["possible_solution"][:5]) == (141006, "Check")
    assert error_of(post(sandbox.url, text_to(PHONE)))["code"] == 131031


def test_limited_health_still_sends(sandbox: Sandbox) -> None:
    sandbox.set_account(can_send_message="LIMITED", health_error=138024)

    assert health(sandbox)["entities"][1]["errors"][0]["error_code"] == 138024
    assert post(sandbox.url, text_to(PHONE)).status_code == 200


def test_number_and_account_tell_their_fields(sandbox: Sandbox) -> None:
    sandbox.set_account(quality_rating="RED", messaging_limit="TIER_2K")
    fields = "quality_rating,whatsapp_business_manager_messaging_limit"

    number = call(sandbox.url, "GET", f"{PHONE_NUMBER_ID}?fields={fields}").json()
    account = call(sandbox.url, "GET", BUSINESS_ACCOUNT).json()

    assert (number["quality_rating"], number["whatsapp_business_manager_messaging_limit"]) == ("RED", "TIER_2K")
    assert (account["id"], account["name"]) == (BUSINESS_ACCOUNT, "Dott")


def test_token_tells_about_itself(sandbox: Sandbox) -> None:
    data = call(sandbox.url, "GET", DEBUG).json()["data"]

    assert (data["is_valid"], data["expires_at"], data["type"]) == (True, 0, "SYSTEM_USER")
    assert data["scopes"] == ["whatsapp_business_management", "whatsapp_business_messaging"]


@pytest.mark.parametrize("state", [{"token_valid": False}, {"token_expires_at": 1}])
def test_expired_token_is_refused_and_the_app_may_ask_why(sandbox: Sandbox, state: dict[str, Any]) -> None:
    sandbox.set_account(**state)

    sent = error_of(post(sandbox.url, text_to(PHONE)))
    asked = error_of(call(sandbox.url, "GET", DEBUG))
    data = call(sandbox.url, "GET", DEBUG, token=APP_TOKEN).json()["data"]

    assert (sent["code"], sent["error_subcode"], asked["code"]) == (190, 463, 190)
    assert (data["is_valid"], data["error"]["code"]) == (False, 190)


def test_token_expires_when_its_time_has_come(sandbox: Sandbox) -> None:
    now = requests.post(f"{sandbox.url}/_sandbox/clock", json={}, timeout=5).json()["now"]
    sandbox.set_account(token_expires_at=int(now) + 3600)

    before = post(sandbox.url, text_to(PHONE)).status_code
    sandbox.advance(3601)

    assert [before, post(sandbox.url, text_to(PHONE)).status_code] == [200, 401]


def test_unknown_token_is_not_valid_and_app_token_opens_nothing_else(sandbox: Sandbox) -> None:
    unknown = call(sandbox.url, "GET", "debug_token?input_token=other").json()["data"]
    none = call(sandbox.url, "GET", "debug_token")

    assert unknown["is_valid"] is False
    assert error_of(none)["message"] == "(#100) The parameter input_token is required."
    assert post(sandbox.url, text_to(PHONE), token=APP_TOKEN).status_code == 401


def test_webhooks_come_only_to_a_subscribed_app(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.set_account(subscribed=False)
    connected.reply(PHONE, "Lost")
    connected.wait_idle()
    nobody = call(connected.url, "GET", APPS).json()["data"]

    subscribed = call(connected.url, "POST", APPS)
    connected.reply(PHONE, "Heard")

    connected.wait_idle()
    assert nobody == []
    assert subscribed.json() == {"success": True}
    (app,) = call(connected.url, "GET", APPS).json()["data"]
    assert app["whatsapp_business_api_data"]["id"] == "1068741974830721"
    assert receiver.replies == ["Heard"]
    assert [webhook.state for webhook in connected.webhooks()] == ["recorded", "delivered"]


def test_subscription_can_be_ended(sandbox: Sandbox) -> None:
    call(sandbox.url, "DELETE", APPS)

    assert sandbox.account()["subscribed"] is False


def test_state_is_read_and_changed_over_http_and_ends_with_a_reset(sandbox: Sandbox) -> None:
    response = requests.patch(f"{sandbox.url}/_sandbox/account", json={"scopes": ["a"], "subscribed": False}, timeout=5)
    changed = sandbox.account()
    sandbox.reset()

    assert (response.json()["scopes"], response.json()["subscribed"]) == (["a"], False)
    assert changed["subscribed"] is False
    assert sandbox.account()["subscribed"] is True


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("account", {"colour": "red"}, "cannot change colour"),
        ("account", {"subscribed": "no"}, "subscribed must be like True"),
        ("account", {"scopes": [1]}, "scopes must be like"),
        ("account", {"can_send_message": "MAYBE"}, "can_send_message must be one of"),
        ("clock", {"days": -1}, "the clock goes forward only"),
        ("clock", {"days": "1"}, '"seconds" and "days" must be numbers'),
    ],
)
def test_state_that_cannot_be_is_refused_with_a_sentence(
    sandbox: Sandbox, path: str, body: dict[str, Any], problem: str
) -> None:
    method = "PATCH" if path == "account" else "POST"

    response = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json=body, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"].startswith(problem)


@pytest.mark.parametrize("path", ["subscribed_apps", "message_templates"])
def test_another_business_account_does_not_exist(sandbox: Sandbox, path: str) -> None:
    response = call(sandbox.url, "GET", f"123/{path}")

    assert error_of(response)["error_subcode"] == 33


def test_app_is_told_where_its_webhooks_go(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.set_account(webhook_fields=["messages"])
    path = "1068741974830721/subscriptions"

    (told,) = call(connected.url, "GET", path, token=APP_TOKEN).json()["data"]
    refused = call(connected.url, "GET", path)

    assert (told["object"], told["callback_url"]) == ("whatsapp_business_account", receiver.url)
    assert [field["name"] for field in told["fields"]] == ["messages"]
    assert error_of(refused)["code"] == 15


def test_account_without_a_webhook_has_no_subscription(sandbox: Sandbox) -> None:
    assert call(sandbox.url, "GET", "1068741974830721/subscriptions", token=APP_TOKEN).json() == {"data": []}


def test_person_is_taken_out_of_the_contact_book_once(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE))
    (message,) = sandbox.messages()
    path = f"{PHONE_NUMBER_ID}/contact_book?messaging_product=whatsapp&bsuid={message['user_id']}"

    answers = [call(sandbox.url, "DELETE", path).json() for _ in range(2)]

    assert answers == [
        {"messaging_product": "whatsapp", "success": True, "deleted": True},
        {"messaging_product": "whatsapp", "success": True, "deleted": False},
    ]
    assert sandbox.contact_book_deletions() == [message["user_id"]] * 2


def test_contact_book_knows_user_ids_only(sandbox: Sandbox) -> None:
    refused = call(sandbox.url, "DELETE", f"{PHONE_NUMBER_ID}/contact_book?messaging_product=whatsapp&bsuid=x")

    assert error_of(refused)["code"] == 131009


def test_answers_carry_the_date_of_the_sandboxs_clock(sandbox: Sandbox) -> None:
    before = parsedate_to_datetime(call(sandbox.url, "GET", BUSINESS_ACCOUNT).headers["Date"])

    sandbox.advance(3600)

    after = parsedate_to_datetime(call(sandbox.url, "GET", BUSINESS_ACCOUNT).headers["Date"])
    assert 3600 <= (after - before).total_seconds() < 3660


def test_number_tells_what_is_wrong_with_its_name(sandbox: Sandbox) -> None:
    sandbox.set_account(name_status="DECLINED", code_verification_status="NOT_VERIFIED")

    told = call(sandbox.url, "GET", f"{PHONE_NUMBER_ID}?fields=name_status,code_verification_status").json()

    assert (told["name_status"], told["code_verification_status"]) == ("DECLINED", "NOT_VERIFIED")
