"""The two paces: in this process and in Redis, by the same tests."""

import itertools
import time
from uuid import uuid4

import pytest

from communications import buckets as buckets_module
from communications.buckets import PAIR_BURST, PAIR_SECONDS, SPACING, LocalBuckets
from communications.redis_buckets import RedisBuckets


@pytest.fixture(params=["in this process", pytest.param("in Redis", marks=pytest.mark.redis)])
def buckets(request):
    if request.param == "in Redis":
        return RedisBuckets(request.getfixturevalue("redis_url"))
    return LocalBuckets()


@pytest.fixture
def number():
    """A number that no other test has used."""
    return uuid4().hex


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def slow(clock):
    """Buckets of this process whose time passes when a test says so."""
    return LocalBuckets(clock)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def test_slots_lie_at_equal_distances_a_little_wider_than_the_limit_says(buckets, number):
    grant = buckets.reserve(number, 3, ahead=1, ceiling=10)

    assert grant.granted == 3
    assert grant.wait_seconds == pytest.approx(0, abs=0.001)
    assert grant.interval == pytest.approx(SPACING / 10)
    assert grant.rate == pytest.approx(10)


def test_slots_are_granted_once_and_one_after_another(buckets, number):
    first = buckets.reserve(number, 3, ahead=10, ceiling=1)
    second = buckets.reserve(number, 3, ahead=10, ceiling=1)

    assert second.wait_seconds == pytest.approx(first.wait_seconds + 3 * first.interval, abs=0.5)


def test_first_slot_after_idle_time_lies_ahead_and_the_others_follow_it(buckets, number):
    first = buckets.reserve(number, 3, ahead=10, ceiling=1, lead=0.2)
    second = buckets.reserve(number, 3, ahead=10, ceiling=1, lead=0.2)

    assert first.wait_seconds == pytest.approx(0.2, abs=0.01)
    assert second.wait_seconds == pytest.approx(first.wait_seconds + 3 * first.interval, abs=0.5)


def test_pace_that_goes_on_is_not_put_off_as_after_idle_time(slow, clock, number):
    slow.reserve(number, 1, ahead=1, ceiling=10, lead=0.2)
    clock.now += 0.2

    assert slow.reserve(number, 1, ahead=1, ceiling=10, lead=0.2).wait_seconds == pytest.approx(SPACING / 10)


@pytest.mark.redis
def test_process_that_was_late_moves_the_slots_of_all_and_one_stop_counts_once(redis_url, number):
    one, other = RedisBuckets(redis_url), RedisBuckets(redis_url)
    one.reserve(number, 1, ahead=9, ceiling=1)
    other.reserve(number, 1, ahead=9, ceiling=1)

    moved = one.reserve(number, 1, ahead=9, ceiling=1, late=2)
    again = other.reserve(number, 1, ahead=9, ceiling=1, late=2)

    assert moved.wait_seconds == pytest.approx(2 * moved.interval + 2, abs=0.5)
    assert again.wait_seconds == pytest.approx(moved.wait_seconds + moved.interval, abs=0.5)


@pytest.mark.redis
def test_process_that_sends_alone_moves_nothing_for_being_late(redis_url, number):
    alone = RedisBuckets(redis_url)
    alone.reserve(number, 1, ahead=1, ceiling=1)

    grant = alone.reserve(number, 1, ahead=9, ceiling=1, late=2)

    assert grant.wait_seconds == pytest.approx(grant.interval, abs=0.5)


def test_no_slot_is_granted_further_ahead_than_asked(buckets, number):
    grant = buckets.reserve(number, 1000, ahead=1.5, ceiling=1)
    later = buckets.reserve(number, 1, ahead=1.5, ceiling=1)

    assert grant.granted == 2
    assert (later.granted, later.rate) == (0, 1)
    assert later.interval == grant.interval
    assert 0 < later.wait_seconds <= grant.interval


def test_whoever_waits_for_an_answer_looks_further_ahead_and_goes_before_the_queue(buckets, number):
    buckets.reserve(number, 1000, ahead=0.2, ceiling=10)

    inline = buckets.reserve(number, 1, ahead=5, ceiling=10)
    queue = buckets.reserve(number, 1000, ahead=0.2, ceiling=10)

    assert inline.granted == 1
    assert inline.wait_seconds < 0.4
    assert queue.granted == 0


def test_time_in_which_nobody_sent_is_not_saved_up(slow, clock, number):
    slow.reserve(number, 1, ahead=0, ceiling=10)
    clock.now += 60

    assert slow.reserve(number, 1000, ahead=1, ceiling=10).granted == 10


@pytest.mark.parametrize("limit", [1, 80, 1000])
def test_no_second_ever_holds_more_than_the_limit_and_hardly_less(slow, clock, number, limit):
    begin, slots = clock.now, []
    while clock.now < begin + 30:
        grant = slow.reserve(number, 10_000, ahead=0.25, ceiling=limit)
        slots += [clock.now + grant.wait_seconds + place * grant.interval for place in range(grant.granted)]
        clock.now += 0.1

    assert all(later - earlier > 1.0 for earlier, later in zip(slots, slots[limit:], strict=False))
    assert len([slot for slot in slots if slot < begin + 30]) >= 30 * limit * 0.98


def test_refusal_of_metas_makes_everybody_slower(buckets, number):
    buckets.slow_down(number, ceiling=100)

    assert buckets.reserve(number, 1, ahead=0, ceiling=100).rate == pytest.approx(80, rel=0.02)


def test_many_refusals_at_one_time_count_as_one(buckets, number):
    for _ in range(10):
        buckets.slow_down(number, ceiling=100)

    assert buckets.reserve(number, 1, ahead=0, ceiling=100).rate == pytest.approx(80, rel=0.02)


def test_refusals_that_go_on_slow_down_further_but_never_to_a_standstill(slow, clock, number):
    rates = []
    for _ in range(60):
        slow.slow_down(number, ceiling=100)
        rates.append(slow.reserve(number, 1, ahead=100, ceiling=100).rate)
        clock.now += 1

    assert all(later < earlier for earlier, later in itertools.pairwise(rates[:10]))
    assert min(rates) >= 0.9


def test_quiet_makes_it_faster_again_up_to_the_ceiling(slow, clock, number):
    slow.slow_down(number, ceiling=100)
    rates = []
    for _ in range(10):
        clock.now += 1
        rates.append(slow.reserve(number, 1, ahead=100, ceiling=100).rate)

    assert rates[:2] == pytest.approx([84, 88.2])
    assert rates[-1] == 100


@pytest.mark.redis
def test_speed_comes_back_by_the_clock_of_redis_too(redis_url, number):
    buckets = RedisBuckets(redis_url)
    buckets.slow_down(number, ceiling=100)
    before = buckets.reserve(number, 1, ahead=0, ceiling=100).rate
    time.sleep(0.3)

    after = buckets.reserve(number, 1, ahead=10, ceiling=100).rate

    assert before < after < 100


def test_lower_ceiling_takes_effect_at_once(buckets, number):
    buckets.reserve(number, 1, ahead=0, ceiling=1000)

    assert buckets.reserve(number, 1, ahead=1, ceiling=80).rate == 80


def test_nothing_is_granted_while_meta_asks_to_wait(buckets, number):
    buckets.hold(number, 30)

    queue, inline = (buckets.reserve(number, 1, ahead=ahead, ceiling=80) for ahead in (0.25, 5))

    assert (queue.granted, inline.granted) == (0, 0)
    assert queue.wait_seconds == pytest.approx(29.75, abs=0.1)


def test_hold_never_shortens_another(buckets, number):
    buckets.hold(number, 30)
    buckets.hold(number, 1)

    assert buckets.reserve(number, 1, ahead=0, ceiling=80).wait_seconds > 29


def test_numbers_have_each_their_own_pace(buckets, number):
    buckets.hold(number, 30)

    assert buckets.reserve(number + "0", 1, ahead=0, ceiling=80).granted == 1


def test_one_person_gets_a_burst_and_then_one_message_in_six_seconds(buckets, number):
    waits = buckets.pairs(number, ["+12025550100"] * PAIR_BURST)

    # Meta's 45 from the moment they arrive: the last of them half a second later.
    assert waits[:-1] == [0] * (PAIR_BURST - 1)
    assert waits[-1] == pytest.approx(0.5, abs=0.1)


def test_what_was_refused_to_one_person_is_not_counted(slow, clock, number):
    slow.pairs(number, ["+12025550100"] * 200)
    clock.now += 0.5

    assert slow.pairs(number, ["+12025550100"] * 2) == [0, pytest.approx(PAIR_SECONDS)]


def test_blocked_person_waits_and_the_others_go_on(buckets, number):
    buckets.block_pair(number, "+12025550100", 16)

    waits = buckets.pairs(number, ["+12025550100", "+12025550101"])

    assert waits == [pytest.approx(16, abs=0.1), 0]


def test_longer_block_stays(buckets, number):
    buckets.block_pair(number, "+12025550100", 64)
    buckets.block_pair(number, "+12025550100", 4)

    assert buckets.pairs(number, ["+12025550100"]) == [pytest.approx(64, abs=0.1)]


def test_people_are_forgotten_once_they_may_be_written_to_as_if_nothing_had_been(slow, clock, number):
    slow.pairs(number, [f"+1202555{n:04}" for n in range(1000)])
    clock.now += PAIR_SECONDS + 0.1
    slow.pairs(number, ["+12025550100"])

    assert len(slow._pairs) == 1


def test_person_who_was_written_to_again_keeps_nobody_else_from_being_forgotten(slow, clock, number):
    slow.pairs(number, ["+12025550100"])
    clock.now += 1
    slow.pairs(number, ["+12025550101", "+12025550100"])
    clock.now += PAIR_SECONDS + 0.1
    slow.pairs(number, ["+12025550102"])

    assert [person for _number, person in slow._pairs] == ["+12025550100", "+12025550102"]


@pytest.mark.redis
def test_redis_forgets_people_and_paces_by_itself(redis_url, number):
    buckets = RedisBuckets(redis_url)
    buckets.reserve(number, 1, ahead=0, ceiling=80)
    buckets.pairs(number, ["+12025550100"])

    left = {key: buckets._redis.pttl(key) for key in buckets._redis.keys(f"*{number}*")}

    assert len(left) == 2
    assert all(0 < milliseconds <= 3_600_000 for milliseconds in left.values())
    assert min(left.values()) <= PAIR_SECONDS * 1000


@pytest.mark.redis
def test_processes_share_the_slots_of_redis(redis_url, number):
    ours, theirs = RedisBuckets(redis_url), RedisBuckets(redis_url)

    granted = [each.reserve(number, 1000, ahead=1, ceiling=50).granted for each in (ours, theirs)]

    assert sum(granted) <= 51


@pytest.mark.redis
def test_redis_that_was_flushed_is_filled_anew(redis_url, number):
    buckets = RedisBuckets(redis_url)
    buckets.slow_down(number, ceiling=100)
    buckets._redis.flushall()
    buckets._redis.script_flush()

    grant = buckets.reserve(number, 1, ahead=0, ceiling=100)

    assert (grant.granted, grant.rate) == (1, 100)


def test_both_kinds_have_the_same_doors():
    doors = [name for name in vars(buckets_module.Buckets) if not name.startswith("_")]

    assert all(callable(getattr(kind, name)) for kind in (LocalBuckets, RedisBuckets) for name in doors)
