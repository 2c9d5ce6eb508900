"""What waits, how much of it and since when: the same for the checklist and for `/metrics`.

Read from the small indexes of what is not done yet, so that it costs no more with a hundred million rows behind it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from communications.models import Campaign, Message, MessageStatus, Status, WebhookEvent

# Looked at from one end of a table: what is further away says nothing about now.
LOOKED_AT = 10_000
# A database that is busy is not kept busier, and a thread of the application does not wait for it.
MOST_MILLISECONDS = 2000


@contextmanager
def within_limits() -> Iterator[None]:
    """Each question inside that takes PostgreSQL longer than `MOST_MILLISECONDS` raises OperationalError.

    On SQLite there is no such limit, and no transaction, which would keep everybody else from writing.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MOST_MILLISECONDS}")
        yield


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the oldest of them could have been done; None where nothing waits."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True)
class Queue:
    """Queued messages: those that could go now, those whose time has not come, and those of campaigns that are not
    running, which wait on purpose.
    """

    due: Waiting
    later: int
    held_back: int


@dataclass(frozen=True)
class Webhooks:
    """Stored webhooks among the oldest `LOOKED_AT` that are not processed: not yet tried, and failed."""

    new: Waiting
    failed: int


def queue() -> Queue:
    """One walk over the index of what is queued; only its own columns are looked at."""
    is_due = Q(due_at=None) | Q(due_at__lte=Now())
    may_go = Q(campaign=None) | Q(campaign__state=Campaign.State.RUNNING)
    counted = Message.objects.filter(status=Status.QUEUED).aggregate(
        due=Count("created_at", filter=is_due & may_go),
        since=Min(Coalesce("due_at", "created_at"), filter=is_due & may_go),
        later=Count("created_at", filter=may_go & ~is_due),
        held_back=Count("created_at", filter=~may_go),
    )
    return Queue(Waiting(counted["due"], counted["since"]), counted["later"], counted["held_back"])


def on_their_way() -> dict[str, int]:
    """Messages by status: being sent, and those of which nobody knows whether they left."""
    unsettled = Message.objects.filter(status__in=[Status.SENDING, Status.UNCONFIRMED])
    found = unsettled.order_by().values_list("status").annotate(count=Count("*"))
    return {Status.SENDING.value: 0, Status.UNCONFIRMED.value: 0, **dict(found)}


def moved_at() -> datetime | None:
    """When WhatsApp last took or refused a message, as far as the newest statuses tell.

    What we gave up ourselves, without asking, has no code of Meta's.
    """
    answered = Q(status__in=[Status.ACCEPTED, Status.HELD]) | Q(status=Status.FAILED, meta_code__isnull=False)
    return _latest(MessageStatus.objects.all(), answered, "recorded_at")


def webhooks() -> Webhooks:
    oldest = WebhookEvent.objects.filter(processed_at=None).order_by("pk")[:LOOKED_AT]
    is_new = Q(attempts=0)
    counted = oldest.aggregate(
        new=Count("pk", filter=is_new), since=Min("received_at", filter=is_new), failed=Count("pk", filter=~is_new)
    )
    return Webhooks(Waiting(counted["new"], counted["since"]), counted["failed"])


def webhook_received_at() -> datetime | None:
    """When the newest webhook came."""
    return WebhookEvent.objects.order_by("-pk").values_list("received_at", flat=True).first()


def webhook_processed_at() -> datetime | None:
    """When a webhook was last processed, as far as the newest ones tell."""
    return _latest(WebhookEvent.objects.all(), Q(processed_at__isnull=False), "processed_at")


def _latest(rows: QuerySet[Any], wanted: Q, column: str) -> datetime | None:
    """The latest `column` among the newest rows that are `wanted`: a table of millions is not looked through."""
    newest = rows.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return None
    moment: datetime | None = rows.filter(wanted, pk__gt=newest - LOOKED_AT).aggregate(at=Max(column))["at"]
    return moment
