"""Messages by the thousand: composed without a query for each, and put into the queue together.

They wait there as messages of one campaign, and leave while it is running.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from communications import broker, bulk_insert, contacts, templates
from communications.conf import setting
from communications.graph import payloads
from communications.message_templates import TemplateDefinition
from communications.models import Campaign, Contact, Message, Status, time_ordered_uuid


@dataclass(frozen=True)
class Draft:
    """A message before its row: the `content` for Meta, and the `text` that is kept as what the person reads."""

    content: dict[str, Any]
    text: str
    is_marketing: bool


@dataclass(frozen=True)
class Addressed:
    """A draft for one person, under the number that it goes to."""

    contact: Contact
    number: str
    draft: Draft


class Drafts:
    """Composes messages; what Meta has of each template is looked up once, so make it anew for each portion."""

    def __init__(self) -> None:
        self._fitting = templates.Fitting()
        self._filled: dict[tuple[str, ...], Draft] = {}

    def text(self, body: str, *, is_marketing: bool) -> Draft:
        """Plain text, verbatim; raises `InvalidMessage`."""
        return Draft(payloads.text(body), body, is_marketing)

    def template(self, definition: TemplateDefinition, language: str, fields: Mapping[str, str]) -> Draft:
        """A template with its fields filled in; raises `InvalidMessage` and `TemplateUnavailable`."""
        known = self._fitting.known(definition.name, language)
        fields = templates.fields_at_meta(definition, known, fields)
        content = definition.content(language, fields)
        self._fitting.require(content)
        text = templates.text_at_meta(known, content) or definition.text(language, fields)
        return Draft(content, text, templates.is_marketing(known, definition))


def people_with(numbers: Collection[str]) -> dict[str, Contact]:
    """The people who have these numbers (E.164), by number; whoever nobody knows is made. Set-based."""
    return contacts.find_or_create_by_phones(numbers, evidence="sent to")


def queue(campaign: Campaign, messages: Sequence[Addressed], *, expires_at: datetime) -> list[UUID]:
    """Write the rows of these messages and return their keys, in this order; runs in the caller's transaction."""
    keys = [time_ordered_uuid() for _each in messages]
    now = timezone.now()
    rows = [
        {
            "id": key,
            "contact_id": each.contact.pk,
            "to_number": each.number,
            "kind": each.draft.content["type"],
            "text": each.draft.text,
            "content": each.draft.content,
            "is_marketing": each.draft.is_marketing,
            # In the order of the list, which is that of the queue.
            "created_at": now + place * timedelta(microseconds=1),
        }
        for place, (key, each) in enumerate(zip(keys, messages, strict=True))
    ]
    bulk_insert.insert(
        Message,
        rows,
        campaign=campaign,
        phone_number_id=setting("WHATSAPP_PHONE_NUMBER_ID"),
        status=Status.QUEUED,
        was_queued=True,
        expires_at=expires_at,
    )
    broker.ring(broker.QUEUED_MESSAGES)
    return keys
