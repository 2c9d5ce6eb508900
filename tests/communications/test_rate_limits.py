"""How fast this number may send: the setting, Meta's word, and what happens without Redis."""

import time

import pytest

from communications import capacity, rate_limits
from communications.buckets import SPACING, LocalBuckets
from communications.models import Channel
from communications.rate_limits import SHARE_WITHOUT_REDIS, take, take_one
from communications.redis_buckets import RedisBuckets
from tests.wire import closed_port

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"


def rate():
    return take(NUMBER, 1).rate


def test_setting_is_the_limit(settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 300

    assert rate() == 300


@pytest.mark.parametrize(
    ("throughput", "setting", "allowed"),
    [("", 1000, 1000), ("STANDARD", 1000, 80), ("HIGH", 1000, 1000), ("HIGH", 5000, 1000), ("HIGH", 80, 80),
     ("STANDARD", 20, 20), ("NOT_APPLICABLE", 20, 20)],
)  # fmt: skip
def test_less_is_sent_while_meta_says_so_and_never_more_than_the_setting(settings, throughput, setting, allowed):
    Channel.objects.create(pk=NUMBER, throughput=throughput)
    settings.WHATSAPP_MESSAGES_PER_SECOND = setting

    assert rate() == allowed


def test_word_of_metas_is_heard_within_seconds(settings, monkeypatch):
    monkeypatch.setattr(capacity, "KEPT_SECONDS", 0)
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    assert rate() == 1000

    Channel.objects.create(pk=NUMBER, throughput="STANDARD")

    assert rate() == 80


def test_single_message_does_not_wait_while_there_is_room():
    assert take_one(NUMBER, within=5) == 0


def test_single_message_waits_behind_the_slots_that_are_taken_and_no_longer(settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1
    take(NUMBER, 1000)

    wait = take_one(NUMBER, within=5)

    assert 0 < wait < 1.2


def test_single_message_that_would_wait_too_long_gets_no_slot():
    rate_limits.hold(NUMBER, 60)

    assert take_one(NUMBER, within=5) is None


@pytest.mark.redis
def test_pace_is_shared_through_redis(settings, redis_url):
    settings.REDIS_URL = redis_url
    rate_limits.hold(NUMBER, 2)
    rate_limits.forget()

    try:
        assert take(NUMBER, 1).granted == 0
    finally:
        rate_limits._shared(redis_url)._redis.flushall()


@pytest.mark.redis
def test_process_that_slept_for_long_does_not_hold_up_the_others_as_long(settings, redis_url):
    settings.REDIS_URL = redis_url
    another = RedisBuckets(redis_url)
    another.reserve(NUMBER, 1, ahead=1, ceiling=80)

    take(NUMBER, 1, late=30)

    wait = take_one(NUMBER, within=5)
    assert wait is not None
    assert wait < 1


def test_sending_goes_on_slower_without_redis_and_says_so_once(settings, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"

    grants = [take(NUMBER, 1) for _ in range(3)]

    assert grants[0].granted == 1
    assert {grant.rate for grant in grants} == {80 * SHARE_WITHOUT_REDIS}
    assert [record.message for record in caplog.records if "Redis" in record.message] == [
        "Redis did not answer (ConnectionError): sending slower, at a pace of our own"
    ]


@pytest.mark.redis
def test_redis_that_is_back_is_used_again(settings, redis_url, monkeypatch):
    monkeypatch.setattr(rate_limits, "_TRY_REDIS_AGAIN", 0)
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"
    take(NUMBER, 1)

    settings.REDIS_URL = redis_url

    assert rate() == 80


def test_redis_that_is_silent_is_asked_only_now_and_then(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"
    take(NUMBER, 1)
    monotonic = time.monotonic()

    assert rate_limits._state.silent_until > monotonic


def test_looking_at_the_pace_takes_nothing_of_it(settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 50
    assert [rate_limits.allowed(NUMBER) for _ in range(3)] == [50, 50, 50]

    rate_limits.slow_down(NUMBER)

    assert rate_limits.allowed(NUMBER) == pytest.approx(40, rel=0.05)
    assert take_one(NUMBER, within=0) == 0


def test_first_slot_of_the_queue_leaves_time_to_fetch_its_message():
    assert take(NUMBER, 1).wait_seconds == pytest.approx(rate_limits.LEAD)


def test_refusal_slows_down_from_what_meta_allows_and_from_our_share_of_it(settings):
    Channel.objects.create(pk=NUMBER, throughput="STANDARD")
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    assert rate_limits.allowed(NUMBER) == 80
    rate_limits.slow_down(NUMBER)
    assert rate_limits.allowed(NUMBER) == pytest.approx(64, rel=0.05)

    rate_limits.forget()
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"
    assert rate_limits.allowed(NUMBER) == 80 * SHARE_WITHOUT_REDIS
    rate_limits.slow_down(NUMBER)

    assert rate_limits.allowed(NUMBER) == pytest.approx(64 * SHARE_WITHOUT_REDIS, rel=0.05)


@pytest.mark.parametrize("share", [1, SHARE_WITHOUT_REDIS], ids=["on its own", "while Redis is silent"])
def test_single_messages_keep_the_pace_that_meta_allows(settings, monkeypatch, share):
    Channel.objects.create(pk=NUMBER, throughput="STANDARD")
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0" if share < 1 else ""
    monkeypatch.setattr(rate_limits._state, "local", LocalBuckets(lambda: 1000.0))

    waits = [take_one(NUMBER, within=5) for _ in range(3)]

    assert waits == pytest.approx([0, SPACING / (80 * share), 2 * SPACING / (80 * share)])


def test_blocked_person_waits_and_nobody_else():
    rate_limits.block_pair(NUMBER, "+12025550100", 60)

    blocked, free = rate_limits.pairs(NUMBER, ["+12025550100", "+12025550101"])

    assert 50 < blocked <= 60
    assert free == 0
    assert rate_limits.pairs("another number", ["+12025550100"]) == [0]
    assert rate_limits.pairs(NUMBER, []) == []


@pytest.mark.redis
def test_lateness_of_this_process_puts_off_everybody(settings, redis_url, monkeypatch):
    monkeypatch.setattr(rate_limits, "AHEAD", 9.0)
    settings.REDIS_URL, settings.WHATSAPP_MESSAGES_PER_SECOND = redis_url, 1
    RedisBuckets(redis_url).reserve("a late one", 1, ahead=9, ceiling=1)

    assert take("a late one", 1, late=5).wait_seconds > 5


def test_silence_of_redis_is_told_once_it_was_noticed_and_nothing_where_there_is_none(settings):
    assert rate_limits.redis_answers() is None

    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port()}/0"
    assert rate_limits.redis_answers() is True

    take("any", 1)
    assert rate_limits.redis_answers() is False


@pytest.mark.redis
def test_answer_of_redis_is_told(settings, redis_url):
    settings.REDIS_URL = redis_url

    take("any", 1)

    assert rate_limits.redis_answers() is True
