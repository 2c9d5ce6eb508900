"""Start, pause, resume and cancel a list: twice is once, and of two callers at the same instant one does it."""

from typing import ClassVar

from django.db import transaction
from django.utils import timezone

from communications import broker, campaigns
from communications.errors import WhatsAppError
from communications.models import Campaign
from communications.whatsapp_service import whatsapp_service
from invitations.batches import queueing
from invitations.batches.languages import languages_of
from invitations.models import InvitationBatch

_Stage, _State = InvitationBatch.Stage, Campaign.State


class BatchConflict(WhatsAppError):
    """The list is in a state in which this cannot be done."""

    error: ClassVar[str] = "This list cannot do that now"
    code: ClassVar[str] = "batch_conflict"


_INSTEAD: dict[str, str] = {
    _Stage.JUDGING: "Its rows are still being checked. Wait until it is ready.",
    _Stage.READY: "It was not started yet.",
    _State.RUNNING: "It is running.",
    _State.PAUSED: "It is paused. Resume it, or cancel it.",
    _State.STOPPED: "WhatsApp stopped it. Resume it once the reason is put right, or cancel it.",
    _State.CANCELLED: "It was cancelled. Send the list anew if it is wanted after all.",
    _State.FINISHED: "It is finished.",
}


@transaction.atomic
def start(batch: InvitationBatch) -> InvitationBatch:
    """Let the list go out; one that is running already is left alone.

    Raises `BatchConflict`, and what speaks against sending anything now: `NotConfigured`, `ChannelPaused`, or
    `TemplateUnavailable` where nobody on it could be reached.
    """
    batch = _locked(batch)
    if batch.state == _State.RUNNING:
        return batch
    if batch.state != _Stage.READY:
        raise BatchConflict(_INSTEAD[batch.state])
    require_startable(batch)
    batch.campaign = Campaign.objects.create(name=batch.name, is_growing=True)
    batch.stage, batch.started_at = _Stage.STARTED, timezone.now()
    batch.save(update_fields=["campaign", "stage", "started_at"])
    campaigns.start(batch.campaign)
    broker.ring(queueing.JOB)
    return _reread(batch)


def require_startable(batch: InvitationBatch) -> None:
    """Raise what `start` would raise of a list that is ready."""
    if not batch.people:
        raise BatchConflict("None of its rows can be invited. Look at the reasons, correct the list and send it anew.")
    whatsapp_service.require_ready()
    languages = languages_of(batch)
    if languages and all(language.refusal for language in languages) and languages[0].refusal:
        raise languages[0].refusal


@transaction.atomic
def pause(batch: InvitationBatch) -> InvitationBatch:
    """Let the rest wait; what is on its way arrives."""
    batch = _locked(batch)
    if batch.campaign is None or not (campaigns.pause(batch.campaign) or batch.state == _State.PAUSED):
        raise BatchConflict(_INSTEAD[batch.state])
    return _reread(batch)


@transaction.atomic
def resume(batch: InvitationBatch) -> InvitationBatch:
    """Go on after a pause, or after WhatsApp stopped it and somebody has looked at the reason."""
    batch = _locked(batch)
    if batch.campaign is None or not (campaigns.resume(batch.campaign) or batch.state == _State.RUNNING):
        raise BatchConflict(_INSTEAD[batch.state])
    broker.ring(queueing.JOB)
    broker.ring(broker.QUEUED_MESSAGES)
    return _reread(batch)


@transaction.atomic
def cancel(batch: InvitationBatch) -> InvitationBatch:
    """End it: whoever was not sent anything yet gets nothing."""
    batch = _locked(batch)
    if batch.state == _Stage.CANCELLED:
        return batch
    if batch.campaign is None:
        batch.pieces.all().delete()
        batch.stage, batch.finished_at = _Stage.CANCELLED, timezone.now()
        batch.save(update_fields=["stage", "finished_at"])
        return batch
    if not campaigns.cancel(batch.campaign):
        raise BatchConflict(_INSTEAD[batch.state])
    batch.finished_at = timezone.now()
    batch.save(update_fields=["finished_at"])
    return _reread(batch)


def _locked(batch: InvitationBatch) -> InvitationBatch:
    # Its campaign is looked up afterwards: joined, it would be as it was before the lock was there.
    return InvitationBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _reread(batch: InvitationBatch) -> InvitationBatch:
    if batch.campaign:
        batch.campaign.refresh_from_db()
    return batch
