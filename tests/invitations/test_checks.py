"""Wrong settings are named at start, with what to do."""

import pytest
from django.core.checks import run_checks


def found():
    return [problem for problem in run_checks() if problem.id.startswith("invitations.")]


def test_fresh_clone_has_nothing_to_say():
    assert found() == []


def test_rate_that_is_none_is_an_error(settings):
    settings.INVITATION_RATE = "often"

    [problem] = found()

    assert problem.id == "invitations.E001"
    assert problem.msg.startswith("INVITATION_RATE")


@pytest.mark.parametrize("name", ["INVITATION_DAILY_QUOTA", "INVITATION_COOLDOWN_HOURS"])
def test_number_below_zero_is_an_error(settings, name):
    setattr(settings, name, -1)

    [problem] = found()

    assert problem.id == "invitations.E002"


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
