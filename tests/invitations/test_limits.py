"""How much one user may send: requests a minute, invitations a day, and the same person again."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from invitations.models import Invitation, InvitationMessage

pytestmark = pytest.mark.django_db


def test_requests_above_the_rate_are_429_with_retry_after(invite, sandbox, settings):
    settings.INVITATION_RATE = "2/min"

    answers = [invite("nonsense") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[2].json()["code"] == "too_many_requests"
    assert answers[2].json()["retryable"] is True
    assert 0 < int(answers[2]["Retry-After"]) <= 60


def test_rate_is_counted_per_user(invite, client, django_user_model, sandbox, settings):
    settings.INVITATION_RATE = "1/min"
    assert invite().status_code == 200
    assert invite().status_code == 429
    client.force_login(django_user_model.objects.create_user("jane"))

    answer = client.post("/api/invitations/whatsapp/", {}, content_type="application/json")

    assert answer.status_code == 400


def test_quota_reached_is_429_and_says_when_it_goes_on(invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 2
    answers = [invite(f"+120255502{n:02}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "quota_reached"
    assert 86_000 < int(answers[2]["Retry-After"]) <= 86_400
    assert len(sandbox.messages()) == 2


def test_quota_comes_back_when_a_day_has_passed(invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 1
    invite("+12025550200")
    InvitationMessage.objects.update(sent_at=timezone.now() - timedelta(hours=24, seconds=1))

    assert invite("+12025550201").status_code == 200


def test_quota_of_one_more_in_an_hour_says_so(invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 1
    invite("+12025550200")
    InvitationMessage.objects.update(sent_at=timezone.now() - timedelta(hours=23))

    assert 3_500 < int(invite("+12025550201")["Retry-After"]) <= 3_600


def test_failed_send_does_not_count_towards_the_quota(invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 1
    assert invite("+12025550130").status_code == 502

    assert invite("+12025550100").status_code == 200


def test_quota_of_nothing_refuses_everything(invite, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 0

    assert invite().status_code == 429


def test_cool_down_ends_after_its_hours(invite, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 2
    invite()
    assert 7_100 < int(invite()["Retry-After"]) <= 7_200
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=2))

    assert invite().status_code == 200


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+55 11 98765-4321", "+55 11 8765-4321"),
        ("+52 55 1234 5678", "+52 1 55 1234 5678"),
        ("+54 9 11 5555 5555", "+54 11 5555 5555"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
def test_one_person_under_two_spellings_is_invited_once(invite, sandbox, one, other):
    assert (invite(one).status_code, invite(other).status_code) == (200, 409)


def test_redis_that_is_gone_does_not_stop_invitations(invite, sandbox, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }

    assert invite().status_code == 200


@pytest.mark.redis
def test_rate_is_shared_through_redis(invite, sandbox, settings, redis_url):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}
    settings.INVITATION_RATE = "2/min"
    invite("+12025550200")
    # Another process has its own client of the same Redis.
    cache.close()

    answers = [invite("+12025550201"), invite("+12025550202")]

    assert [answer.status_code for answer in answers] == [200, 429]
