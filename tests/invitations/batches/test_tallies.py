"""How far a list has come, and when it will be done."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications import due_work
from communications.models import Channel, Message, Status
from invitations.batches import control, queueing, tallies
from invitations.batches.answers import percent
from invitations.batches.forecasts import forecast
from invitations.batches.progress import in_words, progress_of
from invitations.models import InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "676188225586230"


def reread(batch, *, age=timedelta(seconds=5)):
    """The list, last counted so long ago."""
    InvitationBatch.objects.filter(pk=batch.pk, tallied_at__isnull=False).update(tallied_at=timezone.now() - age)
    return InvitationBatch.objects.select_related("campaign").get(pk=batch.pk)


@pytest.fixture
def queued(judged, sandbox):
    """A started list, so many of whose messages are in the queue."""

    def start(count):
        batch = control.start(judged(numbers(count)))
        queueing.queue_due()
        return reread(batch)

    return start


def move(count, status):
    keys = Message.objects.filter(status=Status.QUEUED).order_by("pk").values_list("pk", flat=True)[:count]
    Message.objects.filter(pk__in=list(keys)).update(status=status)


def test_counts_are_those_of_the_messages_and_of_who_still_waits(judged, sandbox, monkeypatch):
    monkeypatch.setattr(queueing, "PORTION", 4)
    monkeypatch.setattr(queueing, "LEAST_ROOM", 4)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    batch = control.start(judged(numbers(10)))
    queueing.queue_due()
    move(1, Status.DELIVERED)
    move(1, Status.FAILED)

    tallies.refresh(batch)

    assert tallies.statuses_of(batch) == {"waiting": 6, "queued": 2, "delivered": 1, "failed": 1}
    assert tallies.left(batch) == 2


def test_many_viewers_cost_one_count_a_second(queued):
    batch = queued(3)
    tallies.refresh(batch)

    with CaptureQueriesContext(connection) as queries:
        for _viewer in range(20):
            tallies.refresh(InvitationBatch.objects.select_related("campaign").get(pk=batch.pk))

    assert [query for query in queries if "COUNT" in query["sql"]] == []


def test_count_that_is_a_second_old_is_made_anew_by_one_of_two(queued):
    first = reread(queued(3))
    move(2, Status.SENT)
    second = InvitationBatch.objects.select_related("campaign").get(pk=first.pk)

    tallies.refresh(first)
    with CaptureQueriesContext(connection) as queries:
        tallies.refresh(second)

    assert first.tally == {"queued": 1, "sent": 2}
    assert [query for query in queries if "COUNT" in query["sql"]] == []


def test_cancelled_people_are_told_apart_from_failed_ones(judged, sandbox, monkeypatch):
    monkeypatch.setattr(queueing, "PORTION", 3)
    monkeypatch.setattr(queueing, "LEAST_ROOM", 3)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    batch = control.start(judged(numbers(5)))
    queueing.queue_due()
    move(1, Status.FAILED)
    control.cancel(batch)
    batch = reread(batch)

    tallies.refresh(batch)

    assert tallies.statuses_of(batch) == {"failed": 1, "cancelled": 4}
    assert forecast(batch).rest == 0


def test_pace_is_that_of_the_last_minute(queued):
    batch = queued(100)
    now = timezone.now().timestamp()
    batch.samples = [[now - 90, 0], [now - 50, 10], [now - 10, 50]]
    batch.save()
    move(60, Status.ACCEPTED)

    tallies.refresh(batch)

    assert [left for _at, left in batch.samples] == [10, 50, 60]
    assert tallies.measured_pace(batch) == pytest.approx(1, rel=0.1)


def test_samples_from_before_a_gap_say_nothing_of_the_pace(queued):
    batch = queued(10)
    batch.samples = [[timezone.now().timestamp() - 30, 0]]
    batch.save()

    tallies.refresh(batch)

    assert tallies.measured_pace(batch) is None


def test_about_a_dozen_samples_are_kept_however_often_it_is_counted(queued):
    batch, now = queued(10), timezone.now().timestamp()
    samples = []
    for second in range(300):
        samples = tallies._sampled(samples, now + second, second)

    assert len(samples) <= 14
    assert samples[-1][0] - samples[0][0] == pytest.approx(60, abs=6)
    assert batch.samples == []


def test_finish_time_before_the_start_is_from_the_pace_that_is_set(judged, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 2

    expected = forecast(judged(numbers(10)))

    assert (expected.rest, expected.pace, expected.is_measured, expected.seconds) == (10, 2.0, False, 5.0)


def test_finish_time_is_from_the_pace_that_was_measured(queued):
    batch, now = queued(100), timezone.now().timestamp()
    move(20, Status.SENT)
    batch.tally = {"queued": 80, "sent": 20}
    batch.samples = [[now - 10, 0], [now, 20]]

    expected = forecast(batch)

    assert (expected.pace, expected.is_measured, expected.seconds) == (2.0, True, 40.0)


def test_nobody_says_when_while_nothing_leaves(queued):
    batch, now = queued(10), timezone.now().timestamp()
    batch.tally, batch.samples = {"queued": 10}, [[now - 30, 0], [now, 0]]

    assert forecast(batch).seconds is None
    assert progress_of(batch, batch.inviter).ends_at is None


def test_limit_of_the_day_makes_it_take_days(judged, sandbox):
    Channel.objects.create(pk=NUMBER, messaging_limit="TIER_250")

    expected = forecast(judged(numbers(1000)))

    assert (expected.limit.a_day, expected.limit.left) == (250, 250)
    assert expected.is_bound_by_the_day
    assert 3 * 86400 <= expected.seconds < 3 * 86400 + 60


def test_used_up_limit_says_when_it_goes_on(queued):
    batch = queued(300)
    Channel.objects.create(pk=NUMBER, messaging_limit="TIER_250")
    began = timezone.now() - timedelta(hours=10)
    move(250, Status.SENT)
    Message.objects.filter(status=Status.SENT).update(opens_conversation=True, sending_since=began)

    expected = forecast(batch)

    assert expected.limit.left == 0
    assert expected.limit.goes_on_at == began + timedelta(hours=24)
    assert "limit of people is used up" in progress_of(batch, batch.inviter).explanation


def test_time_of_the_end_is_kept(queued):
    batch = queued(2)
    work_off()
    batch = reread(batch)

    tallies.refresh(batch)

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
    tallies.note_ends()
    noticed = timezone.now()

    [told] = api.get("/api/invitations/batches/").json()["results"]

    assert told["state"] == "finished"
    assert before <= InvitationBatch.objects.get(pk=batch.pk).finished_at <= noticed
    assert told["finishedAt"]
    assert tallies.note_ends() == 0


def test_when_a_list_was_cancelled_is_known_at_once(judged, sandbox):
    batch = control.cancel(control.start(judged(numbers(2))))

    assert InvitationBatch.objects.get(pk=batch.pk).finished_at


def test_end_of_a_list_is_looked_for_by_itself():
    assert tallies.JOB in {job.name for job in due_work.jobs()}
