"""Rows of lists that ended long ago, or were never started, go in small portions; counts stay."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from communications import old_texts
from communications.models import Campaign
from invitations.batches import control
from invitations.batches.portions import portion
from invitations.conf import setting
from invitations.models import BatchRow, InvitationBatch, InvitationBatchQuerySet

JOB = "old lists"
PORTION = 5000

_Stage, _State = InvitationBatch.Stage, Campaign.State


def prune() -> int:
    """Cancel what nobody started or resumed, and delete a portion of the rows of what ended; return how many rows."""
    old = _old()
    _cancel(_left_alone(old))
    never_sent = Q(stage=_Stage.CANCELLED, created_at__lt=old)
    ended = Q(campaign__state__in=[_State.FINISHED, _State.CANCELLED], ended_at__lt=old)
    lists = InvitationBatch.objects.alias(ended_at=Coalesce("finished_at", "started_at")).filter(never_sent | ended)
    rows = BatchRow.objects.filter(batch__in=lists)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:PORTION])
    return BatchRow.objects.filter(pk__in=keys).delete()[1].get(BatchRow._meta.label, 0) if keys else 0


def _old() -> datetime:
    """Rows hold words and numbers: they are kept no longer than those of messages are."""
    old = timezone.now() - timedelta(days=setting("INVITATION_LIST_RETENTION_DAYS"))
    return max(old, old_texts.long_ago() or old)


def _cancel(lists: InvitationBatchQuerySet) -> None:
    """Each that nobody has started or resumed meanwhile; one that was halted ended then."""
    for key in lists.values_list("pk", flat=True):
        with portion():
            batch = InvitationBatch.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key).first()
            # Asked once more: whoever took it up a moment ago held the same lock.
            if batch and lists.filter(pk=key).exists():
                control.cancel(batch)
                if batch.campaign:
                    ended_at = batch.campaign.halted_at or batch.started_at
                    InvitationBatch.objects.filter(pk=key).update(finished_at=ended_at)


def _left_alone(old: datetime) -> InvitationBatchQuerySet:
    """Given, paused or stopped by WhatsApp so long ago, a list would not be sent as it was meant."""
    never_started = Q(stage__in=[_Stage.JUDGING, _Stage.READY], created_at__lt=old)
    halted = Q(campaign__state__in=[_State.PAUSED, _State.STOPPED], halted_at__lt=old)
    lists = InvitationBatch.objects.alias(halted_at=Coalesce("campaign__halted_at", "started_at"))
    return lists.filter(never_started | halted)
