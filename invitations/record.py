"""Everything that is known of one invitation beside how its newest message fares, for its page."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from communications.api.timelines import Step, steps_of
from communications.message_facts import place_of
from communications.models import ConsentRecord, Message, Status
from communications.rates import Rate, known_rates, rate_of
from communications.template_messages import readings_of
from communications.template_reading import Reading
from invitations.categories import category_name
from invitations.models import Invitation, InvitationMessage

# More messages carry no invitation: each is a day apart, and invitations expire.
_MOST_MESSAGES, _MOST_RECORDS = 20, 20


@dataclass(frozen=True)
class Price:
    """In which category Meta counts a message, whether it charges for it, and how much by the operator's rate file."""

    category: str
    is_billable: bool
    rate: Rate | None


@dataclass(frozen=True)
class Sending:
    """One message that carried the invitation. `request` is what went to Meta, as JSON."""

    message: Message
    sent_at: datetime
    sent_by: Any
    status: Status
    reading: Reading
    steps: list[Step]
    price: Price | None
    template: str
    request: str


def sendings_of(invitation: Invitation) -> list[Sending]:
    """Newest first; three queries however many there are."""
    carried = list(
        InvitationMessage.objects.filter(invitation=invitation)
        .select_related("message", "sent_by")
        .prefetch_related("message__statuses")
        .order_by("-pk")[:_MOST_MESSAGES]
    )
    readings = readings_of(each.message for each in carried)
    return [_sending(each, reading) for each, reading in zip(carried, readings, strict=True)]


def consent_of(invitation: Invitation, reader: Any) -> list[ConsentRecord]:
    """What was said about writing to the person, newest first. What other senders stated is for staff."""
    records = ConsentRecord.objects.filter(contact=invitation.contact_id).select_related("stated_by")
    if not reader.is_staff:
        records = records.exclude(kind=ConsentRecord.Kind.STATEMENT) | records.filter(stated_by=reader)
    return list(records.order_by("-at", "-pk")[:_MOST_RECORDS])


def _sending(carried: InvitationMessage, reading: Reading) -> Sending:
    message = carried.message
    template = message.content.get("template") or {}
    return Sending(
        message=message,
        sent_at=carried.sent_at,
        sent_by=carried.sent_by,
        status=Status(message.status),
        reading=reading,
        steps=steps_of(message),
        price=_price(message),
        template=f"{template['name']} ({template['language']['code']})" if template else "",
        request=json.dumps(message.content, ensure_ascii=False, indent=2) if message.content else "",
    )


def _price(message: Message) -> Price | None:
    """What Meta said last of the price; None where it has said nothing."""
    told = [pricing for step in message.timeline if isinstance(pricing := step.details.get("pricing"), dict)]
    if not told:
        return None
    category, is_billable = str(told[-1].get("category", "")).lower(), bool(told[-1].get("billable"))
    # Without the number nobody knows whose country's price it was.
    prices = known_rates() if is_billable and not message.is_forgotten else None
    country = place_of(message.to_number, message.to_user_id)
    return Price(category_name(category), is_billable, rate_of(category, country, prices) if prices else None)
