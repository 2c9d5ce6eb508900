"""What is shared rather than written: a place, contact cards, a reaction. Pure.

Each builder returns the part of the request that depends on the kind, or raises `InvalidMessage` with a sentence that
names the field and the limit. Source: Meta's pages on location, contacts and reaction messages.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from communications.errors import InvalidMessage
from communications.graph.field_limits import optional_text, require_count, required_text, required_wamid

CARDS_LIMIT = 257
# Meta names none for these; what is longer is nobody's name, address or number.
NAME_LIMIT = 1000

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_TAGS = "(?:[\U000e0020-\U000e007e]+\U000e007f)"
_ELEMENT = f"(?:{_FLAG}|{_PICTURE}(?:[\U0001f3fb-\U0001f3ff]|\ufe0f|{_TAGS})?)"
# The shape of a single emoji by Unicode's UTS #51: joined pictures, a flag, or a key of the telephone.
_ONE_EMOJI = re.compile(f"{_ELEMENT}(?:\u200d{_ELEMENT})*|[0-9#*]\ufe0f?\u20e3")


@dataclass(frozen=True)
class CardPhone:
    """A phone number on a card. With `wa_id` the card offers to write to it, without to invite it to WhatsApp."""

    number: str
    wa_id: str = ""


@dataclass(frozen=True)
class ContactCard:
    """A person or a business that can be added to the address book."""

    name: str
    phones: Sequence[CardPhone] = ()
    emails: Sequence[str] = ()
    urls: Sequence[str] = ()
    company: str = ""


def location(latitude: float, longitude: float, name: str = "", address: str = "") -> dict[str, Any]:
    """A place on the map, in decimal degrees. WhatsApp shows the address under the name."""
    place = {
        "latitude": _degrees(latitude, "latitude", 90),
        "longitude": _degrees(longitude, "longitude", 180),
        "name": optional_text(name, "the name of the place", NAME_LIMIT),
        "address": optional_text(address, "the address of the place", NAME_LIMIT),
    }
    return {"type": "location", "location": {key: value for key, value in place.items() if value}}


def contacts(cards: Sequence[ContactCard]) -> dict[str, Any]:
    """One to 257 contact cards."""
    require_count(cards, "contact cards", CARDS_LIMIT)
    return {"type": "contacts", "contacts": [_card(card, number) for number, card in enumerate(cards, start=1)]}


def reaction(wamid: str, emoji: str) -> dict[str, Any]:
    """One emoji on a message of the last 30 days; an empty `emoji` takes the reaction back."""
    message_id = required_wamid(wamid, "the ID of the message to react to")
    if emoji != "" and not (isinstance(emoji, str) and _ONE_EMOJI.fullmatch(emoji)):
        raise InvalidMessage("The emoji of the reaction is not a single emoji; WhatsApp takes 1.")
    return {"type": "reaction", "reaction": {"message_id": message_id, "emoji": emoji}}


def _degrees(value: float, name: str, limit: int) -> str:
    """The number as Meta's example writes it: a text in plain decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidMessage(f"The {name} is not a number.")
    if abs(value) > limit:
        raise InvalidMessage(f"The {name} is {value}; WhatsApp takes -{limit} to {limit} degrees.")
    return format(Decimal(str(value)), "f")


def _card(card: ContactCard, number: int) -> dict[str, Any]:
    which = f"of contact card {number}"
    name = required_text(card.name, f"the name {which}", NAME_LIMIT)
    company = optional_text(card.company, f"the company {which}", NAME_LIMIT)
    parts: dict[str, Any] = {
        # Meta wants a second name beside the whole one.
        "name": {"formatted_name": name, "first_name": name},
        "phones": [_phone(phone, f"{place} {which}") for place, phone in enumerate(card.phones, start=1)],
        "emails": [{"email": email} for email in _texts(card.emails, "email", which)],
        "urls": [{"url": url} for url in _texts(card.urls, "URL", which)],
        "org": {"company": company} if company else {},
    }
    return {key: value for key, value in parts.items() if value}


def _phone(phone: CardPhone, which: str) -> dict[str, str]:
    number = required_text(phone.number, f"phone {which}", NAME_LIMIT)
    wa_id = optional_text(phone.wa_id, f"the wa_id of phone {which}", NAME_LIMIT)
    return {"phone": number, **({"wa_id": wa_id} if wa_id else {})}


def _texts(values: Sequence[str], thing: str, which: str) -> list[str]:
    if isinstance(values, str):
        # A text is a sequence too: of letters, each of which would stand for itself.
        raise InvalidMessage(f"Give each {thing} {which} in a list, even if there is only one.")
    return [required_text(value, f"{thing} {place} {which}", NAME_LIMIT) for place, value in enumerate(values, start=1)]
