"""Wrong settings of the API are named at start, with what to do."""

import pytest
from django.core.checks import run_checks


def found():
    return [problem for problem in run_checks() if problem.id.startswith("communications.E1")]


@pytest.mark.parametrize("name", ["MESSAGE_RATE", "SIGN_IN_FAILURE_RATE"])
@pytest.mark.parametrize("rate", ["", "often", "0/min", "-1/min", "10", "10/", "10/fortnight", "10 / min", "١٠/min"])
def test_rate_that_is_none_is_an_error(settings, name, rate):
    setattr(settings, name, rate)

    [problem] = found()

    assert problem.id == "communications.E101"
    assert problem.msg.startswith(name)


@pytest.mark.parametrize("rate", ["1/s", "10/min", "100/hour", "1000/day"])
def test_rate_is_taken(settings, rate):
    settings.MESSAGE_RATE = settings.SIGN_IN_FAILURE_RATE = rate

    assert found() == []


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_proxy_is_an_error(settings, count):
    settings.PROXY_COUNT = count

    [problem] = found()

    assert problem.id == "communications.E102"
