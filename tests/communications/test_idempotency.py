"""One key, one request, one answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from communications import idempotency
from communications.errors import IdempotencyConflict, IdempotencyKeyReused, InvalidIdempotencyKey
from communications.models import IdempotencyKey

pytestmark = pytest.mark.django_db

REQUEST = {"phoneNumber": "+12025550100", "message": "Hello"}
ANSWER = {"success": True, "messageId": "wamid.x"}


@pytest.fixture
def later(monkeypatch):
    """Move the clock on by so much."""

    def move(**by):
        now = timezone.now() + timedelta(**by)
        monkeypatch.setattr(timezone, "now", lambda: now)

    return move


@pytest.mark.parametrize("key", ["k", "a" * 255, "!~", "6fa459ea-ee8a-3ca4-894e-db77e160355e"])
def test_visible_ascii_is_a_key(inviter, key):
    assert idempotency.reserve(inviter, key, REQUEST).key == key


@pytest.mark.parametrize("key", ["", "a" * 256, "a b", "a\n", "ключ", "\x00", "\x7f"], ids=ascii)
def test_anything_else_is_no_key(inviter, key):
    with pytest.raises(InvalidIdempotencyKey):
        idempotency.reserve(inviter, key, REQUEST)

    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("status", [200, 502, 504])
def test_answer_of_a_message_that_could_leave_is_kept(inviter, status):
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), status, ANSWER)

    earlier = idempotency.reserve(inviter, "k", REQUEST)

    assert (earlier.answer_status, earlier.answer) == (status, ANSWER)
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("status", [400, 409, 429, 503])
def test_answer_before_a_message_could_leave_releases_the_key(inviter, status):
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), status, {"success": False})

    again = idempotency.reserve(inviter, "k", {**REQUEST, "message": "Corrected"})

    assert again.answer_status is None
    assert IdempotencyKey.objects.count() == 1


def test_order_of_the_fields_makes_no_other_request(inviter):
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), 200, ANSWER)

    assert idempotency.reserve(inviter, "k", dict(reversed(REQUEST.items()))).answer == ANSWER


def test_another_request_under_the_same_key_is_refused(inviter):
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), 200, ANSWER)

    with pytest.raises(IdempotencyKeyReused):
        idempotency.reserve(inviter, "k", {**REQUEST, "message": "Other"})


def test_running_request_keeps_its_key(inviter, later):
    idempotency.reserve(inviter, "k", REQUEST)
    later(seconds=80)

    with pytest.raises(IdempotencyConflict) as conflict:
        idempotency.reserve(inviter, "k", REQUEST)

    assert conflict.value.retry_after == 1


def test_another_request_while_one_is_running_is_refused_as_another(inviter):
    idempotency.reserve(inviter, "k", REQUEST)

    with pytest.raises(IdempotencyKeyReused):
        idempotency.reserve(inviter, "k", {**REQUEST, "message": "Other"})


def test_same_key_of_another_user_is_another_key(inviter, django_user_model):
    jane = django_user_model.objects.create_user("jane")
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), 200, ANSWER)

    assert idempotency.reserve(jane, "k", REQUEST).answer_status is None


def test_request_that_died_before_its_message_frees_the_key(inviter, later):
    died = idempotency.reserve(inviter, "k", REQUEST)
    later(seconds=100)

    again = idempotency.reserve(inviter, "k", {**REQUEST, "message": "Other"})

    assert again.pk == died.pk
    assert (again.answer_status, again.message, again.started_at) == (None, None, timezone.now())
    with pytest.raises(IdempotencyConflict):
        idempotency.reserve(inviter, "k", {**REQUEST, "message": "Other"})


def test_request_that_died_after_naming_its_message_stands_for_it(inviter, later, sent_message):
    died = idempotency.reserve(inviter, "k", REQUEST)
    message = sent_message()
    idempotency.name_message(died, message)

    with pytest.raises(IdempotencyConflict):
        idempotency.reserve(inviter, "k", REQUEST)
    later(seconds=100)
    earlier = idempotency.reserve(inviter, "k", REQUEST)

    assert (earlier.answer_status, earlier.message) == (None, message)


def test_answer_is_kept_for_a_day_and_no_longer(inviter, later):
    idempotency.settle(idempotency.reserve(inviter, "k", REQUEST), 200, ANSWER)

    later(hours=23, minutes=59)
    assert idempotency.reserve(inviter, "k", REQUEST).answer == ANSWER
    later(minutes=2)

    assert idempotency.reserve(inviter, "k", {"message": "Other"}).answer is None


def test_answer_outlives_its_message(inviter, sent_message):
    reservation, message = idempotency.reserve(inviter, "k", REQUEST), sent_message()
    idempotency.name_message(reservation, message)
    idempotency.settle(reservation, 200, ANSWER)
    message.delete()

    assert idempotency.reserve(inviter, "k", REQUEST).answer == ANSWER


@pytest.mark.django_db(transaction=True)
def test_of_many_at_one_instant_one_gets_the_key(inviter):
    def reserve(_number):
        try:
            return idempotency.reserve(inviter, "k", REQUEST).pk
        except IdempotencyConflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(reserve, range(16)))

    assert len([pk for pk in taken if pk]) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_over_one_gets_the_key(inviter):
    reservation = idempotency.reserve(inviter, "k", REQUEST)
    IdempotencyKey.objects.filter(pk=reservation.pk).update(started_at=timezone.now() - timedelta(days=2))

    def reserve(_number):
        try:
            return idempotency.reserve(inviter, "k", REQUEST).pk
        except IdempotencyConflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(reserve, range(16)))

    assert len([pk for pk in taken if pk]) == 1
