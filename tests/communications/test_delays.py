"""Delays in buckets: they add up, and what is read out of them is less than a tenth off."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.delays import bucket_of, quantile

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECONDS = st.floats(1, 30 * 86_400)


def bucket(seconds):
    return bucket_of(START, START + timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "number"), [(-5, 0), (0, 0), (0.99, 0), (1, 1), (1.2, 2), (2, 5), (4, 9)])
def test_bounds_double_every_four_buckets(seconds, number):
    assert bucket(seconds) == number


@given(st.lists(SECONDS, min_size=1, max_size=50), st.sampled_from([0.5, 0.9, 1]))
def test_quantile_is_less_than_a_tenth_off(delays, share):
    exact = sorted(delays)[ceil(share * len(delays)) - 1]

    told = quantile(Counter(map(bucket, delays)), share)

    assert told == pytest.approx(exact, rel=0.1)


def test_nothing_counted_has_no_quantile():
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None
