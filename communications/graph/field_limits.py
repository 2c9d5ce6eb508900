"""What Meta takes in each field of a message, checked before it is sent. Pure; nothing is ever cut to fit.

Every refusal names the field and the limit. Characters are code points, as in the text of a message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from communications.errors import InvalidMessage
from communications.graph.protocol import WAMID_LIMIT
from communications.message_text import readable

MEDIA_HEADERS = ("image", "video", "document")


def required_text(value: object, field: str, limit: int) -> str:
    """Return `value` if it is a text of 1 to `limit` characters; raise `InvalidMessage` naming `field` if not."""
    if not isinstance(value, str):
        raise InvalidMessage(f"{_capitalised(field)} is not a text.")
    if not value.strip():
        raise InvalidMessage(f"{_capitalised(field)} is empty; WhatsApp takes 1 to {limit} characters.")
    if len(value) > limit:
        raise InvalidMessage(f"{_capitalised(field)} has {len(value)} characters; WhatsApp takes {limit}.")
    if readable(value) != value:
        raise InvalidMessage(f"{_capitalised(field)} holds characters that are not text (U+0000, or half of an emoji).")
    return value


def optional_text(value: object, field: str, limit: int) -> str:
    """As `required_text`, but an empty text is taken for none."""
    return "" if value == "" else required_text(value, field, limit)


def required_id(value: object, field: str, limit: int) -> str:
    """As `required_text`, without spaces around it: Meta refuses them in an ID."""
    identifier = required_text(value, field, limit)
    if identifier != identifier.strip():
        raise InvalidMessage(f"{_capitalised(field)} begins or ends with a space.")
    return identifier


def required_wamid(value: object, field: str) -> str:
    """As `required_id`, for the ID that Meta gave to a message."""
    return required_id(value, field, WAMID_LIMIT)


def required_media_header(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return `value` if it is a picture, video or document over a text; raise `InvalidMessage` if not."""
    kind = value.get("type")
    file = value.get(kind) if kind in MEDIA_HEADERS else None
    if not isinstance(file, dict):
        raise InvalidMessage("The header is neither a text nor an image, a video or a document.")
    if "caption" in file:
        raise InvalidMessage("The header has a caption; WhatsApp takes none there. Write it into the body.")
    return dict(value)


def require_count(items: Sequence[object], things: str, limit: int) -> None:
    """Raise `InvalidMessage` unless there are 1 to `limit` of `things`."""
    if not 1 <= len(items) <= limit:
        raise InvalidMessage(f"The message has {len(items) or 'no'} {things}; WhatsApp takes 1 to {limit}.")


def require_distinct(values: Sequence[str], field: str, thing: str) -> None:
    """Raise `InvalidMessage` where two of the numbered `thing`s share the value of `field`."""
    first: dict[str, int] = {}
    for number, value in enumerate(values, start=1):
        if value in first:
            both = f"{_capitalised(thing)} {first[value]} and {thing} {number}"
            raise InvalidMessage(f"{both} have the same {field}; WhatsApp wants each to have its own.")
        first[value] = number


def _capitalised(field: str) -> str:
    return field[:1].upper() + field[1:]
