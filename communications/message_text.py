"""The text of a message: what WhatsApp can carry. Pure."""

from communications.errors import InvalidMessage

TEXT_LIMIT = 4096


def check_text(body: object) -> None:
    """Raise `InvalidMessage` for a text that is empty, too long, or not made of characters."""
    if not isinstance(body, str) or not body.strip():
        raise InvalidMessage("Write a message: it is empty.")
    if len(body) > TEXT_LIMIT:
        raise InvalidMessage(f"Shorten the message to {TEXT_LIMIT} characters: it has {len(body)}.")
    if "\x00" in body or any("\ud800" <= char <= "\udfff" for char in body):
        raise InvalidMessage("Remove the characters that are not text (U+0000, or half of an emoji).")
