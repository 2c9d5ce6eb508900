"""When the next message may begin, from when those before it were written."""

import pytest

from communications.running_second import FULL_SECOND, RunningSecond


def second(most, written=()):
    counted = RunningSecond()
    counted.most = most
    for moment in written:
        counted.begin()
        counted.write(moment)
    return counted


@pytest.mark.parametrize(
    ("written", "wait"),
    [
        ([], 0),
        ([9.0, 9.5], 0),
        ([9.5, 9.6, 9.7], 9.5 + FULL_SECOND - 10),
        ([9.2, 9.5, 9.6, 9.7], 9.5 + FULL_SECOND - 10),
    ],
)
def test_as_many_as_are_allowed_and_then_a_second_after_the_first_of_them(written, wait):
    assert second(3, written).wait(10.0) == pytest.approx(wait)


def test_who_waits_for_a_connection_counts_as_if_it_were_written():
    counted = second(3, [9.5, 9.6])
    counted.begin()

    assert counted.wait(10.0) == pytest.approx(9.5 + FULL_SECOND - 10)


def test_while_as_many_connect_as_are_allowed_nobody_begins():
    counted = second(2)
    counted.begin()
    counted.begin()

    assert counted.wait(10.0) > 0
    counted.write(10.0)
    counted.write(10.0)
    assert counted.wait(10.0) == pytest.approx(FULL_SECOND)


@pytest.mark.parametrize(("most", "wait"), [(2, 9.6 + FULL_SECOND - 10), (9, 0)])
def test_limit_that_changes_knows_what_was_written_before(most, wait):
    counted = second(3, [9.5, 9.6, 9.7])

    counted.most = most

    assert counted.wait(10.0) == pytest.approx(wait)
