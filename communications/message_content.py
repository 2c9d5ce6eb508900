"""What a person can read of a message, incoming or outgoing, whatever its type; and what was pressed. Pure."""

from collections.abc import Callable
from typing import Any

Content = dict[str, Any]


def text_of(message: Content) -> str:
    """Return text, caption, button, title: what stands in the bubble. Empty where there is nothing to read."""
    kind = message.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    part = message.get(kind) if isinstance(kind, str) else None
    return read(part) if read and isinstance(part, dict) else _list_text(kind, part)


def pressed_payload(message: Content) -> str:
    """Return what the button or row that the person pressed carries; empty where nothing was pressed."""
    return _first_of(
        _at("interactive", "button_reply", "id"), _at("interactive", "list_reply", "id"), _at("button", "payload")
    )(message)


def _at(*path: str) -> Callable[[Content], str]:
    """A reader of the text at `path`."""

    def read(part: Content) -> str:
        value: Any = part
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    return read


def _first_of(*readers: Callable[[Content], str]) -> Callable[[Content], str]:
    return lambda part: next(filter(None, (read(part) for read in readers)), "")


def _place(part: Content) -> str:
    named = ", ".join(filter(None, (_at("name")(part), _at("address")(part))))
    if named or part.get("latitude") is None or part.get("longitude") is None:
        return named
    return f"{part['latitude']}, {part['longitude']}"


def _list_text(kind: object, part: object) -> str:
    """Shared contact cards are a list."""
    if kind != "contacts" or not isinstance(part, list):
        return ""
    return ", ".join(filter(None, (_at("name", "formatted_name")(card) for card in part if isinstance(card, dict))))


_READERS: dict[str, Callable[[Content], str]] = {
    "text": _at("body"),
    "image": _at("caption"),
    "video": _at("caption"),
    "document": _first_of(_at("caption"), _at("filename")),
    "button": _at("text"),
    "interactive": _first_of(
        _at("button_reply", "title"), _at("list_reply", "title"), _at("nfm_reply", "body"), _at("body", "text")
    ),
    "reaction": _at("emoji"),
    "location": _place,
    "order": _at("text"),
    "system": _at("body"),
    "edit": _at("message", "text", "body"),
}
