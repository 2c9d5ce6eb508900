"""The text of a message: what WhatsApp can carry. Pure."""

import re

from communications.errors import InvalidMessage
from communications.sentences import Sentence

TEXT_LIMIT = 4096
EMPTY_MESSAGE = Sentence("Write a message: it is empty.")
# Neither UTF-8 nor PostgreSQL can carry these.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
# Meta refuses these in a template's value: 132018.
_NOT_IN_A_VALUE = re.compile(r"[\n\r\t]| {5,}")


def check_text(body: object) -> None:
    """Raise `InvalidMessage` for a text that is empty, too long, or not made of characters."""
    if not isinstance(body, str) or not body.strip():
        raise InvalidMessage(EMPTY_MESSAGE)
    if len(body) > TEXT_LIMIT:
        raise InvalidMessage(
            Sentence(
                "Shorten the message to %(limit)d characters: it has %(count)d.", limit=TEXT_LIMIT, count=len(body)
            )
        )
    check_characters(body)


def check_characters(text: str) -> None:
    """Raise `InvalidMessage` for a text that holds U+0000 or half of a surrogate pair."""
    if _NOT_TEXT.search(text):
        raise InvalidMessage(Sentence("Remove the characters that are not text (U+0000, or half of an emoji)."))


def fits_a_template(value: str) -> bool:
    """Whether a template can carry this value: one line, no tab, no five spaces in a row."""
    return not _NOT_IN_A_VALUE.search(value)


def readable(text: str) -> str:
    """Leave out what is no text, from a source that cannot be asked to correct it."""
    return _NOT_TEXT.sub("", text)
