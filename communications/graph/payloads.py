"""Bodies for `POST /{phone_number_id}/messages`. Pure; each returns the part that depends on the kind.

Source: Meta's Cloud API message reference. `to` always carries its plus sign: without it Meta prepends the sending
number's own country code, and another person gets the message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from communications.errors import InvalidMessage
from communications.graph.field_limits import required_wamid
from communications.message_text import check_characters, check_text

TemplateParameters = Sequence[str] | Mapping[str, Any]


def text(body: str) -> dict[str, Any]:
    """Plain text, up to 4096 characters; raises `InvalidMessage` where WhatsApp could not carry it."""
    check_text(body)
    return {"type": "text", "text": {"body": body}}


def template(name: str, language_code: str, parameters: TemplateParameters | None = None) -> dict[str, Any]:
    """An approved template, its variables filled with `parameters`.

    `parameters` is a list of body values in order, or a mapping with any of `body` (list), `header` (list) and
    `buttons` (list of URL suffixes; None skips a button that takes no value). Raises `InvalidMessage` for a value that
    is not made of characters.
    """
    content: dict[str, Any] = {"name": name, "language": {"code": language_code}}
    components = _components(parameters)
    if components:
        content["components"] = components
    return {"type": "template", "template": content}


def envelope(
    content: Mapping[str, Any], *, to: str, message_id: str, user_id: str = "", reply_to: str = ""
) -> dict[str, Any]:
    """Address `content` to one person; `message_id` comes back in every status of the message.

    `user_id` is for people who hide their number: it stands in for an empty `to`. `reply_to` is the wamid of the
    message that is answered, and quoted above this one.
    """
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **({"to": to} if to else {"recipient": user_id}),
        **({"context": {"message_id": reply_to}} if reply_to else {}),
        **content,
        "biz_opaque_callback_data": message_id,
    }


def check_reply(content: Mapping[str, Any], reply_to: str) -> None:
    """Raise `InvalidMessage` if `content` cannot be an answer to the message `reply_to`."""
    if content["type"] == "reaction":
        raise InvalidMessage("A reaction names its message itself, and WhatsApp takes none as a reply: omit reply_to.")
    required_wamid(reply_to, "the ID of the message to reply to")


def read_receipt(wamid: str, *, typing: bool = False) -> dict[str, Any]:
    """Mark a received message, and all before it, as read; `typing` shows for up to 25 s that an answer is coming."""
    return {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": required_wamid(wamid, "the ID of the message to mark as read"),
        **({"typing_indicator": {"type": "text"}} if typing else {}),
    }


def _components(parameters: TemplateParameters | None) -> list[dict[str, Any]]:
    if not parameters:
        return []
    parts = parameters if isinstance(parameters, Mapping) else {"body": parameters}
    components: list[dict[str, Any]] = [
        {"type": part, "parameters": _text_parameters(parts[part])} for part in ("header", "body") if parts.get(part)
    ]
    components += [
        {"type": "button", "sub_type": "url", "index": str(index), "parameters": _text_parameters([suffix])}
        for index, suffix in enumerate(parts.get("buttons") or [])
        if suffix is not None
    ]
    return components


def _text_parameters(values: Sequence[str]) -> list[dict[str, str]]:
    if isinstance(values, str):
        # A text is a sequence too: of letters, each of which would fill a variable of its own.
        raise InvalidMessage("Give the template's values as a list, even if there is only one.")
    texts = [str(value) for value in values]
    for text_ in texts:
        check_characters(text_)
    return [{"type": "text", "text": text_} for text_ in texts]
