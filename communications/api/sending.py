"""Send what a request asks for, now or at its time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from communications import idempotency
from communications.api.errors import MessageNotSent
from communications.errors import WhatsAppError
from communications.models import IdempotencyKey, Message
from communications.whatsapp_service import whatsapp_service


def send(
    prepare: Callable[[], Message],
    *,
    requested_by: Any,
    due_at: datetime | None,
    expires_at: datetime | None,
    reservation: IdempotencyKey | None,
) -> Message:
    """Write the message's row and wait for Meta's answer; one that has a time waits in the queue instead.

    Raises what `prepare` raises before a row is written, and `MessageNotSent` with the reason after.
    """
    with transaction.atomic():
        message = prepare()
        message.requested_by, message.due_at, message.expires_at = requested_by, due_at, expires_at
        message.save(update_fields=["requested_by", "due_at", "expires_at"])
        if due_at:
            whatsapp_service.queue(message)
            message.refresh_from_db(fields=["status"])
        if reservation:
            idempotency.name_message(reservation, message)
    if due_at:
        return message
    try:
        whatsapp_service.deliver(message)
    except WhatsAppError as failure:
        raise MessageNotSent(message, failure) from failure
    return message
