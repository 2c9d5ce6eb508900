"""How far a list has come, and when it will be done."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import RedisError

from communications.models import Channel, Message, Status
from invitations.batches import control, queueing, tallies
from invitations.batches.answers import percent
from invitations.batches.forecasts import forecast
from invitations.batches.progress import in_words, progress_of
from invitations.batches.tallies import NOTHING_SENT, Tally, sampled, statuses_of, tally_of
from invitations.models import InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "676188225586230"


def reread(batch):
    return InvitationBatch.objects.select_related("campaign").get(pk=batch.pk)


@pytest.fixture
def queued(judged, sandbox):
    """A started list, so many of whose messages are in the queue."""

    def start(count):
        batch = control.start(judged(numbers(count)))
        queueing.queue_due()
        return reread(batch)

    return start


@pytest.fixture
def narrow_queue(monkeypatch):
    """So many messages of a list fit into the queue."""

    def narrow(room):
        monkeypatch.setattr(queueing, "PORTION", room)
        monkeypatch.setattr(queueing, "LEAST_ROOM", room)
        monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)

    return narrow


def move(count, status):
    keys = Message.objects.filter(status=Status.QUEUED).order_by("pk").values_list("pk", flat=True)[:count]
    Message.objects.filter(pk__in=list(keys)).update(status=status)


def counts_in(queries):
    return [query for query in queries if "COUNT" in query["sql"]]


def test_counts_are_those_of_the_messages_and_of_who_still_waits(queued, narrow_queue):
    narrow_queue(4)
    batch = queued(10)
    move(1, Status.DELIVERED)
    move(1, Status.FAILED)

    tally = tally_of(batch)

    assert statuses_of(batch, tally) == {"waiting": 6, "queued": 2, "delivered": 1, "failed": 1}
    assert tally.left == 2


def test_list_that_was_not_started_has_sent_nothing(judged):
    batch = judged(numbers(2))

    assert (tally_of(batch), statuses_of(batch, NOTHING_SENT)) == (NOTHING_SENT, {})


def test_many_viewers_cost_one_count_a_second(queued):
    batch = queued(3)

    with CaptureQueriesContext(connection) as queries:
        for _viewer in range(20):
            tally_of(reread(batch))

    assert len(counts_in(queries)) == 1


def test_count_that_is_a_second_old_is_made_anew(queued, monkeypatch):
    batch = queued(3)
    monkeypatch.setattr(tallies, "FRESH_SECONDS", 0)
    tally_of(batch)
    move(2, Status.SENT)

    assert tally_of(batch).statuses == {"queued": 1, "sent": 2}


def test_without_redis_each_look_counts(queued, monkeypatch):
    def no_answer(*args, **kwargs):
        raise RedisError

    monkeypatch.setattr(cache, "get", no_answer)
    monkeypatch.setattr(cache, "set", no_answer)

    assert tally_of(queued(3)).statuses == {"queued": 3}


def test_cancelled_people_are_told_apart_from_failed_ones(queued, narrow_queue):
    narrow_queue(3)
    batch = queued(5)
    move(1, Status.FAILED)
    batch = reread(control.cancel(batch))

    tally = tally_of(batch)

    assert statuses_of(batch, tally) == {"failed": 1, "cancelled": 4}
    assert forecast(batch, tally).rest == 0


def test_pace_is_that_of_the_last_minute(queued):
    batch, now = queued(100), time.time()
    cache.set(f"list-tally-{batch.pk}", Tally({}, ((now - 90, 0), (now - 50, 10), (now - 10, 50))))
    move(60, Status.ACCEPTED)

    tally = tally_of(batch)

    assert [left for _at, left in tally.samples] == [10, 50, 60]
    assert tally.pace == pytest.approx(1, rel=0.1)


def test_samples_from_before_a_gap_say_nothing_of_the_pace():
    assert Tally({}, sampled([(100.0, 0)], 130.0, 50)).pace is None


def test_about_a_dozen_samples_are_kept_however_often_it_is_counted():
    samples = ()
    for second in range(300):
        samples = sampled(samples, second, 2 * second)

    assert len(samples) <= 14
    assert samples[-1][0] - samples[0][0] == pytest.approx(60, abs=6)
    assert Tally({}, samples).pace == 2


def test_finish_time_before_the_start_is_from_the_pace_that_is_set(judged, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 2

    expected = forecast(judged(numbers(10)), NOTHING_SENT)

    assert (expected.rest, expected.pace, expected.is_measured, expected.seconds) == (10, 2.0, False, 5.0)


def test_finish_time_is_from_the_pace_that_was_measured(queued):
    tally = Tally({"queued": 80, "sent": 20}, ((100.0, 0), (110.0, 20)))

    expected = forecast(queued(100), tally)

    assert (expected.pace, expected.is_measured, expected.seconds) == (2.0, True, 40.0)


def test_nobody_says_when_while_nothing_leaves(queued):
    expected = forecast(queued(10), Tally({"queued": 10}, ((100.0, 0), (130.0, 0))))

    assert (expected.seconds, expected.ends_at) == (None, None)


def test_limit_of_the_day_makes_it_take_days(judged):
    Channel.objects.create(pk=NUMBER, messaging_limit="TIER_250")

    expected = forecast(judged(numbers(1000)), NOTHING_SENT)

    assert (expected.limit.a_day, expected.limit.left) == (250, 250)
    assert expected.is_bound_by_the_day
    assert 3 * 86400 <= expected.seconds < 3 * 86400 + 60


def test_used_up_limit_says_when_it_goes_on(queued):
    batch = queued(300)
    Channel.objects.create(pk=NUMBER, messaging_limit="TIER_250")
    began = timezone.now() - timedelta(hours=10)
    move(250, Status.SENT)
    Message.objects.filter(status=Status.SENT).update(opens_conversation=True, sending_since=began)

    expected = forecast(batch, tally_of(batch))

    assert expected.limit.left == 0
    assert expected.limit.goes_on_at == began + timedelta(hours=24)
    progress = progress_of(batch, batch.inviter)
    assert "limit of people is used up" in progress.explanation
    assert progress.poll_seconds == 30


def test_time_of_the_end_is_kept(queued):
    batch = queued(2)
    work_off()

    batch = reread(batch)

    assert batch.finished_at
    assert progress_of(batch, batch.inviter).percent == 100


@pytest.mark.parametrize(
    ("part", "whole", "told"), [(99_999, 100_000, 99.9), (100_000, 100_000, 100), (0, 3, 0), (1, 3, 33.3), (0, 0, 100)]
)
def test_never_a_hundred_percent_before_all_of_it_is_done(part, whole, told):
    assert percent(part, whole) == told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "less than a minute"),
        (61, "about 1 minute"),
        (3000, "about 50 minutes"),
        (3590, "about 1 hour"),
        (100_000, "about 28 hours"),
        (40 * 86400, "about 40 days"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds, words):
    assert in_words(seconds) == words


def test_when_a_list_ended_is_known_though_nobody_looks(judged, sandbox, api):
    batch = control.start(judged(numbers(2)))
    before = timezone.now()
    work_off()
    noticed = timezone.now()

    [told] = api.get("/api/invitations/batches/").json()["results"]

    assert told["state"] == "finished"
    assert before <= InvitationBatch.objects.get(pk=batch.pk).finished_at <= noticed
    assert told["finishedAt"]


def test_when_a_list_was_cancelled_is_known_at_once(judged, sandbox):
    batch = control.cancel(control.start(judged(numbers(2))))

    assert InvitationBatch.objects.get(pk=batch.pk).finished_at
