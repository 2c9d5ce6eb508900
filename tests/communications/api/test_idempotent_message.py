"""Idempotency-Key for messages: one message, and the same answer each time."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from communications import due_work
from communications.models import IdempotencyKey, Message, Status

pytestmark = pytest.mark.django_db

KEY = {"Idempotency-Key": "invoice-7"}


def lose_the_answer():
    IdempotencyKey.objects.update(answer_status=None, answer=None, started_at=timezone.now() - timedelta(seconds=91))


def test_same_key_gives_the_same_answer_and_one_message(send, sandbox):
    first, second = send(headers=KEY), send(headers=KEY)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(sandbox.messages()) == Message.objects.count() == 1


def test_same_key_with_another_body_is_422(send, sandbox):
    send(text="One", headers=KEY)

    answer = send(text="Two", headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_key_of_a_message_is_no_key_for_an_invitation(send, service_api, sandbox):
    send(headers=KEY)

    answer = service_api.post(
        "/api/invitations/whatsapp/", {"phoneNumber": "+12025550100", "message": "Hi"}, format="json", headers=KEY
    )

    assert answer.status_code == 422


def test_key_that_is_none_is_400_and_names_the_header(send, sandbox):
    answer = send(headers={"Idempotency-Key": "two words"})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["error"]


@pytest.mark.parametrize(
    ("number", "status"), [("+12025550130", 502), ("+12025550108", 504)], ids=["refused", "unconfirmed"]
)
def test_final_answers_are_kept(send, sandbox, number, status):
    first, second = send(to=number, headers=KEY), send(to=number, headers=KEY)

    assert (first.status_code, second.status_code) == (status, status)
    assert first.json() == second.json()
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status"), [({"text": ""}, 400), ({"to": "nonsense"}, 400), ({"to": "+12025550190"}, 503)]
)
def test_refusal_before_anything_left_releases_the_key(send, sandbox, fields, status):
    assert send(headers=KEY, **fields).status_code == status

    assert not IdempotencyKey.objects.exists()


def test_unconfirmed_answer_replays_how_it_was_settled(send, hand_over_webhooks):
    first = send(to="+12025550106", headers=KEY)
    hand_over_webhooks()

    second = send(to="+12025550106", headers=KEY)

    assert (first.status_code, second.status_code) == (504, 200)
    assert (second.json()["id"], second.json()["status"]) == (first.json()["id"], "read")


def test_unconfirmed_answer_that_failed_since_replays_the_failure_with_its_id(send, sandbox):
    first = send(to="+12025550108", headers=KEY)
    Message.objects.update(status="failed", meta_code=131026)

    second = send(to="+12025550108", headers=KEY)

    assert (second.status_code, second.json()["metaCode"]) == (502, 131026)
    assert second.json()["id"] == first.json()["id"]


def test_lost_answer_of_a_message_that_may_have_left_is_504_and_never_resent(send, sandbox):
    send(headers=KEY)
    lose_the_answer()
    Message.objects.update(status="sending", wamid=None)

    answer = send(headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (504, "delivery_unconfirmed")
    assert len(sandbox.messages()) == 1


# For later


@pytest.fixture
def in_an_hour():
    return (timezone.now() + timedelta(hours=1)).isoformat()


@pytest.fixture
def two_hours_pass(monkeypatch):
    """Two hours later by our clock, and for the queue, which has another."""

    def pass_():
        by, later = timedelta(hours=2), timezone.now() + timedelta(hours=2)
        Message.objects.update(due_at=F("due_at") - by, expires_at=F("expires_at") - by)
        due_work.run_once()
        monkeypatch.setattr(timezone, "now", lambda: later)

    return pass_


def test_message_for_later_is_queued_once(send, sandbox, in_an_hour):
    first, second = send(sendAt=in_an_hour, headers=KEY), send(sendAt=in_an_hour, headers=KEY)

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert Message.objects.count() == 1


def test_repetition_after_the_time_gets_the_answer_and_sends_nothing(send, sandbox, in_an_hour, two_hours_pass):
    first = send(sendAt=in_an_hour, headers=KEY)
    two_hours_pass()

    second = send(sendAt=in_an_hour, headers=KEY)

    assert second.status_code == 202
    assert second.json() == first.json()
    assert len(sandbox.messages()) == 1


def test_lost_answer_of_a_queued_message_is_202_again(send, sandbox, in_an_hour):
    first = send(sendAt=in_an_hour, headers=KEY)
    lose_the_answer()

    second = send(sendAt=in_an_hour, headers=KEY)

    assert (second.status_code, second.json()) == (202, first.json())


def test_lost_answer_of_a_message_that_expired_since_says_so(send, sandbox, in_an_hour, two_hours_pass):
    expires = (timezone.now() + timedelta(hours=1, minutes=1)).isoformat()
    first = send(sendAt=in_an_hour, expiresAt=expires, headers=KEY)
    lose_the_answer()
    two_hours_pass()

    second = send(sendAt=in_an_hour, expiresAt=expires, headers=KEY)

    assert (second.status_code, second.json()["code"]) == (409, "not_sent_in_time")
    assert second.json()["id"] == first.json()["id"]
    assert Message.objects.get().status == Status.FAILED
