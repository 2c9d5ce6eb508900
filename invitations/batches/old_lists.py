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
    _cancel_abandoned(old)
    _cancel_halted(old)
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


def _cancel_abandoned(old: datetime) -> None:
    """Given so long ago, a list would not be sent as it was meant."""
    for key in _abandoned(old).values_list("pk", flat=True):
        with portion():
            batch = _abandoned(old).select_for_update(skip_locked=True, no_key=True).filter(pk=key).first()
            if batch:
                batch.pieces.all().delete()
                batch.stage, batch.finished_at = _Stage.CANCELLED, timezone.now()
                batch.save(update_fields=["stage", "finished_at"])


def _abandoned(old: datetime) -> InvitationBatchQuerySet:
    return InvitationBatch.objects.filter(stage__in=[_Stage.JUDGING, _Stage.READY], created_at__lt=old)


def _cancel_halted(old: datetime) -> None:
    """Nobody resumed it for so long: it ended when it was paused, or WhatsApp stopped it."""
    for key in _halted(old).values_list("pk", flat=True):
        with portion():
            batch = InvitationBatch.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key).first()
            # Asked once more: whoever resumed it a moment ago held the same lock.
            since = _halted(old).filter(pk=key).values_list("campaign__halted_at", "started_at").first()
            if batch and since:
                control.cancel(batch)
                InvitationBatch.objects.filter(pk=key).update(finished_at=since[0] or since[1])


def _halted(old: datetime) -> InvitationBatchQuerySet:
    halted = InvitationBatch.objects.filter(campaign__state__in=[_State.PAUSED, _State.STOPPED])
    return halted.alias(halted_at=Coalesce("campaign__halted_at", "started_at")).filter(halted_at__lt=old)
