"""How many people Meta lets us write to first in 24 hours: counted exactly, and only where the limit is near.

Meta counts people, not messages, and only those whose 24-hour window was closed when we wrote (Meta's messaging
limits: 250, 2,000, 10,000, 100,000, unlimited). The rest waits, and goes on as the oldest day ends.
"""

import math
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from communications.capacity import capacity, capacity_now
from communications.conf import setting
from communications.errors import DailyLimitReached
from communications.models import Channel, Contact, Message, Status
from communications.models.people import WINDOW
from communications.results import Claimed

DAY = timedelta(hours=24)
# How long one count serves, in seconds; and how long a used-up limit is believed before it is counted anew.
COUNT_SECONDS = 10.0
USED_UP_SECONDS = 5.0
# The same for whoever only looks on: with a hundred thousand people a count takes some tenths of a second.
LOOKED_AT_SECONDS = 60.0


def people_a_day() -> int | None:
    """How many people Meta lets us write first to in 24 hours; None where there is no limit, or none is known."""
    return capacity(_number()).people_a_day


def limits_left() -> int | None:
    """People whom we may still write to first now; None if there is no limit, or Meta has named none."""
    allowed = capacity_now(_number()).people_a_day
    return None if allowed is None else max(0, allowed - _count(_counted()))


def left_lately() -> int | None:
    """The same as this process counted it within the last minute."""
    now = time.monotonic()
    if now >= _known.lately_until:
        _known.lately, _known.lately_until = limits_left(), now + LOOKED_AT_SECONDS
    return _known.lately


def people_counted() -> int:
    """People whom Meta counts now: written to first in the last 24 hours."""
    return _count(_counted())


def goes_on_at() -> datetime | None:
    """When a used-up limit lets the next person through; None if it is not used up."""
    if limits_left() != 0:
        return None
    newest = _counted().values("contact").annotate(last=Max("sending_since")).order_by("last")
    first = newest.values_list("last", flat=True).first()
    return first + DAY if first else None


def within(messages: Sequence[Claimed], open_windows: Set[int]) -> tuple[list[Claimed], set[UUID]]:
    """Those of `messages` that may go today, and the keys of those that open a conversation. Runs in a transaction.

    `open_windows` are the contacts who wrote in the last 24 hours.
    """
    closed = [message for message in messages if message.contact_id not in open_windows]
    opening = {message.pk for message in closed}
    new = dict.fromkeys(message.contact_id for message in closed)
    if not new or _is_far_away(len(new)):
        return list(messages), opening
    left = _left_under_lock()
    if left is None:
        return list(messages), opening
    counted = set(_counted().filter(contact__in=new).values_list("contact", flat=True))
    first_time = [contact for contact in new if contact not in counted][: max(0, left)]
    _note(left - len(first_time))
    let_through = open_windows | counted | set(first_time)
    return [message for message in messages if message.contact_id in let_through], opening


def require_room(message: Message) -> None:
    """Raise `DailyLimitReached` if a message whose row is written already is one person too many."""
    if not message.opens_conversation or _is_far_away(1):
        return
    others = _counted().exclude(pk=message.pk)
    with transaction.atomic():
        left = _left_under_lock(others)
        if left is None or left > 0 or others.filter(contact=message.contact_id).exists():
            return
    raise DailyLimitReached(goes_on_at())


def require_room_for(contact: Contact | None) -> None:
    """As `require_room`, for a first message to this person before it is written; None is somebody nobody knows."""
    if _is_far_away(1) or limits_left() != 0:
        return
    if contact is None or not _counted().filter(contact=contact).exists():
        raise DailyLimitReached(goes_on_at())


def not_kept_waiting(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those whom a used-up limit does not keep waiting: an open window, or counted already today."""
    wrote = Contact.objects.filter(last_wrote_at__gt=Now() - WINDOW)
    return messages.filter(Q(contact__in=wrote.values("pk")) | Q(contact__in=_counted().values("contact")))


def is_used_up() -> bool:
    """Say whether the last count, a moment ago, found nothing left."""
    return time.monotonic() < _known.used_up_until


def forget() -> None:
    """Count anew."""
    _known.__init__()  # type: ignore[misc]


@dataclass
class _Known:
    """What the last count left, and when that was; and what it left for whoever only looks on."""

    left: int = 0
    counted_at: float = -math.inf
    used_up_until: float = -math.inf
    lately: int | None = None
    lately_until: float = -math.inf


_known = _Known()


def _is_far_away(more: int) -> bool:
    """Say whether there is no limit, or room for `more` whatever all processes may have sent since the last count."""
    if people_a_day() is None:
        return True
    since = time.monotonic() - _known.counted_at
    fastest = float(setting("WHATSAPP_MESSAGES_PER_SECOND"))
    return since < COUNT_SECONDS and _known.left - (since + 1) * fastest > more


def _left_under_lock(counted: QuerySet[Message] | None = None) -> int | None:
    """Count exactly, one process after another, until the transaction ends."""
    list(Channel.objects.select_for_update(no_key=True).filter(pk=_number()).values_list("pk"))
    allowed = capacity_now(_number()).people_a_day
    return None if allowed is None else allowed - _count(counted if counted is not None else _counted())


def _note(left: int) -> None:
    now = time.monotonic()
    _known.left, _known.counted_at = left, now
    _known.used_up_until = now + USED_UP_SECONDS if left <= 0 else -math.inf


def _counted() -> QuerySet[Message]:
    """What Meta counts: of the last 24 hours, and not what failed."""
    today = Message.objects.filter(opens_conversation=True, sending_since__gt=Now() - DAY)
    return today.exclude(status__in=[Status.FAILED, Status.QUEUED])


def _count(messages: QuerySet[Message]) -> int:
    return messages.values("contact").distinct().count()


def _number() -> str:
    return str(setting("WHATSAPP_PHONE_NUMBER_ID"))
