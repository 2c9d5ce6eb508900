"""What each type of message must hold, and what the person then sees.

A new type is one function here and one line in `CHECKS`: it takes the request's object of that name, refuses
it with a GraphError, or returns the Content for the phone.
"""

from collections.abc import Callable
from typing import Any

from sandbox.content import Content
from sandbox.graph_errors import invalid_parameter
from sandbox.interactive_messages import check_interactive
from sandbox.parameters import JSONObject, optional_text, require_list, require_object, require_text
from sandbox.template_messages import check_template

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

Check = Callable[[Any], Content]


def an_object(name: str, check: Callable[[JSONObject], Content]) -> Check:
    """Guard a check: the request's `name` must be a JSON object."""
    return lambda value: check(require_object({name: value}, name))


def check_text(text: JSONObject) -> Content:
    body = require_text(text, "body", path="text['body']", most=TEXT_LIMIT)
    if not isinstance(text.get("preview_url", False), bool):
        raise invalid_parameter("Param text['preview_url'] must be a boolean.")
    return Content(body)


def media(kind: str, *, captioned: bool) -> Check:
    """Make the check of a media type: exactly one of `id` and `link`, and perhaps a caption."""

    def check(value: JSONObject) -> Content:
        if ("id" in value) == ("link" in value):
            raise invalid_parameter(f"Param {kind} must have exactly one of 'id' and 'link'.")
        source = "id" if "id" in value else "link"
        require_text(value, source, path=f"{kind}['{source}']")
        if "caption" in value and not captioned:
            raise invalid_parameter(f"Unexpected key 'caption' on param '{kind}'.")
        caption = optional_text(value, "caption", path=f"{kind}['caption']", most=CAPTION_LIMIT)
        name = optional_text(value, "filename", path=f"{kind}['filename']") or kind.capitalize()
        return Content(caption, header=f"[{name}]")

    return an_object(kind, check)


def check_location(location: JSONObject) -> Content:
    for name in ("latitude", "longitude"):
        try:
            float(location[name])
        except (KeyError, TypeError, ValueError):
            raise invalid_parameter(f"The parameter location['{name}'] is required.") from None
    place = " ".join(str(location[key]) for key in ("name", "address") if key in location)
    return Content(place or f"{location['latitude']}, {location['longitude']}", header="[Location]")


def check_contacts(value: Any) -> Content:
    names = []
    for contact in require_list({"contacts": value}, "contacts"):
        name = require_object(require_object({"contact": contact}, "contact"), "name")
        names.append(require_text(name, "formatted_name", path="contacts['name']['formatted_name']"))
    return Content(", ".join(names), header="[Contacts]")


def check_reaction(reaction: JSONObject) -> Content:
    require_text(reaction, "message_id", path="reaction['message_id']")
    if not isinstance(reaction.get("emoji"), str):
        raise invalid_parameter("The parameter reaction['emoji'] is required.")
    return Content(reaction["emoji"] or "Reaction removed", header="[Reaction]")


CHECKS: dict[str, Check] = {
    "text": an_object("text", check_text),
    "template": an_object("template", check_template),
    "interactive": an_object("interactive", check_interactive),
    "image": media("image", captioned=True),
    "video": media("video", captioned=True),
    "document": media("document", captioned=True),
    "audio": media("audio", captioned=False),
    "sticker": media("sticker", captioned=False),
    "location": an_object("location", check_location),
    "contacts": check_contacts,
    "reaction": an_object("reaction", check_reaction),
}
