"""What invitations make of what happens to their messages."""

import logging
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from communications.errors import WhatsAppError
from communications.models import Contact, InboundMessage, Message, Status
from communications.signals import button_pressed, message_status_changed, person_forgotten, personal_data_asked
from invitations import carriers, chat_answers, services
from invitations.models import Invitation, new_token

logger = logging.getLogger(__name__)

WINDOW_CLOSED = 131047


@receiver(button_pressed, sender=InboundMessage)
def take_answer(inbound_message: InboundMessage, action: str, subject: str, **kwargs: Any) -> None:
    """The buttons under the template, "Accept" and "Not now", are answers like those of the page."""
    chat_answers.take(inbound_message, action, subject)


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


@receiver(personal_data_asked, sender=Contact)
def tell_invitations(contact: Contact, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    """What is kept about a person in the invitations that they got."""
    invitations = Invitation.objects.filter(contact=contact).select_related("inviter").order_by("pk")
    return {
        "invitations": [
            {
                "id": str(invitation.pk),
                "createdAt": invitation.created_at.isoformat(),
                "phoneNumber": invitation.phone_number,
                "recipientName": invitation.recipient_name,
                "companyName": invitation.company_name,
                "message": invitation.message,
                "invitedBy": invitation.inviter.get_username(),
                "state": invitation.standing,
                "openedAt": invitation.opened_at.isoformat() if invitation.opened_at else None,
                "answeredAt": invitation.answered_at.isoformat() if invitation.answered_at else None,
            }
            for invitation in invitations
        ]
    }


@receiver(person_forgotten, sender=Contact)
def forget_in_invitations(contact: Contact, **kwargs: Any) -> None:
    """Empty the person's invitations, and let their links lead nowhere; the inviter's count stays."""
    invitations = Invitation.objects.filter(contact=contact)
    invitations.filter(state__in=Invitation.LIVE_STATES).update(state=Invitation.State.REVOKED)
    for invitation in invitations:
        invitation.token = new_token()
        invitation.phone_number = invitation.message = invitation.recipient_name = invitation.company_name = ""
        invitation.save(update_fields=["token", "phone_number", "message", "recipient_name", "company_name"])
