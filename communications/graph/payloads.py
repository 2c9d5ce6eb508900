"""Bodies for `POST /{phone_number_id}/messages`. Pure; each returns the part that depends on the kind.

Source: Meta's Cloud API message reference. `to` always carries its plus sign: without it Meta prepends the sending
number's own country code, and another person gets the message.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from communications.errors import InvalidMessage
from communications.graph.field_limits import MEDIA_HEADERS, required_media_header, required_wamid
from communications.message_text import check_characters, check_text, fits_a_template

TemplateParameters = Sequence[str] | Mapping[str, Any]

_PARTS = ("body", "header", "buttons")
# What stands in an address as it is, by RFC 3986.
_IN_AN_ADDRESS = "%:/?#[]@!$&'()*+,;=~"
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def text(body: str) -> dict[str, Any]:
    """Plain text, up to 4096 characters; raises `InvalidMessage` where WhatsApp could not carry it."""
    check_text(body)
    return {"type": "text", "text": {"body": body}}


def template(name: str, language_code: str, parameters: TemplateParameters | None = None) -> dict[str, Any]:
    """An approved template, its variables filled with `parameters`.

    `parameters` is a list of body values in order, or a mapping with any of `body`, `header` and `buttons`. Body and
    header are lists of values, or mappings where the template's variables have names; a header may also be what
    `whatsapp_service.media_header` makes. `buttons` is a list of URL suffixes, where None skips a button that takes no
    value. Raises `InvalidMessage` that names the value which a template cannot carry.
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
    if unknown := [part for part in parts if part not in _PARTS]:
        raise InvalidMessage(f"A template has no {unknown[0]}. Give its values as {', '.join(_PARTS)}.")
    components: list[dict[str, Any]] = [
        {"type": part, "parameters": _parameters(part, parts[part])} for part in ("header", "body") if parts.get(part)
    ]
    components += [
        {"type": "button", "sub_type": "url", "index": str(index), "parameters": [_suffix(index, suffix)]}
        for index, suffix in enumerate(_listed(parts.get("buttons") or []))
        if suffix is not None
    ]
    return components


def _parameters(part: str, values: Sequence[Any] | Mapping[str, Any]) -> list[dict[str, Any]]:
    if isinstance(values, Mapping):
        if part == "header" and values.get("type") in MEDIA_HEADERS:
            return [required_media_header(values)]
        return [
            {"type": "text", "parameter_name": name, "text": _value(value, f"{name} of the template's {part}")}
            for name, value in values.items()
        ]
    return [
        {"type": "text", "text": _value(value, f"value {place} of the template's {part}")}
        for place, value in enumerate(_listed(values), start=1)
    ]


def _listed(values: Sequence[Any]) -> Sequence[Any]:
    if isinstance(values, str):
        # A text is a sequence too: of letters, each of which would fill a variable of its own.
        raise InvalidMessage("Give the template's values as a list, even if there is only one.")
    return values


def _suffix(index: int, value: object) -> dict[str, str]:
    """The end of a button's address; Meta wants it percent-encoded. What is encoded already stays as it is."""
    suffix = _LONE_PERCENT.sub("%25", _value(value, f"the value of the template's button {index}"))
    return {"type": "text", "text": quote(suffix, safe=_IN_AN_ADDRESS)}


def _value(value: object, which: str) -> str:
    """A text or a number as a template carries it; `which` begins the sentence that refuses anything else."""
    told = which[:1].upper() + which[1:]
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise InvalidMessage(f"{told} is not a text.")
    text_ = str(value)
    if not text_.strip():
        raise InvalidMessage(f"{told} is empty; WhatsApp takes no variable without a text.")
    check_characters(text_)
    if not fits_a_template(text_):
        raise InvalidMessage(f"{told} takes no line break, tab or five spaces in a row.")
    return text_
