"""The simulation that `docs/scaling.md` takes figures from: small days whose end can be told by hand."""

import math

import pytest

from benchmarks.simulations.hundred_numbers import List, Scenario, delays, lists_of, run

SMALL = Scenario(messages_a_year=26_000_000, numbers=20, fast_numbers=2)


def test_number_sends_a_list_at_its_limit():
    slow, fast = List(number=99, size=8000, started=0), List(number=0, size=8000, started=0)

    day = run([slow, fast], Scenario(), machines=math.inf)

    assert (slow.ended, fast.ended) == (100, 8)
    assert sum(day.sent) == pytest.approx(16_000)


def test_lists_of_one_number_share_its_limit():
    long, short = List(number=99, size=4000, started=0), List(number=99, size=400, started=0)

    run([long, short], Scenario(), machines=math.inf)

    assert (short.ended, long.ended) == (10, 55)


def test_too_few_machines_are_shared_by_all_numbers():
    lists = [List(number=number, size=800, started=0) for number in (10, 11, 12, 13)]

    day = run(lists, Scenario(machine=160), machines=1)

    assert [each.ended for each in lists] == [20, 20, 20, 20]
    assert max(day.demand) == 320
    assert max(day.sent) == 160


def test_day_has_its_share_of_the_year_and_falls_alike_with_the_same_seed():
    lists = lists_of(SMALL)

    assert 100_000 <= sum(each.size for each in lists) < 200_000
    assert [(each.number, each.size, each.started) for each in lists] == [
        (each.number, each.size, each.started) for each in lists_of(SMALL)
    ]
    assert all(8 * 3600 <= each.started < 18 * 3600 for each in lists)


def test_everything_is_sent_and_more_machines_make_nobody_wait_longer():
    day = run(lists_of(SMALL), SMALL, machines=0.2)

    few, many = delays(SMALL, machines=0.2), delays(SMALL, machines=2)
    assert sum(day.sent) == pytest.approx(sum(each.size for each in day.lists))
    assert few[-1] >= many[-1] >= 0
