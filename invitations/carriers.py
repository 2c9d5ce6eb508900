"""What carries an invitation to a person: their own words while the 24-hour window is open, a template otherwise."""

from communications.message_templates import DEFINITIONS, TemplateDefinition, fold
from communications.models import Contact, Message
from communications.phone_numbers import PhoneNumber, parse
from communications.whatsapp_service import whatsapp_service
from invitations.conf import setting
from invitations.models import Invitation

_FIELDS = {"sender_name", "message"}


def usable_templates() -> list[str]:
    """The names that WHATSAPP_INVITATION_TEMPLATE may have: templates with a sender, their words and a link."""
    return [name for name, each in DEFINITIONS.items() if set(each.fields) == _FIELDS and each.url_field]


def template_for(contact: Contact | None) -> TemplateDefinition | None:
    """The template that has to carry an invitation to this person; None where plain text goes out."""
    name = setting("WHATSAPP_INVITATION_TEMPLATE")
    if not name or (contact is not None and contact.window_is_open()):
        return None
    return DEFINITIONS[name]


def prepare_template_for(invitation: Invitation) -> Message:
    """As `prepare`, for an invitation whose text WhatsApp did not take; there has to be a template."""
    template = template_for(None)
    if template is None:
        raise LookupError("WHATSAPP_INVITATION_TEMPLATE is empty")
    number = parse(invitation.phone_number)
    values = _values(invitation.sender_name, invitation.message, invitation.token)
    return whatsapp_service.prepare_message_template(template, number, values, contact=invitation.contact)


def prepare(number: PhoneNumber, contact: Contact, *, message: str, sender_name: str, token: str) -> Message:
    """Pass the gate and write the row of the message that carries the invitation; raises as `whatsapp_service` does.

    A template takes the sender's words on one line, and the link as its button.
    """
    template = template_for(contact)
    if template is None:
        return whatsapp_service.prepare_text_message(number, message, contact=contact)
    values = _values(sender_name, message, token)
    return whatsapp_service.prepare_message_template(template, number, values, contact=contact)


def _values(sender_name: str, message: str, token: str) -> dict[str, str]:
    return {"sender_name": fold(sender_name), "message": fold(message), "token": token}
