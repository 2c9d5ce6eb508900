"""What each type of message must hold, and what the person then sees.

A new type is one function here and one line in `CHECKS`: it takes the request's object of that name and the
business, refuses it with a GraphError, or returns the Content for the phone.
"""

from collections.abc import Callable
from typing import Any

from sandbox.business import Business
from sandbox.contact_messages import check_contacts
from sandbox.content import Content, Place, Reaction
from sandbox.graph_errors import invalid_parameter
from sandbox.interactive_messages import check_interactive
from sandbox.media_messages import check_media
from sandbox.parameters import JSONObject, optional_text, require_object, require_text
from sandbox.template_messages import check_template

TEXT_LIMIT = 4096

Check = Callable[[Any, Business], Content]


def an_object(name: str, check: Callable[[JSONObject, Business], Content]) -> Check:
    """Guard a check: the request's `name` must be a JSON object."""
    return lambda value, business: check(require_object({name: value}, name), business)


def check_text(text: JSONObject, business: Business) -> Content:
    body = require_text(text, "body", path="text['body']", most=TEXT_LIMIT)
    if not isinstance(text.get("preview_url", False), bool):
        raise invalid_parameter("Param text['preview_url'] must be a boolean.")
    return Content(body)


def media(kind: str) -> Check:
    return an_object(kind, lambda value, business: check_media(kind, value, business))


def check_location(location: JSONObject, business: Business) -> Content:
    latitude = read_degrees(location, "latitude", most=90)
    longitude = read_degrees(location, "longitude", most=180)
    name = optional_text(location, "name", path="location['name']")
    address = optional_text(location, "address", path="location['address']")
    shown = " ".join(filter(None, (name, address))) or f"{location['latitude']}, {location['longitude']}"
    return Content(shown, header="[Location]", attachment=Place(latitude, longitude, name, address))


def read_degrees(location: JSONObject, name: str, *, most: int) -> float:
    try:
        degrees = float(location[name])
    except (KeyError, TypeError, ValueError):
        raise invalid_parameter(f"The parameter location['{name}'] is required.") from None
    if not -most <= degrees <= most:
        raise invalid_parameter(f"Param location['{name}'] must be between -{most} and {most}.")
    return degrees


def check_reaction(reaction: JSONObject, business: Business) -> Content:
    target = require_text(reaction, "message_id", path="reaction['message_id']")
    emoji = reaction.get("emoji")
    if not isinstance(emoji, str):
        raise invalid_parameter("The parameter reaction['emoji'] is required.")
    if emoji.isascii() and emoji:
        raise invalid_parameter("Param reaction['emoji'] must be one emoji, or empty to take the reaction back.")
    return Content(emoji or "Reaction removed", header="[Reaction]", attachment=Reaction(target, emoji))


CHECKS: dict[str, Check] = {
    "text": an_object("text", check_text),
    "template": an_object("template", check_template),
    "interactive": an_object("interactive", check_interactive),
    "image": media("image"),
    "video": media("video"),
    "document": media("document"),
    "audio": media("audio"),
    "sticker": media("sticker"),
    "location": an_object("location", check_location),
    "contacts": check_contacts,
    "reaction": an_object("reaction", check_reaction),
}
