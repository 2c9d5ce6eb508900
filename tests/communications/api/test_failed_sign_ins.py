"""Failed sign-ins are limited by address; those that succeed never are."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

pytestmark = pytest.mark.django_db

API = "/api/invitations/"
LOGIN = "/accounts/login/"
ADMIN_LOGIN = "/admin/login/"
ALLOWED = 10
# In the middle of a minute, so that no test runs over the edge of one.
NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that a test can put forward."""
    now = [NOON]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    return now


@pytest.fixture
def sign_in(client, inviter):
    def post(password="wrong", *, path=LOGIN, **extra):
        return client.post(path, {"username": "john", "password": password}, **extra)

    return post


@pytest.fixture
def call(client):
    def get(token="f" * 64, **extra):
        return client.get(API, headers={"Authorization": f"Bearer {token}"}, **extra)

    return get


def test_ten_wrong_passwords_are_answered_and_the_next_is_429(sign_in):
    statuses = [sign_in().status_code for _ in range(ALLOWED)]

    refused = sign_in()

    assert statuses == [200] * ALLOWED
    assert refused.status_code == 429
    assert refused["Retry-After"] == "30"
    assert "Too many failed sign-ins from your address. Wait 30 seconds and try again." in refused.content.decode()


def test_right_password_is_not_looked_at_while_the_address_waits(sign_in, client):
    for _ in range(ALLOWED):
        sign_in()

    answer = sign_in("correct horse")

    assert answer.status_code == 429
    assert "_auth_user_id" not in client.session


def test_right_password_gets_in_when_the_minute_is_over(sign_in, clock):
    for _ in range(ALLOWED):
        sign_in()
    clock[0] += timedelta(seconds=30)

    assert sign_in("correct horse").status_code == 302


def test_admin_sign_in_counts_too(sign_in):
    for _ in range(ALLOWED):
        sign_in(path=ADMIN_LOGIN)

    refused = sign_in(path=ADMIN_LOGIN)

    assert refused.status_code == 429
    assert "Too many failed sign-ins" in refused.content.decode()
    assert sign_in().status_code == 429


def test_admin_still_lets_staff_in(sign_in, inviter):
    inviter.is_staff = True
    inviter.save()

    assert sign_in("correct horse", path=f"{ADMIN_LOGIN}?next=/admin/").status_code == 302


def test_form_without_a_password_is_no_failure(sign_in):
    statuses = {sign_in("").status_code for _ in range(ALLOWED + 5)}

    assert statuses == {200}


def test_ten_wrong_tokens_are_401_and_the_next_is_429_in_the_shape_of_the_api(call):
    statuses = [call().status_code for _ in range(ALLOWED)]

    refused = call()

    assert statuses == [401] * ALLOWED
    assert refused.status_code == 429
    assert refused["Retry-After"] == "30"
    assert refused.json()["success"] is False
    assert refused.json()["retryable"] is True


@pytest.mark.parametrize("token", ["", "wrong", "a b"])
def test_text_that_is_no_token_counts(call, token):
    statuses = [call(token).status_code for _ in range(ALLOWED + 1)]

    assert statuses == [401] * ALLOWED + [429]


def test_good_token_gets_in_from_an_address_that_waits(call, token):
    for _ in range(ALLOWED + 1):
        call()

    assert call(token).status_code == 200


def test_cookie_gets_in_from_an_address_that_waits(call, client, inviter):
    for _ in range(ALLOWED + 1):
        call()
    client.force_login(inviter)

    assert client.get(API).status_code == 200


def test_sign_ins_that_succeed_are_never_limited(sign_in, call, client, token):
    passwords, tokens = [], []
    for _ in range(3 * ALLOWED):
        client.logout()
        passwords.append(sign_in("correct horse").status_code)
        tokens.append(call(token).status_code)

    assert set(passwords) == {302}
    assert set(tokens) == {200}


def test_call_without_any_sign_in_is_no_failure(client):
    statuses = {client.get(API).status_code for _ in range(ALLOWED + 5)}

    assert statuses == {401}


def test_sign_in_that_succeeds_does_not_wipe_the_count(call, token):
    for _ in range(ALLOWED):
        call()
        call(token)

    assert call().status_code == 429


def test_each_address_counts_for_itself(call):
    for _ in range(ALLOWED + 1):
        call(REMOTE_ADDR="192.0.2.1")

    assert call(REMOTE_ADDR="192.0.2.2").status_code == 401


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", 429),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", 401),
        ("192.0.2.1", "::ffff:192.0.2.1", 429),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", 401),
    ],
)
def test_ipv6_address_stands_for_its_network(call, one, other, status):
    for _ in range(ALLOWED):
        call(REMOTE_ADDR=one)

    assert call(REMOTE_ADDR=other).status_code == status


def test_forwarded_address_is_not_believed_without_a_proxy(call):
    statuses = [call(HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code for n in range(ALLOWED + 1)]

    assert statuses[-1] == 429


@pytest.mark.parametrize(("proxies", "added"), [(1, ""), (2, ", 198.51.100.7")])
def test_behind_proxies_the_entry_of_the_first_of_them_counts(call, settings, proxies, added):
    settings.BEHIND_TLS_PROXY = True
    settings.PROXY_COUNT = proxies
    for n in range(ALLOWED):
        call(HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 192.0.2.1{added}")

    same = call(HTTP_X_FORWARDED_FOR=f"192.0.2.1{added}")
    other = call(HTTP_X_FORWARDED_FOR=f"192.0.2.1, 192.0.2.2{added}")

    assert (same.status_code, other.status_code) == (429, 401)


@pytest.mark.parametrize("forwarded", ["", "nonsense", "192.0.2.1:443x", ",", "é"])
def test_behind_a_proxy_that_names_no_address_its_own_counts(call, settings, forwarded):
    settings.BEHIND_TLS_PROXY = True
    for _ in range(ALLOWED):
        call(HTTP_X_FORWARDED_FOR=forwarded)

    assert call().status_code == 429


def test_rate_comes_from_the_settings(call, settings):
    settings.SIGN_IN_FAILURE_RATE = "2/hour"

    assert [call().status_code for _ in range(3)] == [401, 401, 429]


def test_without_redis_nobody_is_limited_and_each_failure_is_one_line(call, settings, caplog):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9"}
    }

    statuses = {call().status_code for _ in range(ALLOWED + 1)}

    assert statuses == {401}
    said = [record.getMessage() for record in caplog.records if record.name == "communications.api.failed_sign_ins"]
    assert said == ["Redis did not answer: failed sign-ins are not limited"] * (ALLOWED + 1)


@pytest.mark.redis
def test_redis_counts_for_all_processes(call, settings, redis_url):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}
    try:
        statuses = [call().status_code for _ in range(ALLOWED + 1)]
    finally:
        cache.clear()
        cache.close()

    assert statuses == [401] * ALLOWED + [429]
