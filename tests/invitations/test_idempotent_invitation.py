"""Idempotency-Key: the same key from the same caller gives the same answer and one message."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import IdempotencyKey, Message
from tests.local_server import LocalServer
from tests.wire import answer

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "order-66"}


def test_same_key_gives_the_same_answer_and_one_message(invite, sandbox):
    first, second = invite(headers=KEY), invite(headers=KEY)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(sandbox.messages()) == 1


def test_same_key_with_another_body_is_422(invite, sandbox):
    invite(message="One", headers=KEY)

    answer = invite(message="Two", headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(sandbox.messages()) == 1


def test_order_of_the_fields_makes_no_other_body(api, sandbox):
    for body in ('{"phoneNumber": "+12025550100", "message": "Hi"}', '{"message":"Hi","phoneNumber":"+12025550100"}'):
        answer = api.post("/api/invitations/whatsapp/", body, content_type="application/json", headers=KEY)
        assert answer.status_code == 200

    assert len(sandbox.messages()) == 1


def test_key_of_another_caller_is_another_key(invite, client, django_user_model, sandbox):
    first = invite(headers=KEY).json()
    client.force_login(django_user_model.objects.create_user("jane"))

    second = client.post(
        "/api/invitations/whatsapp/",
        {"phoneNumber": "+12025550100", "message": "Join me on Dott"},
        content_type="application/json",
        headers=KEY,
    ).json()

    assert first["messageId"] != second["messageId"]


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "ключ", "two words"])
def test_key_that_is_none_is_400_and_names_the_header(invite, sandbox, key):
    answer = invite(headers={"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["error"]
    assert sandbox.messages() == []


def test_request_that_is_still_running_is_409(invite, inviter, sandbox):
    invite(headers=KEY)
    IdempotencyKey.objects.update(answer_status=None, answer=None, message=None)

    answer = invite(headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert int(answer["Retry-After"]) == 1


def test_refusal_before_anything_left_releases_the_key(invite, sandbox, settings):
    settings.WHATSAPP_ACCESS_TOKEN = ""
    assert invite(headers=KEY).status_code == 503
    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"

    assert invite(headers=KEY).status_code == 200


@pytest.mark.parametrize(
    ("number", "status"), [("+12025550130", 502), ("+12025550108", 504)], ids=["refused", "unconfirmed"]
)
def test_final_answers_are_kept(invite, sandbox, number, status):
    first, second = invite(number, headers=KEY), invite(number, headers=KEY)

    assert (first.status_code, second.status_code) == (status, status)
    assert first.json() == second.json()
    assert Message.objects.count() == 1


def test_unconfirmed_answer_of_metas_is_repeated_with_its_ids(invite, sandbox, settings):
    refused = b'{"error": {"code": 131000, "fbtrace_id": "Abc"}}'
    with LocalServer(answer(500, refused)) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url
        first, second = invite(headers=KEY), invite(headers=KEY)
        Message.objects.update(status="unconfirmed")
        IdempotencyKey.objects.update(
            answer_status=None, answer=None, started_at=timezone.now() - timedelta(seconds=91)
        )
        after_the_answer_was_lost = invite(headers=KEY)

    assert first.status_code == 504
    assert (first.json()["metaCode"], first.json()["fbtraceId"]) == (131000, "Abc")
    assert first.json() == second.json() == after_the_answer_was_lost.json()
    assert len(server.requests) == 1


def test_lost_answer_of_a_message_that_never_left_is_503_and_releases_the_key(invite, sandbox):
    invite(headers=KEY)
    IdempotencyKey.objects.update(answer_status=None, answer=None, started_at=timezone.now() - timedelta(seconds=91))
    Message.objects.update(status="failed", failure_code="service_unavailable", failure_detail="No connection.")

    repeated, again = invite(headers=KEY), invite(headers=KEY)

    assert (repeated.status_code, repeated.json()["code"]) == (503, "service_unavailable")
    assert repeated.json()["detail"] == "No connection."
    assert again.status_code == 200


def test_unconfirmed_answer_replays_how_it_was_settled(invite, hand_over_webhooks):
    first = invite("+12025550106", headers=KEY)
    hand_over_webhooks()

    second = invite("+12025550106", headers=KEY)

    assert (first.status_code, second.status_code) == (504, 200)
    assert second.json()["invitationId"] == first.json()["invitationId"]
    assert second.json()["status"] == "read"
    assert second.json()["messageId"].startswith("wamid.")


def test_unconfirmed_answer_that_failed_since_replays_the_failure(invite, sandbox):
    invite("+12025550108", headers=KEY)
    Message.objects.update(status="failed", meta_code=131026)

    second = invite("+12025550108", headers=KEY)

    assert (second.status_code, second.json()["metaCode"]) == (502, 131026)


def test_keys_are_kept_for_24_hours(invite, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    first = invite(headers=KEY).json()
    IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(hours=24, seconds=1))

    second = invite(headers=KEY).json()

    assert first["messageId"] != second["messageId"]


def test_process_that_died_before_a_message_gives_the_key_back(invite, inviter, sandbox):
    invite(headers=KEY)
    IdempotencyKey.objects.update(
        answer_status=None, answer=None, message=None, started_at=timezone.now() - timedelta(seconds=91)
    )
    # The cool-down of the first send still holds, which shows that the request ran again.
    assert invite(headers=KEY).json()["code"] == "recently_invited"


def test_process_that_died_after_the_message_left_is_504_and_never_resent(invite, sandbox):
    invite(headers=KEY)
    IdempotencyKey.objects.update(answer_status=None, answer=None, started_at=timezone.now() - timedelta(seconds=91))
    Message.objects.update(status="sending", wamid=None)

    answer = invite(headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (504, "delivery_unconfirmed")
    assert len(sandbox.messages()) == 1
