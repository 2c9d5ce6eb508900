"""Throughput and pair limit: at the limit, and one above."""

import pytest

from sandbox import Sandbox
from sandbox.graph_errors import GraphError
from sandbox.rate_limits import PAIR_BURST, PairLimit, Throughput
from tests.sandbox.client import error_of, post, text_to

PHONE = "+13855007716"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_message_above_the_throughput_is_refused_with_130429(sandbox: Sandbox) -> None:
    sandbox.configure(messages_per_second=2)

    responses = [post(sandbox.url, text_to(f"+1385500770{i}")) for i in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 400]
    assert error_of(responses[2])["code"] == 130429
    assert len(sandbox.messages()) == 2


def test_throughput_counts_the_running_second() -> None:
    throughput = Throughput()
    throughput.admit(2, at=0)
    throughput.admit(2, at=0.6)

    with pytest.raises(GraphError):
        throughput.admit(2, at=0.9)
    throughput.admit(2, at=1)
    with pytest.raises(GraphError):
        throughput.admit(2, at=1.5)


def test_throughput_of_zero_is_unlimited(sandbox: Sandbox) -> None:
    sandbox.configure(messages_per_second=0)

    responses = [post(sandbox.url, text_to(f"+138550077{i:02d}")) for i in range(90)]

    assert {response.status_code for response in responses} == {200}


def test_burst_to_one_person_passes_up_to_45_and_others_go_on(sandbox: Sandbox) -> None:
    sandbox.configure(messages_per_second=0)

    responses = [post(sandbox.url, text_to(PHONE)) for _ in range(46)]
    other = post(sandbox.url, text_to("+13855007717"))

    assert [response.status_code for response in responses] == [200] * 45 + [400]
    assert error_of(responses[45])["code"] == 131056
    assert other.status_code == 200


def test_burst_is_blocked_until_it_is_repaid() -> None:
    clock = Clock()
    pair = PairLimit(clock)
    for _ in range(PAIR_BURST):
        pair.admit(PHONE, pair_seconds=6)
    with pytest.raises(GraphError):
        pair.admit(PHONE, pair_seconds=6)

    clock.now += PAIR_BURST * 6 - 1
    with pytest.raises(GraphError):
        pair.admit(PHONE, pair_seconds=6)
    clock.now += 1
    pair.admit(PHONE, pair_seconds=6)


def test_one_message_in_six_seconds_is_never_refused() -> None:
    clock = Clock()
    pair = PairLimit(clock)

    for _ in range(200):
        pair.admit(PHONE, pair_seconds=6)
        clock.now += 6


def test_pair_limit_forgets_people_whose_time_is_repaid() -> None:
    clock = Clock()
    pair = PairLimit(clock)

    for number in range(1000):
        pair.admit(f"+1385500{number:04d}", pair_seconds=6)
        clock.now += 1

    assert len(pair.repaid_at) <= 7


def test_pair_limit_can_be_switched_off(sandbox: Sandbox) -> None:
    sandbox.configure(messages_per_second=0, pair_seconds=0)

    responses = [post(sandbox.url, text_to(PHONE)) for _ in range(50)]

    assert {response.status_code for response in responses} == {200}
