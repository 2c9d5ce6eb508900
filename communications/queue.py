"""The messages that wait to be sent: which are due, and how they are given up.

The rows are the queue. Whether something is due or too late is decided by the clock of the database, which all
processes share.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Now

from communications import measures, signals
from communications.errors import WhatsAppError
from communications.models import Campaign, Message, MessageStatus, Status

# Messages given up with one transaction.
PORTION = 500


def waiting() -> QuerySet[Message]:
    return Message.objects.filter(status=Status.QUEUED)


def in_time() -> QuerySet[Message]:
    """Those that are not too late. `due_at` is looked at by whoever claims them, in the order of the index."""
    return waiting().filter(Q(expires_at=None) | Q(expires_at__gt=Now()))


def late() -> QuerySet[Message]:
    return waiting().filter(expires_at__lte=Now())


def cancelled() -> QuerySet[Message]:
    return waiting().filter(campaign__state=Campaign.State.CANCELLED)


def clock() -> "ExpressionWrapper[Now]":
    """The database's own time, as a column."""
    return ExpressionWrapper(Now(), output_field=DateTimeField())


def locked(messages: QuerySet[Message], *, skip: bool = False) -> tuple[list[Message], datetime | None]:
    """The rows, locked in the order in which webhooks lock them too, and the database's time; with `skip`, only those
    that no other process holds.
    """
    columns = messages.only("contact_id", "campaign_id", "kind", "status", "wamid", "meta_code", "sending_since")
    held = columns.select_for_update(skip_locked=skip, no_key=True, of=("self",)).order_by("pk")
    rows: list[Message] = list(held.annotate(database_time=clock()))
    return rows, vars(rows[0])["database_time"] if rows else None


@transaction.atomic
def give_up(messages: QuerySet[Message], failure: WhatsAppError) -> int:
    """Let a portion of these messages, of what no other process holds, fail for this reason; return how many did."""
    portion, now = locked(messages.filter(pk__in=messages.order_by("pk").values("pk")[:PORTION]), skip=True)
    if now is None:
        return 0
    Message.objects.filter(pk__in=[message.pk for message in portion]).update(
        status=Status.FAILED, **failure_fields(failure)
    )
    steps = [
        MessageStatus(message=message, status=Status.FAILED, at=now, meta_code=failure.meta_code) for message in portion
    ]
    MessageStatus.objects.bulk_create(steps, ignore_conflicts=True)
    measures.failed([(failure.meta_code, failure.code)] * len(portion))
    for message in portion:
        message.status, message.meta_code = Status.FAILED, failure.meta_code
        tell(message, before=Status.QUEUED)
    return len(portion)


def tell(message: Message, *, before: str) -> None:
    """Let the rest of Dott know, after the commit, that a message has moved."""
    signals.send_after_commit(
        signals.message_status_changed, Message, message=message, status=message.status, previous_status=before
    )


FAILURE_FIELDS = ("failure_code", "failure_detail", "meta_code", "meta_details", "fbtrace_id")


def failure_fields(failure: WhatsAppError) -> dict[str, Any]:
    """The columns that say why a message failed."""
    told = (failure.code, failure.detail, failure.meta_code, failure.meta_details, failure.fbtrace_id[:100])
    return dict(zip(FAILURE_FIELDS, told, strict=True))
