"""What invitations make of what happens to their messages."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.utils import timezone

from communications.errors import WhatsAppError
from communications.models import InboundMessage, Message, Status
from communications.signals import button_pressed, database_restored, message_status_changed, messages_left
from invitations import carriers, chat_answers, resending, services
from invitations.models import Invitation, InvitationQuerySet

logger = logging.getLogger(__name__)

WINDOW_CLOSED = 131047
# What waited no longer than this left when it was queued, as far as cool-down and validity go.
_SOON = timedelta(minutes=10)
# For how long a template is tried in the place of a text, and how many at a time.
_TRIED_FOR, _PORTION = timedelta(days=3), 100


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


@receiver(database_restored, sender=Message)
def let_overdue_reminders_be(**kwargs: Any) -> str:
    """Those that were due since the backup may have been sent, which the database does not know."""
    return f"{resending.pass_over_overdue()} invitations are not reminded of by themselves: it may have been done."


@receiver(message_status_changed, sender=Message)
def send_template_instead(message: Message, status: str, **kwargs: Any) -> None:
    """A text that WhatsApp took and then refused because the window is closed leads to the template, once."""
    if status != Status.FAILED or message.meta_code != WINDOW_CLOSED or message.kind != "text":
        return
    invitation = Invitation.objects.filter(newest_message=message).only("pk").first()
    if invitation:
        _go_on_as_template(invitation.pk)


def send_templates_instead() -> int:
    """Try again with what could not go on at the time: the channel was paused, the template not approved yet.

    Returns how many templates were queued.
    """
    refused = _refused_as_text().filter(
        last_sent_at__gt=timezone.now() - _TRIED_FOR, contact__opted_out_at=None, contact__marketing_opted_out_at=None
    )
    return sum(map(_go_on_as_template, list(refused.order_by("last_sent_at").values_list("pk", flat=True)[:_PORTION])))


def _go_on_as_template(key: UUID) -> bool:
    if not carriers.has_template():
        return False
    try:
        with transaction.atomic():
            # Of two who try at the same instant, the second finds a newer message.
            services.keep_answers_waiting(Invitation.objects.filter(pk=key))
            invitation = _refused_as_text().filter(pk=key).first()
            if invitation:
                services.queue_template(invitation)
    except WhatsAppError as failure:
        logger.warning("Invitation %s could not go on as a template: %s", key, failure.code)
        return False
    return invitation is not None


def _refused_as_text() -> InvitationQuerySet:
    """Live ones whose text was refused late. What was refused at once was answered with an error, and stays unsent."""
    texts = Message.objects.filter(
        pk=OuterRef("newest_message_id"), status=Status.FAILED, kind="text", meta_code=WINDOW_CLOSED,
        statuses__status__in=[Status.ACCEPTED, Status.HELD],
    )  # fmt: skip
    return Invitation.objects.live().filter(Exists(texts))
