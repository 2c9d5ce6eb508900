"""What carries an invitation to a person: their own words while the 24-hour window is open, a template otherwise."""

from dataclasses import dataclass
from enum import StrEnum

from communications.languages import language_of
from communications.message_templates import DEFINITIONS, TemplateDefinition, fold
from communications.message_text import check_text
from communications.models import Contact, Message
from communications.phone_numbers import PhoneNumber, parse
from communications.whatsapp_service import whatsapp_service
from invitations.answer_buttons import payloads_for
from invitations.conf import setting
from invitations.links import invitation_link, with_link
from invitations.models import Invitation

_FIELDS, _REPLIES = {"sender_name", "message"}, {"accept", "decline"}


class Reason(StrEnum):
    """Why an invitation goes this way."""

    WINDOW_OPEN = "window_open"
    WINDOW_CLOSED = "window_closed"
    NO_TEMPLATE = "no_template"


@dataclass(frozen=True)
class Way:
    """The `template` that carries an invitation and its `language`, or plain text where there is none."""

    reason: Reason
    template: TemplateDefinition | None = None
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What an invitation says, by whom, and where it leads. `link_base` is empty where a free text stays verbatim."""

    message: str
    sender_name: str
    token: str
    link_base: str = ""

    def as_text(self) -> str:
        """The free text; raises `InvalidMessage`."""
        check_text(self.message)
        if not self.link_base:
            return self.message
        return with_link(self.message, invitation_link(self.token, base_url=self.link_base))

    def as_values(self) -> dict[str, str]:
        """The fields of a template: a value is one line, and link and answers are buttons."""
        said = {"sender_name": fold(self.sender_name), "message": fold(self.message)}
        return {**said, "token": self.token, **payloads_for(self.token)}


def usable_templates() -> list[str]:
    """What WHATSAPP_INVITATION_TEMPLATE may be: templates with a sender, their words, a link and two answers."""
    return [name for name, each in DEFINITIONS.items() if _can_carry(each)]


def _can_carry(template: TemplateDefinition) -> bool:
    has_fields = set(template.fields) == _FIELDS and template.url_field is not None
    return has_fields and set(template.reply_fields) == _REPLIES


def way_to(number: PhoneNumber, contact: Contact | None) -> Way:
    """Say what has to carry an invitation to the person with this number."""
    if contact is not None and contact.window_is_open():
        return Way(Reason.WINDOW_OPEN)
    name = setting("WHATSAPP_INVITATION_TEMPLATE")
    if not name:
        return Way(Reason.NO_TEMPLATE)
    template = DEFINITIONS[name]
    return Way(Reason.WINDOW_CLOSED, template, language_of(number.country, template.languages))


def has_template() -> bool:
    """Whether an invitation can go to somebody who has not written."""
    return bool(setting("WHATSAPP_INVITATION_TEMPLATE"))


def prepare(number: PhoneNumber, contact: Contact, words: Words) -> Message:
    """Pass the gate and write the row of the message that carries the invitation; raises as `whatsapp_service` does."""
    return _prepare(way_to(number, contact), number, contact, words)


def prepare_template_for(invitation: Invitation) -> Message:
    """As `prepare`, for an invitation whose text WhatsApp did not take; there has to be a template."""
    number = parse(invitation.phone_number)
    way = way_to(number, None)
    if way.template is None:
        raise LookupError("WHATSAPP_INVITATION_TEMPLATE is empty")
    return _prepare(way, number, invitation.contact, words_of(invitation))


def words_of(invitation: Invitation) -> Words:
    """What an invitation says, whenever it is sent."""
    return Words(
        message=invitation.message,
        sender_name=invitation.sender_name,
        token=invitation.token,
        link_base=invitation.link_base,
    )


def _prepare(way: Way, number: PhoneNumber, contact: Contact, words: Words) -> Message:
    if way.template is None:
        # Meta counts unsolicited invitations as marketing, whatever carries them.
        return whatsapp_service.prepare_text_message(number, words.as_text(), contact=contact, is_marketing=True)
    return whatsapp_service.prepare_message_template(
        way.template, number, words.as_values(), language=way.language, contact=contact
    )
