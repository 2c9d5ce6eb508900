"""Many callers at the same instant, with real threads and real connections."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from communications.models import Contact, Message
from invitations.models import Invitation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_once(sandbox, token):
    """Post all bodies at the same instant, each from a thread of its own."""

    def post(bodies, *, tokens=None, headers=None):
        barrier = Barrier(len(bodies))

        def one(number):
            client = APIClient()
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {(tokens or [token] * len(bodies))[number]}")
            barrier.wait()
            try:
                return client.post(
                    "/api/invitations/whatsapp/",
                    json.dumps({"message": "Join me", **bodies[number]}),
                    content_type="application/json",
                    headers=headers,
                )
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(one, range(len(bodies))))

    return post


def statuses(answers):
    return sorted(answer.status_code for answer in answers)


def test_two_equal_requests_at_the_same_instant_send_one_message(at_once, sandbox):
    answers = at_once([{"phoneNumber": "+12025550100"}] * 2)

    assert statuses(answers) == [200, 409]
    assert len(sandbox.messages()) == Message.objects.count() == 1


def test_equal_requests_with_one_key_send_one_message(at_once, sandbox):
    answers = at_once([{"phoneNumber": "+12025550100"}] * 6, headers={"Idempotency-Key": "once"})

    assert len(sandbox.messages()) == Message.objects.count() == 1
    assert set(statuses(answers)) <= {200, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_conflict"}
    assert len({answer.json()["messageId"] for answer in answers if answer.status_code == 200}) == 1


def test_eight_threads_all_get_through(at_once, sandbox):
    answers = at_once([{"phoneNumber": f"+120255502{n:02}"} for n in range(8)])

    assert statuses(answers) == [200] * 8
    assert len(sandbox.messages()) == Invitation.objects.count() == 8


def test_quota_holds_under_concurrent_requests(at_once, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 3

    answers = at_once([{"phoneNumber": f"+120255502{n:02}"} for n in range(8)])

    assert statuses(answers) == [200] * 3 + [429] * 5
    assert len(sandbox.messages()) == 3


def test_different_users_inviting_one_new_person_share_one_contact(at_once, sandbox, django_user_model):
    users = [django_user_model.objects.create_user(f"user{n}") for n in range(6)]
    tokens = [AuthToken.objects.create(user)[1] for user in users]

    answers = at_once([{"phoneNumber": "+12025550100"}] * 6, tokens=tokens)

    assert statuses(answers) == [200] * 6
    assert Contact.objects.count() == 1


def test_many_answers_at_the_same_instant_are_one(sandbox, invite):
    invite("+12025550100")
    token = Invitation.objects.get().token
    barrier = Barrier(6)

    def answer(what):
        barrier.wait()
        try:
            return Client().post(f"/i/{token}/", {"answer": what}, headers={"accept-language": "en"}).content.decode()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        pages = list(pool.map(answer, ["accept", "not_now"] * 3))

    decided = [page for page in pages if "Thank you for joining!" in page or "All right, not now" in page]
    assert len(decided) == 1
    assert ("Thank you" in decided[0]) == (Invitation.objects.get().state == "joined")
