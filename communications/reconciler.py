"""Webhooks that never came: ask Meta's message history what became of a message, and repair its timeline.

Only for messages whose wamid is known; an unconfirmed one waits for a status that carries our ID. What was looked up
says `recovered` in the timeline.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from communications.errors import WhatsAppError
from communications.models import Message, Status
from communications.statuses import StatusUpdate, apply_statuses
from communications.whatsapp_service import whatsapp_service

logger = logging.getLogger(__name__)

# WhatsApp says "sent" within seconds; "delivered" may wait for the phone to be switched on.
FIRST_LOOK = timedelta(minutes=5)
NEXT_LOOK = timedelta(hours=1)
# A message lives for 30 days at Meta; after two it is not worth a call any more.
LAST_LOOK = timedelta(days=2)
# Meta allows 200 management calls an hour on a small account: one portion a minute stays well below.
PORTION = 3

_STATUSES = {"sent": Status.SENT, "delivered": Status.DELIVERED, "read": Status.READ, "failed": Status.FAILED}


def overdue(now: datetime) -> QuerySet[Message]:
    """Messages that WhatsApp accepted and has not been heard of since."""
    return Message.objects.filter(
        Q(looked_up_at=None) | Q(looked_up_at__lt=now - NEXT_LOOK),
        status__in=[Status.ACCEPTED, Status.HELD],
        wamid__isnull=False,
        created_at__range=(now - LAST_LOOK, now - FIRST_LOOK),
    )


def look_up_overdue(limit: int = PORTION) -> int:
    """Ask Meta about the oldest overdue messages; return how many timelines were repaired."""
    try:
        whatsapp_service.require_ready()
    except WhatsAppError:
        return 0
    now = timezone.now()
    with transaction.atomic():
        asked = list(overdue(now).select_for_update(skip_locked=True).order_by("created_at")[:limit])
        Message.objects.filter(pk__in=[message.pk for message in asked]).update(looked_up_at=now)
    return sum(_repair(message) for message in asked)


def _repair(message: Message) -> bool:
    try:
        history = whatsapp_service.message_history(message)
    except WhatsAppError as failure:
        logger.warning("The history of message %s could not be read: %s", message.pk, failure.detail)
        return False
    updates = [update for event in history if (update := _update(message, event))]
    with transaction.atomic():
        apply_statuses(updates)
    if updates:
        logger.warning("Webhooks of message %s were lost; %s statuses recovered", message.pk, len(updates))
    return bool(updates)


def _update(message: Message, event: dict[str, Any]) -> StatusUpdate | None:
    status, at = _STATUSES.get(str(event.get("delivery_status", "")).lower()), _time(event.get("timestamp"))
    if status is None or at is None:
        return None
    details = {"recovered": True}
    if isinstance(event.get("error_description"), str):
        details["error_description"] = event["error_description"]
    return StatusUpdate(wamid=message.wamid or "", message_id=message.pk, status=status, at=at, details=details)


def _time(value: object) -> datetime | None:
    """Unix seconds as a number or as text, or ISO 8601."""
    try:
        if isinstance(value, str) and not value.isdigit():
            parsed = datetime.fromisoformat(value)
            return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
