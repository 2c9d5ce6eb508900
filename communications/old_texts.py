"""MESSAGE_TEXT_RETENTION_DAYS: what is long over loses its words, files and numbers, in small portions; counts stay.

The erasure of one person does it here too. A message that is still to be sent is never old, and neither is one that was
not counted yet. Whoever was not in touch for so long is forgotten, and their wish not to be written to outlives them.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from communications import erasure, signals
from communications.conf import setting
from communications.errors import ChannelPaused, NotConfigured, RateLimited, WhatsAppError
from communications.models import (
    Change,
    ChangedMessage,
    Contact,
    Counted,
    CountedMessage,
    InboundMessage,
    Message,
    Status,
    earliest_id_at,
)

logger = logging.getLogger(__name__)

PORTION = 500
# How long people are forgotten at a time; the other due work waits meanwhile.
SECONDS_FOR_PEOPLE = 5.0
_NOBODY_CAN_BE_FORGOTTEN = (ChannelPaused, NotConfigured, RateLimited)
_FAILURES_IN_A_ROW = 3
# How long rows that were passed over are left alone.
_LOOKED_AT_AGAIN = timedelta(days=1)
# How far this process came in each table, and since when.
_marks: dict[str, tuple[Any, float]] = {}

Row = TypeVar("Row", bound=Model)


def drop() -> int:
    """Empty a portion of what is old; return how many rows were looked at."""
    old = long_ago()
    return 0 if old is None else _empty_messages(old) + _delete_received(old)


def long_ago() -> datetime | None:
    """Before then words are not kept; None where they always are."""
    days = setting("MESSAGE_TEXT_RETENTION_DAYS")
    return timezone.now() - timedelta(days=days) if days else None


def are_counted(counted: type[Counted], changes: type[Change]) -> Q:
    """Rows whose numbers in the analytics are what they will stay."""
    changed = Exists(changes._default_manager.filter(changed_id=OuterRef("pk")))
    return Q(Exists(counted._default_manager.filter(pk=OuterRef("pk")))) & ~Q(changed)


def next_portion(rows: QuerySet[Row], *, size: int = PORTION) -> list[Any]:
    """The next keys of these rows, in their order; from the first again after a day.

    Emptied rows stay in the table: without a mark of how far it came, each portion would begin by passing all of them.
    """
    name, now = rows.model._meta.label, time.monotonic()
    begin, since = _marks.get(name, (None, now))
    if now - since > _LOOKED_AT_AGAIN.total_seconds():
        begin, since = None, now
    keys = rows.order_by("pk").values_list("pk", flat=True)
    found = list((keys if begin is None else keys.filter(pk__gt=begin))[:size])
    _marks[name] = (found[-1] if found else begin, since)
    return found


@transaction.atomic
def _empty_messages(old: datetime) -> int:
    # Their keys carry the time.
    made_long_ago = next_portion(Message.objects.filter(pk__lt=earliest_id_at(old), is_forgotten=False))
    chosen = Message.objects.filter(are_counted(CountedMessage, ChangedMessage), pk__in=made_long_ago)
    chosen = chosen.exclude(status__in=[Status.QUEUED, Status.SENDING]).exclude(sending_since__gte=old)
    keys = list(chosen.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    if keys:
        erasure.empty(Message.objects.filter(pk__in=keys))
    return len(made_long_ago)


def _delete_received(old: datetime) -> int:
    """The oldest come first by their keys, too. Their files go with them, once this is committed."""
    oldest = InboundMessage.objects.order_by("pk").values_list("pk", "at")[:PORTION]
    keys = [pk for pk, at in oldest if at < old]
    if keys:
        InboundMessage.objects.filter(pk__in=keys).delete()
    return len(keys)


def forget_people() -> int:
    """Forget whoever was not in touch for so long, for some seconds: Meta is asked about each. Return how many."""
    old = long_ago()
    if old is None:
        return 0
    until, forgotten, failures = time.monotonic() + SECONDS_FOR_PEOPLE, 0, 0
    for contact in _next_who_are_gone(old, until):
        try:
            forgotten += erasure.forget_long_gone(contact, is_gone=partial(_is_gone, contact, old))
            failures = 0
        except erasure.OnItsWay:
            continue
        except WhatsAppError as failure:
            logger.warning("Contact %s, long out of touch, is forgotten another day: %s", contact.pk, failure.code)
            failures += 1
            if isinstance(failure, _NOBODY_CAN_BE_FORGOTTEN) or failures == _FAILURES_IN_A_ROW:
                break
    return forgotten


def _next_who_are_gone(old: datetime, until: float) -> Iterator[Contact]:
    """In the order of their keys, each once a day; the mark is at whoever was taken last."""
    people = Contact.objects.filter(created_at__lt=old, forgotten_at=None)
    name = Contact._meta.label
    while time.monotonic() < until and (looked_at := next_portion(people)):
        mark = _marks[name]
        for contact in _quiet(old).filter(pk__in=looked_at).order_by("pk"):
            _marks[name] = (contact.pk, mark[1])
            yield contact
            if time.monotonic() >= until:
                return
        _marks[name] = mark


def _quiet(old: datetime) -> QuerySet[Contact]:
    return (
        Contact.objects.filter(Q(last_wrote_at=None) | Q(last_wrote_at__lt=old), forgotten_at=None)
        .exclude(Exists(Message.objects.filter(contact=OuterRef("pk"), is_forgotten=False)))
        .exclude(Exists(InboundMessage.objects.filter(contact=OuterRef("pk"))))
    )


def _is_gone(contact: Contact, old: datetime) -> bool:
    needed = signals.person_needed.send(Contact, contact=contact)
    return not any(is_needed for _receiver, is_needed in needed) and _quiet(old).filter(pk=contact.pk).exists()
