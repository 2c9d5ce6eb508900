"""What Meta announces about account, templates and preferences."""

import json
import time
from typing import Any

import pytest
import requests

from sandbox import Sandbox, events
from sandbox.people import person_with_phone
from tests.sandbox.receiver import WebhookReceiver

PHONE = "+13855007716"
PERSON = person_with_phone(PHONE)

# For each field a value, and a part of what must stand in it.
VALUES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "message_template_status_update": (
        events.message_template_status_update("hello_world", "PAUSED", title="FIRST_PAUSE", description="Paused."),
        {
            "event": "PAUSED",
            "message_template_name": "hello_world",
            "message_template_language": "en-US",
            "reason": "NONE",
            "message_template_category": "UTILITY",
            "other_info": {"title": "FIRST_PAUSE", "description": "Paused."},
        },
    ),
    "message_template_quality_update": (
        events.message_template_quality_update("hello_world", "RED"),
        {"previous_quality_score": "GREEN", "new_quality_score": "RED", "message_template_language": "en-US"},
    ),
    "template_category_update": (
        events.template_category_update("hello_world"),
        {"previous_category": "UTILITY", "new_category": "MARKETING"},
    ),
    "phone_number_quality_update": (
        events.phone_number_quality_update(limit="TIER_2K", old_limit="TIER_250"),
        {"event": "THROUGHPUT_UPGRADE", "current_limit": "TIER_2K", "old_limit": "TIER_250"},
    ),
    "business_capability_update": (
        events.business_capability_update(),
        {"max_daily_conversations_per_business": 2000, "max_phone_numbers_per_waba": 25},
    ),
    "account_update": (events.account_update(), {"event": "ACCOUNT_RESTRICTION"}),
    "account_alerts": (events.account_alerts(), {"entity_type": "BUSINESS"}),
    "user_preferences": (
        events.user_preferences(PHONE),
        {"messaging_product": "whatsapp"},
    ),
    "security": (
        events.security("PIN_RESET_REQUEST", requester="61555822107539"),
        {"event": "PIN_RESET_REQUEST", "requester": "61555822107539", "display_phone_number": "15551905954"},
    ),
}


def entry_of(receiver: WebhookReceiver) -> dict[str, Any]:
    (entry,) = json.loads(receiver.received[-1].body)["entry"]
    return dict(entry)


@pytest.mark.parametrize("field", VALUES)
def test_event_reaches_the_webhook_signed_and_in_metas_shell(
    connected: Sandbox, receiver: WebhookReceiver, field: str
) -> None:
    value, part = VALUES[field]

    connected.post_event(field, value)

    connected.wait_idle()
    (change,) = entry_of(receiver)["changes"]
    assert receiver.received[0].is_signed_with("sandbox-secret")
    assert entry_of(receiver)["id"] == "1513500473389693"
    assert change["field"] == field
    assert all(change["value"][name] == expected for name, expected in {**value, **part}.items())


def test_event_about_the_account_tells_its_time_and_no_phone_number_id(
    connected: Sandbox, receiver: WebhookReceiver
) -> None:
    connected.post_event("account_update", events.account_update("DISABLED_UPDATE"))

    connected.wait_idle()
    assert abs(entry_of(receiver)["time"] - time.time()) < 30
    assert receiver.received[0].value()["ban_info"]["waba_ban_state"] == "DISABLE"
    assert "metadata" not in receiver.received[0].value()


def test_preference_says_which_number_and_who(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.post_event("user_preferences", events.user_preferences(PHONE, "resume"))

    connected.wait_idle()
    value = receiver.received[0].value()
    (preference,) = value["user_preferences"]
    assert value["metadata"]["phone_number_id"] == "676188225586230"
    assert (preference["wa_id"], preference["user_id"]) == (PERSON.wa_id, PERSON.user_id)
    assert (preference["category"], preference["value"]) == ("marketing_messages", "resume")
    assert "time" not in entry_of(receiver)


def test_preference_of_a_person_with_a_username_has_no_number() -> None:
    value = events.user_preferences(PHONE, hidden=True)

    assert PERSON.wa_id not in json.dumps(value)
    assert value["user_preferences"][0]["user_id"] == PERSON.user_id


def test_notice_of_a_new_category_names_the_present_one_as_new() -> None:
    value = events.template_category_update("hello_world", "MARKETING", previous="UTILITY", notice=True)

    assert (value["correct_category"], value["new_category"]) == ("MARKETING", "UTILITY")
    assert value["category_update_timestamp"] > time.time()
    assert "previous_category" not in value


def test_disabled_template_says_since_when() -> None:
    value = events.message_template_status_update("hello_world", "DISABLED")

    assert value["disable_info"]["disable_date"] <= time.time()


def test_template_has_one_id_for_each_language() -> None:
    english, again, spanish = (
        events.message_template_quality_update("hello_world", language=language)["message_template_id"]
        for language in ("en_US", "en_US", "es")
    )

    assert english == again != spanish


def test_restriction_and_violation_say_what_kind() -> None:
    restricted = events.account_update(restrictions=["RESTRICTED_ADD_PHONE_NUMBER_ACTION"])
    blamed = events.account_update("ACCOUNT_VIOLATION", violation="SCAM")

    assert restricted["restriction_info"][0]["restriction_type"] == "RESTRICTED_ADD_PHONE_NUMBER_ACTION"
    assert restricted["restriction_info"][0]["expiration"] > time.time()
    assert blamed == {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}}


def test_event_of_another_account_and_of_a_field_that_nobody_knows_yet(
    connected: Sandbox, receiver: WebhookReceiver
) -> None:
    body = {"field": "brand_new", "value": {"event": "SOMETHING"}, "waba_id": "42"}

    response = requests.post(f"{connected.url}/_sandbox/events", json=body, timeout=5)

    connected.wait_idle()
    assert response.status_code == 204
    assert entry_of(receiver)["id"] == "42"
    assert entry_of(receiver)["changes"] == [{"value": {"event": "SOMETHING"}, "field": "brand_new"}]


def test_event_is_tried_again_until_it_is_taken(connected: Sandbox, receiver: WebhookReceiver) -> None:
    receiver.answers.append(500)

    connected.post_event("security", events.security())

    connected.wait_idle()
    assert len(receiver.received) == 2


@pytest.mark.parametrize(
    "body",
    [{}, {"field": "security"}, {"field": 1, "value": {}}, {"field": " ", "value": {}}, {"field": "a", "value": []}],
)
def test_event_that_cannot_be_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/events", json=body, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"]


def test_page_of_another_site_may_announce_nothing(sandbox: Sandbox) -> None:
    response = requests.post(
        f"{sandbox.url}/_sandbox/events",
        json={"field": "security", "value": {}},
        headers={"Sec-Fetch-Site": "cross-site"},
        timeout=5,
    )

    assert response.status_code == 403
