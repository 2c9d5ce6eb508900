"""The life of a template: reviewed, listed, edited, paused, deleted, and told about by webhook."""

import json
from typing import Any

import pytest
import requests

from sandbox import Sandbox, SandboxOptions
from sandbox.approved_templates import APPROVED
from tests.sandbox.client import body_of, call, error_of, message, post, template_to
from tests.sandbox.receiver import WebhookReceiver
from tests.sandbox.test_sandbox_template_rules import TEMPLATES, body, creation

PHONE = "+13855007716"


def create(sandbox: Sandbox, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = call(sandbox.url, "POST", TEMPLATES, json=creation(*components, **more))
    assert response.status_code == 200, response.text
    sandbox.wait_idle()
    answer: dict[str, Any] = response.json()
    return answer


def listed(sandbox: Sandbox, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = call(sandbox.url, "GET", f"{TEMPLATES}?{query}").json()["data"]
    return data


def told(receiver: WebhookReceiver) -> list[tuple[str, dict[str, Any]]]:
    changes = [json.loads(item.body)["entry"][0]["changes"][0] for item in receiver.received]
    return [(change["field"], change["value"]) for change in changes]


def test_sound_template_is_approved_told_and_can_be_sent(connected: Sandbox, receiver: WebhookReceiver) -> None:
    created = create(connected, body("Hi {{1}}, your order left.", "Ann"))

    sent = post(connected.url, template_to(PHONE, "order_update", body_of("Ann")))

    (field, value) = told(receiver)[0]
    assert field == "message_template_status_update"
    assert (value["event"], value["message_template_name"], value["reason"]) == ("APPROVED", "order_update", "NONE")
    assert value["message_template_language"] == "en-US"
    assert str(value["message_template_id"]) == created["id"]
    assert sent.status_code == 200
    assert connected.messages()[0]["text"] == "Hi Ann, your order left."


def test_template_under_review_cannot_be_sent(sandbox: Sandbox) -> None:
    sandbox.configure(review_ms=60_000)
    call(sandbox.url, "POST", TEMPLATES, json=creation())

    response = post(sandbox.url, template_to(PHONE, "order_update"))

    assert listed(sandbox, "name=order_update")[0]["status"] == "PENDING"
    assert error_of(response)["code"] == 132001


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Please send us your full credit card number.", "SCAM"),
        ("Pay today or we will take legal action.", "ABUSIVE_CONTENT"),
        ("Your order is at https://bit.ly/abc today.", "INVALID_FORMAT"),
        (APPROVED["payment_confirmation", "en_US"].body, "INVALID_FORMAT"),
    ],
)
def test_review_rejects_with_metas_reason(
    connected: Sandbox, receiver: WebhookReceiver, text: str, reason: str
) -> None:
    create(connected, body(text, "a", "b") if "{{1}}" in text else body(text))

    value = told(receiver)[0][1]
    assert (value["event"], value["reason"]) == ("REJECTED", reason)
    assert listed(connected, "status=REJECTED&fields=rejected_reason")[0]["rejected_reason"] == reason


def test_promotion_is_approved_as_marketing(connected: Sandbox, receiver: WebhookReceiver) -> None:
    created = create(connected, body("Today everything has a 20 % discount."))

    assert created["category"] == "UTILITY"
    (status, category) = (value for _, value in told(receiver))
    assert (status["event"], status["message_template_category"]) == ("APPROVED", "MARKETING")
    assert (category["previous_category"], category["new_category"]) == ("UTILITY", "MARKETING")
    assert listed(connected, "name=order_update")[0]["previous_category"] == "UTILITY"


def test_name_is_taken_once_in_each_language(sandbox: Sandbox) -> None:
    create(sandbox)

    again = call(sandbox.url, "POST", TEMPLATES, json=creation())
    french = call(sandbox.url, "POST", TEMPLATES, json=creation(language="fr"))

    assert error_of(again)["error_subcode"] == 2388024
    assert error_of(again)["error_user_title"] == "Content in this language already exists"
    assert french.status_code == 200


@pytest.mark.parametrize("one_language", [True, False])
def test_deleted_name_is_free_again_after_30_days(sandbox: Sandbox, one_language: bool) -> None:
    created = create(sandbox)
    suffix = f"&hsm_id={created['id']}" if one_language else ""

    deleted = call(sandbox.url, "DELETE", f"{TEMPLATES}?name=order_update{suffix}")
    blocked = call(sandbox.url, "POST", TEMPLATES, json=creation())
    other_language = call(sandbox.url, "POST", TEMPLATES, json=creation(language="fr"))
    sandbox.advance(days=30.1)
    free = call(sandbox.url, "POST", TEMPLATES, json=creation())

    assert deleted.json() == {"success": True}
    assert error_of(blocked)["error_subcode"] == 2388023
    assert other_language.status_code == (200 if one_language else 400)
    assert free.status_code == 200


def test_delete_takes_every_language_of_the_name(sandbox: Sandbox) -> None:
    call(sandbox.url, "DELETE", f"{TEMPLATES}?name=invoice_notification")

    unknown = call(sandbox.url, "DELETE", f"{TEMPLATES}?name=invoice_notification")

    assert listed(sandbox, "name=invoice_notification") == []
    assert error_of(unknown)["error_subcode"] == 2593002


def test_list_comes_in_pages_until_there_is_no_next(sandbox: Sandbox) -> None:
    page = call(sandbox.url, "GET", f"{TEMPLATES}?limit=10&fields=name,language").json()
    pages = [page]
    while "next" in pages[-1]["paging"]:
        path = pages[-1]["paging"]["next"].removeprefix(f"{sandbox.url}/v25.0/")
        pages.append(call(sandbox.url, "GET", path).json())

    found = [(item["name"], item["language"]) for page in pages for item in page["data"]]
    assert [len(page["data"]) for page in pages] == [10, 10, 1]
    assert found == list(APPROVED)
    assert set(page["data"][0]) == {"name", "language", "id"}


def test_list_is_filtered(sandbox: Sandbox) -> None:
    assert {item["language"] for item in listed(sandbox, "category=marketing")} == {"en_US", "en", "es", "fr", "pt_BR"}
    assert [item["name"] for item in listed(sandbox, "name_or_content=factura")] == ["invoice_notification"]
    assert len(listed(sandbox, "language=fr&status=APPROVED")) == 4


@pytest.mark.parametrize("query", ["limit=many", "after=%C3%A9", "after=bm8="])
def test_page_that_cannot_be_is_refused(sandbox: Sandbox, query: str) -> None:
    assert error_of(call(sandbox.url, "GET", f"{TEMPLATES}?{query}"))["code"] == 100


def test_template_is_looked_up_by_its_id(sandbox: Sandbox) -> None:
    template_id = listed(sandbox, "name=hello_world")[0]["id"]

    one = call(sandbox.url, "GET", f"{template_id}?fields=name,quality_score").json()

    assert one == {"name": "hello_world", "quality_score": {"score": "UNKNOWN"}, "id": template_id}
    assert error_of(call(sandbox.url, "GET", "1234"))["error_subcode"] == 33


def edit(sandbox: Sandbox, template_id: str, **changes: Any) -> requests.Response:
    response = call(sandbox.url, "POST", template_id, json=changes)
    sandbox.wait_idle()
    return response


def test_edited_template_is_reviewed_again(connected: Sandbox, receiver: WebhookReceiver) -> None:
    created = create(connected)

    answer = edit(connected, created["id"], components=[body("Your parcel has just left.")])

    assert answer.json() == {"success": True, "id": created["id"], "name": "order_update", "category": "UTILITY"}
    assert [value["event"] for _, value in told(receiver)] == ["APPROVED", "APPROVED"]
    assert listed(connected, "name=order_update")[0]["components"] == [body("Your parcel has just left.")]


def test_approved_template_is_edited_once_a_day_and_ten_times_a_month(sandbox: Sandbox) -> None:
    template_id = create(sandbox)["id"]
    codes = []
    for day in range(11):
        codes.append(edit(sandbox, template_id, components=[body(f"Your order left on day {day}.")]).status_code)
        if day == 0:
            assert error_of(edit(sandbox, template_id, components=[body("Again on the same day.")]))[
                "error_user_msg"
            ].endswith("once in 24 hours.")
        sandbox.advance(days=1.01)

    sandbox.advance(days=20)
    assert codes == [200] * 10 + [400]
    assert edit(sandbox, template_id, components=[body("A month later.")]).status_code == 200


def test_category_of_an_approved_template_stays(sandbox: Sandbox) -> None:
    template_id = create(sandbox)["id"]

    approved = edit(sandbox, template_id, category="MARKETING")
    sandbox.set_template("order_update", status="REJECTED")
    rejected = edit(sandbox, template_id, category="MARKETING")

    assert error_of(approved)["error_subcode"] == 2388025
    assert rejected.json()["category"] == "MARKETING"


@pytest.mark.parametrize("status", ["PENDING", "DISABLED"])
def test_template_that_is_pending_or_disabled_is_not_edited(sandbox: Sandbox, status: str) -> None:
    template_id = create(sandbox)["id"]
    sandbox.set_template("order_update", status=status)

    response = edit(sandbox, template_id, components=[body("Something else.")])

    assert error_of(response)["error_subcode"] == 2388025


def test_edit_must_keep_the_rules(sandbox: Sandbox) -> None:
    template_id = create(sandbox)["id"]

    response = edit(sandbox, template_id, components=[body("{{1}} has left.", "Ann")])

    assert error_of(response)["error_subcode"] == 2388299


@pytest.mark.parametrize(
    ("status", "code"),
    [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001), ("ARCHIVED", 132001)],
)
def test_template_that_meta_stops_is_told_and_refused(
    connected: Sandbox, receiver: WebhookReceiver, status: str, code: int
) -> None:
    connected.set_template("hello_world", "en_US", status=status)

    response = post(connected.url, template_to(PHONE, "hello_world"))

    connected.wait_idle()
    assert error_of(response)["code"] == code
    assert [value["event"] for _, value in told(receiver)] == [status]


def test_template_that_comes_back_from_the_archive_is_told_so(connected: Sandbox, receiver: WebhookReceiver) -> None:
    for status in ("ARCHIVED", "APPROVED"):
        connected.set_template("hello_world", "en_US", status=status)
        connected.wait_idle()

    assert [value["event"] for _, value in told(receiver)] == ["ARCHIVED", "UNARCHIVED"]
    assert post(connected.url, template_to(PHONE, "hello_world")).status_code == 200


def test_quality_is_told(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.set_template("hello_world", quality_score="RED")

    connected.wait_idle()
    (field, value) = told(receiver)[0]
    assert (field, value["new_quality_score"]) == ("message_template_quality_update", "RED")
    assert listed(connected, "name=hello_world&fields=quality_score")[0]["quality_score"] == {"score": "RED"}


def test_control_door_changes_category_alone(connected: Sandbox, receiver: WebhookReceiver) -> None:
    changes = {"name": "payment_confirmation", "language": "fr", "category": "MARKETING"}

    response = requests.patch(f"{connected.url}/_sandbox/templates", json=changes, timeout=5)

    connected.wait_idle()
    assert response.status_code == 200
    assert [field for field, _ in told(receiver)] == ["template_category_update"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": 5},
        {"name": "no_such"},
        {"name": "hello_world", "status": "GONE"},
        {"name": "hello_world", "x": "y"},
    ],
)
def test_control_door_refuses_what_cannot_be(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    response = requests.patch(f"{sandbox.url}/_sandbox/templates", json=changes, timeout=5)

    assert response.status_code == 400
    assert response.json()["error"]


def test_account_can_begin_and_be_made_without_templates(sandbox: Sandbox) -> None:
    sandbox.clear_templates()
    cleared = sandbox.templates()
    sandbox.reset()

    with Sandbox(SandboxOptions(no_templates=True)) as bare:
        assert bare.templates() == cleared == []
    assert len(sandbox.templates()) == len(APPROVED)


def test_251st_name_is_refused(sandbox: Sandbox) -> None:
    sandbox.clear_templates()
    sandbox.configure(review_ms=60_000)
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer sandbox-token"
        address = f"{sandbox.url}/v25.0/{TEMPLATES}"
        answers = [session.post(address, json=creation(name=f"t_{i}"), timeout=5) for i in range(251)]

    assert {answer.status_code for answer in answers[:250]} == {200}
    assert error_of(answers[250])["error_subcode"] == 2388019


def test_form_is_taken_as_well_as_json(sandbox: Sandbox) -> None:
    form = {**creation(), "components": '[{"type": "BODY", "text": "Your order left."}]'}

    response = call(sandbox.url, "POST", TEMPLATES, data=form)

    assert response.status_code == 200, response.text


def test_reset_drops_a_review_under_way(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(review_ms=20)
    call(connected.url, "POST", TEMPLATES, json=creation())
    connected.reset()

    post(connected.url, message(PHONE, "text", {"body": "Hi"}))
    connected.wait_idle()

    assert {field for field, _ in told(receiver)} == {"messages"}
    assert len(connected.templates()) == len(APPROVED)
