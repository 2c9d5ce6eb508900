"""Wrong settings are named at start, with what to do."""

import pytest
from django.core.checks import run_checks


def found():
    return [problem for problem in run_checks() if problem.id.startswith("invitations.")]


def test_fresh_clone_has_nothing_to_say():
    assert found() == []


@pytest.mark.parametrize("name", ["INVITATION_RATE", "SIGN_IN_FAILURE_RATE"])
@pytest.mark.parametrize("rate", ["", "often", "0/min", "-1/min", "10", "10/", "10/fortnight", "10 / min", "١٠/min"])
def test_rate_that_is_none_is_an_error(settings, name, rate):
    setattr(settings, name, rate)

    [problem] = found()

    assert problem.id == "invitations.E001"
    assert problem.msg.startswith(name)


@pytest.mark.parametrize("rate", ["1/s", "10/min", "100/hour", "1000/day"])
def test_rate_is_taken(settings, rate):
    settings.SIGN_IN_FAILURE_RATE = rate

    assert found() == []


@pytest.mark.parametrize("name", ["INVITATION_DAILY_QUOTA", "INVITATION_COOLDOWN_HOURS"])
def test_number_below_zero_is_an_error(settings, name):
    setattr(settings, name, -1)

    [problem] = found()

    assert problem.id == "invitations.E002"


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_proxy_is_an_error(settings, count):
    settings.PROXY_COUNT = count

    [problem] = found()

    assert problem.id == "invitations.E003"


@pytest.mark.parametrize(
    "url", ["localhost", "localhost:6379", "http://localhost:6379", "redis:/localhost", "redis://"]
)
def test_redis_url_of_another_kind_is_an_error(settings, url):
    settings.REDIS_URL = url

    [problem] = found()

    assert problem.id == "invitations.E004"


@pytest.mark.parametrize("url", ["", "redis://host:6379/0", "rediss://:secret@host", "unix:///run/redis.sock"])
def test_redis_url_is_taken(settings, url):
    settings.REDIS_URL = url

    assert found() == []
