"""GET /api/messages/{id}/: how far a message has come, for whoever asked for it."""

import pytest

from communications.models import Message
from communications.whatsapp_service import whatsapp_service

pytestmark = pytest.mark.django_db

PHONE = "+12025550100"


@pytest.fixture
def read(service_api):
    return lambda message_id: service_api.get(f"/api/messages/{message_id}/")


def test_webhooks_move_the_message_to_read(send, read, hand_over_webhooks):
    sent = send(text="Your invoice is ready").json()

    assert set(hand_over_webhooks()) == {200}

    body = read(sent["id"]).json()
    assert [step["status"] for step in body.pop("timeline")] == ["accepted", "sent", "delivered", "read"]
    assert body.pop("createdAt").endswith("Z")
    assert body == {
        "id": sent["id"],
        "phoneNumber": PHONE,
        "type": "text",
        "text": "Your invoice is ready",
        "status": "read",
        "messageId": sent["messageId"],
        "sendAt": None,
        "expiresAt": None,
        "failure": None,
    }


def test_failure_that_comes_by_webhook_is_explained(send, read, hand_over_webhooks):
    sent = send(to="+12025550126").json()

    hand_over_webhooks()

    failure = read(sent["id"]).json()["failure"]
    assert set(failure) == {"code", "metaCode", "error", "detail"}
    assert (failure["code"], failure["metaCode"]) == ("send_failed", 131026)


def test_somebody_elses_message_is_404_and_staff_see_all(send, client, django_user_model, sandbox):
    path = f"/api/messages/{send().json()['id']}/"

    client.force_login(django_user_model.objects.create_user("jane"))
    assert client.get(path).status_code == 404

    client.force_login(django_user_model.objects.create_user("boss", is_staff=True))
    assert client.get(path).status_code == 200


def test_message_that_nobody_asked_for_by_the_api_is_404_but_for_staff(read, client, django_user_model, sandbox):
    sent = whatsapp_service.send_text_message(PHONE, "From the shell")

    assert read(sent.id).status_code == 404

    client.force_login(django_user_model.objects.create_user("boss", is_staff=True))
    assert client.get(f"/api/messages/{sent.id}/").json()["text"] == "From the shell"


def test_reading_needs_no_permission_to_send(send, service, read, sandbox):
    sent = send().json()
    service.user_permissions.clear()

    assert read(sent["id"]).status_code == 200


@pytest.mark.parametrize("word", ["abc", "1", "%00", "a" * 500, "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_message_is_not_found_in_json(read, word):
    answer = read(word)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_message_of_an_unknown_interactive_kind_can_be_read(send, read, sandbox):
    sent = send().json()
    Message.objects.update(kind="interactive", content={"type": "interactive", "interactive": {"type": "flow"}})

    assert read(sent["id"]).json()["type"] == "flow"


def test_reading_costs_the_same_however_long_the_timeline(
    send, read, hand_over_webhooks, django_assert_max_num_queries, django_assert_num_queries
):
    sent = send().json()
    with django_assert_max_num_queries(5) as short:
        read(sent["id"])
    queries = len(short)
    hand_over_webhooks()

    with django_assert_num_queries(queries):
        assert len(read(sent["id"]).json()["timeline"]) == 4
