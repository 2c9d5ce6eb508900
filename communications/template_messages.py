"""A template message before it is sent: what goes to Meta, what is kept, and what the person would read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from communications import templates
from communications.languages import language_of
from communications.message_templates import TemplateDefinition
from communications.models import Message, MessageTemplate
from communications.phone_numbers import PhoneNumber
from communications.template_reading import Reading, read


@dataclass(frozen=True)
class TemplateMessage:
    """The `content` for Meta, and the `text` that is kept as what the person read.

    `at_meta` is the template as Meta has it, as far as we were told.
    """

    definition: TemplateDefinition
    language: str
    content: dict[str, Any]
    text: str
    at_meta: MessageTemplate | None

    @property
    def is_marketing(self) -> bool:
        return templates.is_marketing(self.at_meta, self.definition)


def compose(
    definition: TemplateDefinition, to: PhoneNumber, fields: Mapping[str, str], *, language: str | None = None
) -> TemplateMessage:
    """Fill a template in, in the language of the recipient's country; nothing is written.

    Raises `InvalidMessage` that names the field, and `TemplateUnavailable`.
    """
    chosen = language or language_of(to.country, definition.languages)
    if fields.keys() & set(definition.reply_fields):
        fields = templates.fields_at_meta(definition, templates.find(definition.name, chosen), fields)
    content = definition.content(chosen, fields)
    at_meta = templates.require_fit(content, defined=True)
    text = templates.text_at_meta(at_meta, content) or definition.text(chosen, fields)
    return TemplateMessage(definition, chosen, content, text, at_meta)


def reading_of(message: TemplateMessage, *, base_url: str) -> Reading:
    """What the person reads: in the words that Meta has, or in those of the definition where they are not known.

    `base_url` is where a button of the definition leads.
    """
    known = message.at_meta
    defined = message.definition.creation_request(message.language, base_url=base_url)["components"]
    return read((known.components if known else None) or defined, message.content["template"])


def category_of(message: TemplateMessage) -> str:
    """The category in which Meta counts the message: it may have changed the one that was asked for."""
    known = message.at_meta
    return (known.category if known else "") or message.definition.category


def readings_of(messages: Iterable[Message]) -> list[Reading]:
    """What the person read of messages that were sent, with the buttons under it; one query for all of them."""
    messages = list(messages)
    sent = {message.pk: message.content["template"] for message in messages if message.content.get("template")}
    names = {template["name"] for template in sent.values()}
    rows = MessageTemplate.objects.filter(name__in=names).exclude(components=[]) if names else []
    known = {(row.name, row.language): row.components for row in rows}
    return [_reading_of_sent(message, sent.get(message.pk), known) for message in messages]


def _reading_of_sent(
    message: Message, template: dict[str, Any] | None, known: Mapping[tuple[str, str], list[Any]]
) -> Reading:
    """The words are those that were kept: Meta's may have changed since."""
    components = known.get((template["name"], template["language"]["code"])) if template else None
    if not template or not components:
        return Reading(body=message.text)
    there = read(components, template)
    return Reading(body=message.text or there.body, buttons=there.buttons)
