"""How many people Meta lets us write to first in 24 hours: counted exactly, asked only where it matters.

Meta counts people, not messages, and only those whose 24-hour window was closed when we wrote (Meta's messaging
limits: 250, 2,000, 10,000, 100,000, unlimited). The rest waits, and goes on as the oldest day ends.
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from communications.conf import setting
from communications.models import Channel, Contact, Message, Status
from communications.models.people import WINDOW
from communications.results import Claimed

DAY = timedelta(hours=24)
# How long the queue looks only for people whom the limit does not keep waiting, before it counts anew; in seconds.
RECOUNT_SECONDS = 5.0
_UNITS = {"": 1, "K": 1_000, "M": 1_000_000}


def limit() -> int | None:
    """People a day, as Meta last said; None if it is unlimited, or Meta has said nothing."""
    told = Channel.objects.filter(pk=_number()).values_list("messaging_limit", flat=True).first() or ""
    amount = re.fullmatch(r"(?:TIER_)?([0-9]+)(K|M|)", told)
    return int(amount[1]) * _UNITS[amount[2]] if amount else None


def limits_left() -> int | None:
    """People whom we may still write to first now; None if there is no limit."""
    allowed = limit()
    return None if allowed is None else max(0, allowed - _used())


def goes_on_at() -> datetime | None:
    """When a used-up limit lets the next person through; None if it is not used up."""
    if limits_left() != 0:
        return None
    newest = _counted().values("contact").annotate(last=Max("sending_since")).order_by("last")
    first = newest.values_list("last", flat=True).first()
    return first + DAY if first else None


def not_kept_waiting(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those whom a used-up limit does not keep waiting: an open window, or counted already today."""
    open_ = Contact.objects.filter(last_wrote_at__gt=Now() - WINDOW).values("pk")
    return messages.filter(Q(contact__in=open_) | Q(contact__in=_counted().values("contact")))


@dataclass
class _Known:
    """What the last count left, and when it was counted."""

    left: float = 0.0
    counted_at: float = -math.inf
    used_up_until: float = -math.inf


_known = _Known()


def is_used_up() -> bool:
    """Say whether the last count found nothing left, a moment ago."""
    return time.monotonic() < _known.used_up_until


def forget() -> None:
    """Count anew the next time."""
    _known.left, _known.counted_at, _known.used_up_until = 0.0, -math.inf, -math.inf


def within(messages: Sequence[Claimed], contacts: Mapping[int, Contact]) -> tuple[list[Claimed], set[UUID]]:
    """Those of `messages` that may go today, and the keys of those that open a conversation. Runs in a transaction.

    Where the limit is near, processes count one after another, so that it holds exactly.
    """
    closed = [each for each in messages if not contacts[each.contact_id].window_is_open(each.since)]
    opening = {each.pk for each in closed}
    new = {each.contact_id for each in closed}
    if not new or _is_far_away(len(new)):
        return list(messages), opening
    list(Channel.objects.select_for_update(no_key=True).filter(pk=_number()).values_list("pk"))
    allowed = limit()
    if allowed is None:
        return list(messages), opening
    left = allowed - _used()
    known = set(_counted().filter(contact__in=new).values_list("contact", flat=True))
    let_through = known | set(_in_order(closed, new - known)[: max(0, left)])
    _note(left - len(let_through - known))
    return [each for each in messages if each.pk not in opening or each.contact_id in let_through], opening


def _in_order(messages: Sequence[Claimed], contacts: set[int]) -> list[int]:
    return [contact for contact in dict.fromkeys(each.contact_id for each in messages) if contact in contacts]


def _is_far_away(more: int) -> bool:
    """What all processes together may have sent since the last count leaves enough."""
    since = time.monotonic() - _known.counted_at + 1
    fastest = float(setting("WHATSAPP_MESSAGES_PER_SECOND"))
    return _known.left - since * fastest > more


def _note(left: int) -> None:
    now = time.monotonic()
    _known.left, _known.counted_at = left, now
    _known.used_up_until = now + RECOUNT_SECONDS if left <= 0 else -math.inf


def _counted() -> QuerySet[Message]:
    today = Message.objects.filter(opens_conversation=True, sending_since__gt=Now() - DAY)
    return today.exclude(status=Status.FAILED)


def _used() -> int:
    return _counted().values("contact").distinct().count()


def _number() -> str:
    return str(setting("WHATSAPP_PHONE_NUMBER_ID"))
