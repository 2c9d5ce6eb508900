"""How far a list has come, counted at most once a second however many people look, and how fast it goes.

Nothing is written for it but the cache: a page that looks must not wait for those that send.
"""

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db.models import Count
from redis.exceptions import RedisError

from communications.errors import Cancelled
from communications.models import Campaign, Message, Status
from invitations.models import InvitationBatch

FRESH_SECONDS = 1.0
# The pace is that of the last minute, known from about a dozen samples.
_SAMPLES_KEPT = 60.0
_SAMPLE_EVERY = 5.0
# After such a gap, in seconds, nobody had looked for a while: what lies before says nothing of the pace now.
_SAMPLES_BROKEN_BY = 20.0

CANCELLED = Cancelled.code
WAITING = "waiting"
_IN_THE_QUEUE = {Status.QUEUED, Status.SENDING}

_Sample = tuple[float, int]


@dataclass(frozen=True)
class Tally:
    """How many messages of a list have which status, and at which moments how many had left."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    samples: Sequence[_Sample] = ()

    @property
    def left(self) -> int:
        """How many messages were sent, or given up after they were tried."""
        return sum(count for status, count in self.statuses.items() if status not in {*_IN_THE_QUEUE, CANCELLED})

    @property
    def pace(self) -> float | None:
        """Messages a second over the last minute; None while nobody can say."""
        if len(self.samples) < 2:
            return None
        (began, before), (ended, after) = self.samples[0], self.samples[-1]
        return (after - before) / (ended - began)


NOTHING_SENT = Tally()


def tally_of(batch: InvitationBatch) -> Tally:
    """Count the messages of a list, unless somebody did a moment ago; before the start there are none."""
    if batch.campaign is None:
        return NOTHING_SENT
    key, now = f"list-tally-{batch.pk}", time.time()
    known: Tally | None = None
    with contextlib.suppress(RedisError):
        known = cache.get(key)
    if known and now - known.samples[-1][0] < FRESH_SECONDS:
        return known
    statuses = _count(batch.campaign)
    tally = Tally(statuses, sampled(known.samples if known else (), now, Tally(statuses).left))
    with contextlib.suppress(RedisError):
        cache.set(key, tally, timeout=2 * _SAMPLES_KEPT)
    return tally


def statuses_of(batch: InvitationBatch, tally: Tally) -> dict[str, int]:
    """How many of the people have come how far: `waiting` are not in the queue yet, the rest is their message's status.

    Of a cancelled list, `cancelled` are those who get nothing any more.
    """
    statuses = {status: count for status, count in tally.statuses.items() if count}
    rest = batch.people - sum(statuses.values())
    if rest > 0 and batch.campaign:
        place = CANCELLED if batch.state == Campaign.State.CANCELLED else WAITING
        statuses[place] = statuses.get(place, 0) + rest
    return statuses


def sampled(samples: Sequence[_Sample], now: float, left: int) -> Sequence[_Sample]:
    """The newest sample moves with time until it is five seconds after the one before."""
    kept = [sample for sample in samples if now - sample[0] <= _SAMPLES_KEPT]
    if kept and now - kept[-1][0] > _SAMPLES_BROKEN_BY:
        kept = []
    if len(kept) > 1 and kept[-1][0] - kept[-2][0] < _SAMPLE_EVERY:
        kept.pop()
    return (*kept, (now, left))


def _count(campaign: Campaign) -> Mapping[str, int]:
    messages = Message.objects.filter(campaign=campaign)
    counted = dict(messages.values_list("status").annotate(Count("pk")))
    if campaign.state == Campaign.State.CANCELLED:
        given_up = messages.filter(status=Status.FAILED, failure_code=CANCELLED).count()
        counted[Status.FAILED] = counted.get(Status.FAILED, 0) - given_up
        counted[CANCELLED] = given_up
    return counted
