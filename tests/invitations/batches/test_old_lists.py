"""Rows of lists that ended long ago, or were never started, are not kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invitations.batches import control, old_lists
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
    age(batch, 400, "created_at", "started_at")

    assert old_lists.prune() == 0
    assert batch.rows.count() == 2


def test_rows_go_in_portions(judged, monkeypatch):
    monkeypatch.setattr(old_lists, "PORTION", 2)
    age(judged(numbers(5)), 41, "created_at")

    assert [old_lists.prune() for _ in range(4)] == [2, 2, 1, 0]
    assert not BatchRow.objects.exists()
