"""Campaigns are started, paused, stopped and cancelled once, whoever asks at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from communications import campaigns, delivery, due_work, signals
from communications.models import Campaign, Message, Status

State = Campaign.State
pytestmark = pytest.mark.django_db


def made(state):
    return Campaign.objects.create(name="Spring", state=state)


def state_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


@pytest.mark.parametrize(
    ("action", "from_", "to"),
    [
        (campaigns.start, {State.PAUSED}, State.RUNNING),
        (campaigns.pause, {State.RUNNING}, State.PAUSED),
        (campaigns.resume, {State.PAUSED, State.STOPPED}, State.RUNNING),
        (campaigns.cancel, {State.RUNNING, State.PAUSED, State.STOPPED}, State.CANCELLED),
        (lambda campaign: campaigns.stop(campaign.pk, 131048), {State.RUNNING, State.PAUSED}, State.STOPPED),
        (lambda campaign: campaigns.finish_if_done(campaign.pk), {State.RUNNING}, State.FINISHED),
    ],
    ids=["start", "pause", "resume", "cancel", "stop", "finish"],
)
@pytest.mark.parametrize("state", list(State))
def test_each_step_is_taken_from_where_it_may_be_and_once(action, from_, to, state):
    campaign = made(state)

    done = [action(campaign), action(campaign)]

    assert done == [state in from_, False]
    assert state_of(campaign) == (to if state in from_ else state)


def test_campaign_knows_since_when_it_is_halted():
    campaign, seen = made(State.PAUSED), []
    for act in (campaigns.start, campaigns.pause, campaigns.resume, lambda one: campaigns.stop(one.pk, 131048)):
        act(campaign)
        campaign.refresh_from_db()
        seen.append(campaign.halted_at and timezone.now() - campaign.halted_at < timedelta(minutes=1))
    stopped_at = campaign.halted_at
    campaigns.cancel(campaign)

    campaign.refresh_from_db()
    assert seen == [None, True, None, True]
    assert campaign.halted_at == stopped_at


def test_finished_campaign_goes_on_while_a_message_of_it_still_waits(queued):
    late, done, paused = made(State.FINISHED), made(State.FINISHED), made(State.PAUSED)
    queued(campaign=late), queued("+12025550101", campaign=paused), queued("+12025550102")

    assert [campaigns.go_on(), campaigns.go_on()] == [1, 0]
    assert (state_of(late), state_of(done), state_of(paused)) == (State.RUNNING, State.FINISHED, State.PAUSED)


def test_due_work_sends_what_came_as_its_campaign_was_finished(queued, sandbox):
    campaign = made(State.FINISHED)
    queued(campaign=campaign)

    due_work.run_once()

    assert Message.objects.get().status == Status.ACCEPTED
    due_work.run_once()
    assert state_of(campaign) == State.FINISHED


def test_campaign_that_was_stopped_says_why_until_it_is_resumed():
    campaign = made(State.RUNNING)

    campaigns.stop(campaign.pk, 131048)
    why = Campaign.objects.get().stopped_by_code
    campaigns.resume(campaign)

    assert (why, Campaign.objects.get().stopped_by_code) == (131048, None)


def test_cancelling_ends_what_waits_and_leaves_what_is_under_way(queued, campaign):
    waiting, other = queued(campaign=campaign), queued("+12025550101")
    sending = queued("+12025550102", campaign=campaign, status=Status.SENDING)

    campaigns.cancel(campaign)

    for message in (waiting, other, sending):
        message.refresh_from_db()
    assert (waiting.status, waiting.failure_code) == (Status.FAILED, "cancelled")
    assert [step.status for step in waiting.timeline] == [Status.FAILED]
    assert (other.status, sending.status) == (Status.QUEUED, Status.SENDING)


def test_cancelling_many_is_finished_by_the_due_work(queued, campaign, monkeypatch):
    monkeypatch.setattr(campaigns, "CANCELLED_AT_ONCE", 2)
    monkeypatch.setattr(campaigns.queue, "PORTION", 2)
    for number in range(7):
        queued(f"+1202555{1000 + number}", campaign=campaign)

    campaigns.cancel(campaign)

    assert 0 < Message.objects.filter(status=Status.FAILED).count() < 7
    while delivery.expire_queued():
        pass
    assert set(Message.objects.values_list("status", "failure_code")) == {("failed", "cancelled")}


def test_message_that_comes_back_to_a_cancelled_campaign_is_cancelled_too(queued, campaign):
    message = queued(campaign=campaign, status=Status.SENDING)
    campaigns.cancel(campaign)
    Message.objects.update(status=Status.QUEUED)

    delivery.expire_queued()

    message.refresh_from_db()
    assert message.failure_code == "cancelled"


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING])
def test_campaign_is_not_finished_while_something_waits_or_is_under_way(queued, campaign, status):
    queued(campaign=campaign, status=status)

    assert not campaigns.finish_if_done(campaign.pk)


def test_rest_of_dott_is_told_that_meta_stopped_a_campaign(campaign, django_capture_on_commit_callbacks):
    told = []

    def listen(campaign_id, meta_code, **_kwargs):
        told.append((campaign_id, meta_code))

    signals.campaign_stopped.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        campaigns.stop(campaign.pk, 131048)
        campaigns.stop(campaign.pk, 131048)
    signals.campaign_stopped.disconnect(listen)

    assert told == [(campaign.pk, 131048)]


@pytest.mark.django_db(transaction=True)
def test_two_who_start_it_at_the_same_instant_start_it_once():
    campaign = made(State.PAUSED)
    barrier = Barrier(4)

    def start(_number):
        barrier.wait()
        try:
            return campaigns.start(campaign)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == [False, False, False, True]
