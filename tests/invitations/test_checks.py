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
    ("name", "value"),
    [("INVITATION_VALID_DAYS", 0), ("INVITATION_REMINDER_HOURS", -1), ("INVITATION_LIST_RETENTION_DAYS", 30)],
)
def test_time_that_is_none_is_an_error(settings, name, value):
    setattr(settings, name, value)

    [problem] = found()

    assert (problem.id, name in problem.msg) == ("invitations.E006", True)


@pytest.mark.parametrize("url", ["app.example.com", "/sign-up", "ftp://a.example", "https://", "https://a.example/#x"])
def test_sign_up_that_nobody_could_be_led_to_is_an_error(settings, url):
    settings.INVITATION_SIGN_UP_URL = url

    [problem] = found()

    assert problem.id == "invitations.E007"


@pytest.mark.parametrize(
    "url", ["", "https://a.example", "https://a.example/sign-up?plan=free", "http://localhost:3000/"]
)
def test_sign_up_is_taken(settings, url):
    settings.INVITATION_SIGN_UP_URL = url

    assert found() == []
