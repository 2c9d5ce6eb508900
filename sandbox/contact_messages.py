"""The contacts message: cards with a name, and phone numbers and the like."""

from typing import Any

from sandbox.business import Business
from sandbox.content import Card, Content
from sandbox.graph_errors import invalid_parameter
from sandbox.parameters import JSONObject, require_list, require_object, require_text

NAME_PARTS = ("first_name", "last_name", "middle_name", "suffix", "prefix")
# The lists of a card, and what of each entry the phone shows.
LISTS = {"phones": "phone", "emails": "email", "urls": "url", "addresses": "city"}
MOST_CONTACTS = 257


def check_contacts(value: Any, business: Business) -> Content:
    contacts = require_list({"contacts": value}, "contacts", most=MOST_CONTACTS)
    cards = tuple(check_card(require_object({"contact": contact}, "contact")) for contact in contacts)
    return Content(", ".join(card.name for card in cards), header="[Contacts]", attachment=cards)


def check_card(contact: JSONObject) -> Card:
    name = require_object(contact, "name", path="contacts['name']")
    formatted = require_text(name, "formatted_name", path="contacts['name']['formatted_name']")
    if not any(isinstance(name.get(part), str) and name[part] for part in NAME_PARTS):
        raise invalid_parameter(f"Param contacts['name'] needs one of {', '.join(NAME_PARTS)} as well.")
    return Card(formatted, tuple(line for key in LISTS for line in read_lines(contact, key)))


def read_lines(contact: JSONObject, key: str) -> list[str]:
    if contact.get(key) is None:
        return []
    entries = contact[key]
    if not isinstance(entries, list):
        raise invalid_parameter(f"Param contacts['{key}'] must be an array.")
    objects = [require_object({key: entry}, key, path=f"contacts['{key}']") for entry in entries]
    return [text for entry in objects if isinstance(text := entry.get(LISTS[key]), str) and text]
