"""What invitations make of what happens to their messages."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from communications.errors import WhatsAppError
from communications.models import InboundMessage, Message, Status
from communications.signals import button_pressed, message_status_changed, messages_left
from invitations import carriers, chat_answers, services
from invitations.models import Invitation

logger = logging.getLogger(__name__)

WINDOW_CLOSED = 131047
# What waited no longer than this left when it was queued, as far as cool-down and validity go.
_SOON = timedelta(minutes=10)


@receiver(button_pressed, sender=InboundMessage)
def take_answer(inbound_message: InboundMessage, action: str, subject: str, **kwargs: Any) -> None:
    """The buttons under the template, "Accept" and "Not now", are answers like those of the page."""
    chat_answers.take(inbound_message, action, subject)


@receiver(messages_left, sender=Message)
def count_from_leaving(message_ids: Sequence[UUID], **kwargs: Any) -> None:
    """Cool-down and validity begin when the message leaves, however long it had to wait."""
    now = timezone.now()
    waited = Invitation.objects.filter(newest_message__in=message_ids, last_sent_at__lt=now - _SOON)
    waited.update(last_sent_at=now)


@receiver(message_status_changed, sender=Message)
def send_template_instead(message: Message, status: str, **kwargs: Any) -> None:
    """A text that WhatsApp took and then refused because the window is closed leads to the template, once."""
    if status != Status.FAILED or message.meta_code != WINDOW_CLOSED or message.kind != "text":
        return
    # What was refused at once was answered with an error, and is never sent later by itself.
    if not message.statuses.filter(status__in=[Status.ACCEPTED, Status.HELD]).exists():
        return
    invitation = Invitation.objects.live().filter(newest_message=message).first()
    if invitation is None or not carriers.has_template():
        return
    try:
        with transaction.atomic():
            services.queue_template(invitation)
    except WhatsAppError as failure:
        logger.warning("Invitation %s could not go on as a template: %s", invitation.pk, failure.code)
