"""The emojis on the messages of a conversation."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sandbox.content import Reaction
from sandbox.messages import Message, Reply


class Given(NamedTuple):
    """A reaction, and whether the business gave it."""

    target: str
    emoji: str
    by_business: bool


def reaction_in(item: Message | Reply) -> Given | None:
    """Read the reaction that a message is, or None."""
    if isinstance(item, Message):
        attachment = item.envelope.content.attachment
        return Given(attachment.message_id, attachment.emoji, True) if isinstance(attachment, Reaction) else None
    told = item.inbound.content.get("reaction") if item.inbound.type == "reaction" else None
    return Given(told["message_id"], told.get("emoji", ""), False) if told else None


def reactions_in(conversation: Iterable[Message | Reply]) -> Mapping[str, dict[bool, str]]:
    """Return, for each wamid, the latest emoji of the business and that of the person."""
    on: dict[str, dict[bool, str]] = {}
    for item in conversation:
        given = reaction_in(item)
        if given is not None:
            on.setdefault(given.target, {})[given.by_business] = given.emoji
    return on
