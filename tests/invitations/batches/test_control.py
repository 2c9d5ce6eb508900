"""Starting, pausing, resuming and cancelling a list."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from communications import campaigns
from communications.errors import NotConfigured, TemplateUnavailable
from communications.models import Campaign, Message, MessageTemplate, Status
from invitations.batches import control, judging, queueing
from invitations.batches.control import BatchConflict
from invitations.models import BatchPiece, InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off

pytestmark = pytest.mark.django_db(transaction=True)


def reread(batch):
    return InvitationBatch.objects.get(pk=batch.pk)


def test_list_is_started_once_however_often_it_is_asked(judged, sandbox):
    batch = judged(numbers(3))

    control.start(batch)
    control.start(batch)
    work_off()

    assert Campaign.objects.count() == 1
    assert Message.objects.count() == len(sandbox.messages()) == 3


@pytest.mark.postgres
def test_two_starts_at_the_same_instant_start_once(judged, sandbox):
    batch = judged(numbers(50))
    barrier = Barrier(6)

    def start(_number):
        barrier.wait()
        try:
            return control.start(batch).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        states = list(pool.map(start, range(6)))
    work_off()

    assert states == ["running"] * 6
    assert Campaign.objects.count() == 1
    assert sorted(message["to"] for message in sandbox.messages()) == numbers(50)


def test_list_is_not_started_while_its_rows_are_judged(batch_of, sandbox):
    with pytest.raises(BatchConflict) as caught:
        control.start(batch_of(numbers(3)))

    assert "still being checked" in caught.value.detail
    assert not Campaign.objects.exists()


def test_list_without_anybody_to_invite_is_not_started(judged, sandbox):
    with pytest.raises(BatchConflict) as caught:
        control.start(judged(["call me"]))

    assert "None of its rows can be invited" in caught.value.detail


def test_list_is_not_started_without_whatsapp(judged):
    with pytest.raises(NotConfigured):
        control.start(judged(numbers(1)))


def test_list_is_not_started_while_none_of_its_templates_can_be_sent(judged, sandbox, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PENDING")
    batch = judged(numbers(1))

    with pytest.raises(TemplateUnavailable) as caught:
        control.start(batch)

    assert "is pending at Meta" in caught.value.detail
    assert reread(batch).state == "ready"


def test_pause_keeps_the_rest_waiting_and_resume_lets_it_go(judged, sandbox):
    batch = control.start(judged(numbers(3)))
    queueing.queue_due()

    assert control.pause(batch).state == control.pause(batch).state == "paused"
    work_off()
    assert sandbox.messages() == []

    assert control.resume(batch).state == control.resume(batch).state == "running"
    work_off()
    assert len(sandbox.messages()) == 3
    assert reread(batch).state == "finished"


def test_paused_list_puts_nobody_into_the_queue(judged, sandbox):
    batch = control.start(judged(numbers(3)))
    control.pause(batch)

    assert queueing.queue_due() == 0
    assert not Message.objects.exists()


def test_list_that_whatsapp_stopped_goes_on_after_somebody_has_looked(judged, sandbox):
    batch = control.start(judged(numbers(3)))
    campaigns.stop(batch.campaign.pk, 131048)
    assert reread(batch).state == "stopped"

    control.resume(reread(batch))
    work_off()

    assert reread(batch).state == "finished"


def test_cancelled_list_sends_nothing_more(judged, sandbox, monkeypatch):
    monkeypatch.setattr(queueing, "LEAST_ROOM", 2)
    monkeypatch.setattr(queueing, "PORTION", 2)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    batch = control.start(judged(numbers(6)))
    queueing.queue_due()

    assert control.cancel(batch).state == control.cancel(batch).state == "cancelled"
    work_off()

    assert sandbox.messages() == []
    assert list(Message.objects.values_list("status", "failure_code").distinct()) == [(Status.FAILED, "cancelled")]


def test_people_of_a_cancelled_list_may_be_invited_at_once(judged, invite, sandbox):
    batch = control.start(judged(["+12025550100"]))
    queueing.queue_due()
    control.cancel(batch)

    assert invite("+12025550100").status_code == 200


def test_list_can_be_cancelled_before_it_is_judged_or_started(batch_of, judged):
    unjudged, ready = batch_of(numbers(3)), judged(numbers(3))
    unjudged = control.cancel(batch_of(numbers(3)))

    assert control.cancel(ready).state == unjudged.state == "cancelled"
    assert not BatchPiece.objects.filter(batch=unjudged).exists()
    assert judging.judge_due() == 0
    with pytest.raises(BatchConflict):
        control.start(ready)


@pytest.mark.parametrize("change", [control.pause, control.resume, control.cancel])
def test_finished_list_stays_finished(judged, sandbox, change):
    batch = control.start(judged(numbers(1)))
    work_off()

    with pytest.raises(BatchConflict) as caught:
        change(batch)

    assert caught.value.detail == "It is finished."


@pytest.mark.parametrize("change", [control.pause, control.resume])
def test_list_that_was_not_started_can_neither_pause_nor_resume(judged, change):
    with pytest.raises(BatchConflict) as caught:
        change(judged(numbers(1)))

    assert caught.value.detail == "It was not started yet."
