"""Rows of lists that ended long ago, or were never started, are not kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications import campaigns
from communications.models import Campaign, Message, Status
from invitations.batches import control, old_lists, queueing
from invitations.models import BatchPiece, BatchRow, Invitation, InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept_for_forty_days(settings):
    settings.INVITATION_LIST_RETENTION_DAYS = 40


def age(batch, days, *fields):
    InvitationBatch.objects.filter(pk=batch.pk).update(
        **dict.fromkeys(fields, timezone.now() - timedelta(days=days))
    )  # fmt: skip


def halt(batch, days):
    """As if it had been halted so long ago."""
    halted_at = timezone.now() - timedelta(days=days)
    Campaign.objects.filter(pk=batch.campaign_id).update(halted_at=halted_at)
    return halted_at


@pytest.mark.parametrize(("days", "left"), [(39, 3), (41, 0)])
def test_rows_of_a_finished_list_go_after_their_time(judged, sandbox, days, left):
    batch = control.start(judged([*numbers(2), "call me"]))
    work_off()
    age(batch, days, "started_at", "finished_at")

    old_lists.prune()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert batch.rows.count() == left
    assert (batch.verdicts, Invitation.objects.count()) == ({"valid": 2, "invalid_phone_number": 1}, 2)


@pytest.mark.parametrize(("days", "left", "state"), [(39, 2, "ready"), (41, 0, "cancelled")])
def test_list_that_nobody_started_is_cancelled_and_goes(judged, days, left, state):
    batch = judged(numbers(2))
    age(batch, days, "created_at")

    old_lists.prune()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert (batch.rows.count(), batch.state) == (left, state)
    assert (batch.finished_at is None) == bool(left)


def test_list_that_was_never_checked_goes_too(batch_of):
    age(batch_of(numbers(2)), 41, "created_at")

    old_lists.prune()

    assert not BatchPiece.objects.exists()


def test_list_that_is_being_sent_keeps_its_rows(judged, sandbox):
    batch = control.start(judged(numbers(2)))
    control.pause(batch)
    halt(batch, 400)
    control.resume(batch)
    age(batch, 400, "created_at", "started_at")

    assert old_lists.prune() == 0
    assert batch.rows.count() == 2


@pytest.mark.parametrize("by", ["a person", "WhatsApp"])
@pytest.mark.parametrize(("days", "left", "ended"), [(39, 2, False), (41, 0, True)])
def test_list_that_nobody_resumed_ended_when_it_was_halted(judged, sandbox, by, days, left, ended):
    batch = control.start(judged(numbers(2)))
    queueing.queue_due()
    if by == "a person":
        control.pause(batch)
    else:
        campaigns.stop(batch.campaign_id, 131048)
    halted_at = halt(batch, days)

    old_lists.prune()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert (batch.rows.count(), batch.state == "cancelled", batch.finished_at == halted_at) == (left, ended, ended)
    assert Message.objects.filter(status=Status.FAILED, failure_code="cancelled").count() == (2 if ended else 0)


def test_list_halted_before_its_time_was_kept_counts_from_its_start(judged, sandbox):
    batch = control.start(judged(numbers(2)))
    control.pause(batch)
    Campaign.objects.update(halted_at=None)
    age(batch, 41, "started_at")

    assert old_lists.prune() == 2


def test_rows_go_in_portions(judged, monkeypatch):
    monkeypatch.setattr(old_lists, "PORTION", 2)
    age(judged(numbers(5)), 41, "created_at")

    assert [old_lists.prune() for _ in range(4)] == [2, 2, 1, 0]
    assert not BatchRow.objects.exists()
