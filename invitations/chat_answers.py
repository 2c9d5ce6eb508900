"""What an invited person answers in the chat, by the buttons under the template that carried the invitation."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from communications.errors import WhatsAppError
from communications.models import InboundMessage
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from invitations import hand_over, life
from invitations.answer_buttons import DECLINE, JOIN
from invitations.guest_languages import language_for
from invitations.models import Invitation

logger = logging.getLogger(__name__)

# A reply is free text: it is only sent while the window that the pressed button opened is surely open.
_REPLY_WITHIN = timedelta(hours=23)


def take(pressed: InboundMessage, action: str, subject: str) -> None:
    """Take what a pressed button says about an invitation, from the invited person only, and once."""
    if action not in {JOIN, DECLINE}:
        return
    # The signature says that the button is ours; who pressed it, the message says.
    invitation = Invitation.objects.filter(token=subject, contact=pressed.contact_id).select_related("contact").first()
    if invitation is None:
        logger.warning("Message %s answers an invitation that is not theirs", pressed.pk)
    elif action == DECLINE:
        life.decline(invitation, via="chat")
    elif life.join(invitation, via="chat"):
        _lead_on(invitation, pressed)


def _lead_on(invitation: Invitation, pressed: InboundMessage) -> None:
    """One reply: thanks, and the way to the sign-up where there is one."""
    number = parse(invitation.phone_number)
    with translation.override(language_for("", number.country)):
        text = words_for(invitation)
    try:
        with transaction.atomic():
            reply = whatsapp_service.prepare_text_message(number, text, contact=invitation.contact)
            reply.expires_at = pressed.at + _REPLY_WITHIN
            reply.save(update_fields=["expires_at"])
            whatsapp_service.queue(reply)
    except WhatsAppError as failure:
        logger.warning("Whoever joined by invitation %s could not be answered: %s", invitation.pk, failure.code)


def words_for(invitation: Invitation) -> str:
    """The reply to whoever joined, in the language that is active."""
    address = hand_over.sign_up_address(invitation, valid_for=hand_over.IN_CHAT)
    if address:
        return _("Thank you for joining! Go on here: %(address)s") % {"address": address}
    sender = invitation.sender_name or _("Somebody")
    return _("Thank you for joining! %(sender)s sees that you have accepted, and will get in touch with you.") % {
        "sender": sender
    }
