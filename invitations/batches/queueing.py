"""The people of running lists are put into the queue: a portion at a time, each of them once, whatever dies.

A portion is one transaction: the contacts, the invitations, their messages, and how far the list has come. The batch's
row is locked for as long, so that no two processes put the same people there; a process that dies leaves nothing
half done. Consent and the cool-down are asked again, because days may have passed since the list was judged.
"""

import time
from uuid import UUID

from django.db import connection
from django.utils import timezone

from communications import campaigns
from communications.conf import setting
from communications.models import Campaign, Message, Status
from invitations import services
from invitations.batches.carrying import carry
from invitations.batches.languages import unusable_countries
from invitations.batches.portions import portion
from invitations.models import BatchRow, InvitationBatch, InvitationBatchQuerySet

Verdict = BatchRow.Verdict

JOB = "lists to be sent"
JOB_OF_THE_WAITING = "lists that wait for a template"

PORTION = 1000
# More of one list do not wait in the queue: who opts out, and an inviter who cancels, is heard in time.
LEAST_ROOM = 5000
# What leaves before a worker looks again, at the latest.
SECONDS_OF_ROOM = 10


def queue_due() -> int:
    """Fill the queue up from each running list; return how many rows were looked at."""
    _note_ends()
    return sum(map(_fill_up, _growing().values_list("campaign", flat=True)))


def queue_waiting() -> int:
    """Look again at those who wait for a template that Meta did not let be sent; return how many were looked at."""
    waiting = [batch.campaign_id for batch in _growing().only("verdicts", "campaign") if _has_waiting(batch)]
    return sum(map(_queue_waiting, filter(None, waiting)))


def _growing() -> InvitationBatchQuerySet:
    return InvitationBatch.objects.filter(campaign__state=Campaign.State.RUNNING, campaign__is_growing=True)


def _fill_up(campaign: UUID) -> int:
    looked_at = 0
    while _has_room(campaign) and (rows := _queue_next(campaign)):
        looked_at += rows
        if connection.vendor == "sqlite":
            # It has room for one writer: the others have their turn.
            time.sleep(0.1)
    return looked_at


def _has_room(campaign: UUID) -> bool:
    room = max(LEAST_ROOM, SECONDS_OF_ROOM * int(setting("WHATSAPP_MESSAGES_PER_SECOND")))
    return Message.objects.filter(campaign=campaign, status=Status.QUEUED).count() < room


def _queue_next(campaign: UUID) -> int:
    with portion():
        batch = _locked(campaign)
        if batch is None or unusable_countries(batch).issuperset(batch.countries):
            return 0
        following = batch.rows.filter(verdict=Verdict.VALID, number__gt=batch.queued_to)
        rows = list(following.order_by("number")[:PORTION])
        if rows:
            _queue(batch, rows)
        elif not _has_waiting(batch):
            _end(campaign)
    return len(rows)


def _queue_waiting(campaign: UUID) -> int:
    with portion():
        batch = _locked(campaign)
        if batch is None:
            return 0
        waiting = batch.rows.filter(verdict=Verdict.WAITING).exclude(country__in=unusable_countries(batch))
        rows = list(waiting.order_by("number")[:PORTION])
        if rows:
            _queue(batch, rows)
    return len(rows)


def _queue(batch: InvitationBatch, rows: list[BatchRow]) -> None:
    services.lock(batch.inviter)
    carry(batch, rows)
    batch.queued_to = max(batch.queued_to, rows[-1].number)
    batch.save(update_fields=["queued_to", "verdicts"])


def _locked(campaign: UUID) -> InvitationBatch | None:
    """The list of this campaign, if it is still running and no other process is at it."""
    batches = _growing().filter(campaign=campaign).select_related("inviter", "campaign")
    return batches.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()


def _note_ends() -> None:
    """Whoever sends the last message of a campaign knows nothing of lists."""
    finished = InvitationBatch.objects.filter(finished_at=None, campaign__state=Campaign.State.FINISHED)
    InvitationBatch.objects.filter(pk__in=finished.values("pk")).update(finished_at=timezone.now())


def _has_waiting(batch: InvitationBatch) -> bool:
    return bool(batch.verdicts.get(Verdict.WAITING))


def _end(campaign: UUID) -> None:
    """Nobody is left to be put into the queue: once that is worked off, the campaign is finished."""
    Campaign.objects.filter(pk=campaign).update(is_growing=False)
    campaigns.finish_if_done(campaign)
