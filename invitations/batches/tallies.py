"""How far a list has come, counted at most once a second however many people look, and how fast it goes.

Whoever finds the count a second old counts anew; everybody else reads what is on the row.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from communications.errors import Cancelled
from communications.models import Campaign, Message, Status
from invitations.models import InvitationBatch

FRESH_FOR = timedelta(seconds=1)
# The pace is that of the last minute, known from about a dozen samples.
_SAMPLES_KEPT = 60.0
_SAMPLE_EVERY = 5.0
# After such a gap, in seconds, nobody had looked for a while: what lies before says nothing of the pace now.
_SAMPLES_BROKEN_BY = 20.0
JOB = "lists that ended"
_ENDED = {Campaign.State.FINISHED, Campaign.State.CANCELLED}

CANCELLED = Cancelled.code
WAITING = "waiting"
_IN_THE_QUEUE = {WAITING, Status.QUEUED, Status.SENDING}


def refresh(batch: InvitationBatch) -> None:
    """Bring the counts of a list that was started up to date."""
    now = timezone.now()
    if batch.campaign is None or (batch.tallied_at and now - batch.tallied_at < FRESH_FOR):
        return
    ours = InvitationBatch.objects.filter(pk=batch.pk, tallied_at=batch.tallied_at)
    if not ours.update(tallied_at=now):
        return
    batch.tallied_at = now
    batch.tally = _count(batch.campaign)
    batch.samples = _sampled(batch.samples, now.timestamp(), left(batch))
    if batch.campaign.state in _ENDED and batch.finished_at is None:
        batch.finished_at = now
    batch.save(update_fields=["tally", "samples", "finished_at"])


def note_ends() -> int:
    """Write down when started lists ended, whether somebody looks at them or not; return how many did."""
    ended = InvitationBatch.objects.filter(campaign__state__in=_ENDED, finished_at=None)
    return ended.update(finished_at=timezone.now())


def statuses_of(batch: InvitationBatch) -> dict[str, int]:
    """How many of the people have come how far: `waiting` are not in the queue yet, the rest is their message's status.

    Of a cancelled list, `cancelled` are those who get nothing any more.
    """
    statuses = {status: count for status, count in batch.tally.items() if count}
    rest = batch.people - sum(statuses.values())
    if rest > 0:
        place = CANCELLED if batch.state == Campaign.State.CANCELLED else WAITING
        statuses[place] = statuses.get(place, 0) + rest
    return statuses


def left(batch: InvitationBatch) -> int:
    """How many messages were sent, or given up after they were tried."""
    return sum(count for status, count in batch.tally.items() if status not in _IN_THE_QUEUE and status != CANCELLED)


def measured_pace(batch: InvitationBatch) -> float | None:
    """Messages a second over the last minute; None while nobody can say."""
    if len(batch.samples) < 2:
        return None
    (began, before), (ended, after) = batch.samples[0], batch.samples[-1]
    return float(after - before) / float(ended - began)


def _count(campaign: Campaign) -> Mapping[str, int]:
    messages = Message.objects.filter(campaign=campaign)
    counted = dict(messages.values_list("status").annotate(Count("pk")))
    if campaign.state == Campaign.State.CANCELLED:
        given_up = messages.filter(status=Status.FAILED, failure_code=CANCELLED).count()
        counted[Status.FAILED] = counted.get(Status.FAILED, 0) - given_up
        counted[CANCELLED] = given_up
    return counted


def _sampled(samples: list[Any], now: float, done: int) -> list[Any]:
    """The newest sample moves with time until it is five seconds after the one before."""
    kept = [each for each in samples if now - each[0] <= _SAMPLES_KEPT]
    if kept and now - kept[-1][0] > _SAMPLES_BROKEN_BY:
        kept = []
    if len(kept) > 1 and kept[-1][0] - kept[-2][0] < _SAMPLE_EVERY:
        kept.pop()
    return [*kept, [now, done]]
