"""What Meta accepts and then cannot deliver, whoever the person is: told by webhook as `failed`."""

import ipaddress
from urllib.parse import urlsplit

from sandbox.clock import DAY, Clock
from sandbox.content import File, Reaction
from sandbox.envelope import Envelope
from sandbox.graph_errors import GraphError
from sandbox.messages import Message, MessageStore, Reply, moment_of

REACTION_DAYS = 30


def late_failure(envelope: Envelope, store: MessageStore, clock: Clock) -> GraphError | None:
    attachment = envelope.content.attachment
    if isinstance(attachment, Reaction):
        target = store.messages.get(attachment.message_id) or store.replies.get(attachment.message_id)
        if target is None or clock() - moment_of(target) > REACTION_DAYS * DAY or is_reaction(target):
            return GraphError(131009, "The message to react to is unknown, is older than 30 days, or is a reaction.")
    if isinstance(attachment, File) and attachment.link and not is_public(attachment.link):
        return GraphError(131053, "Downloading media from weblink failed: the host cannot be reached.")
    return None


def is_reaction(item: Message | Reply) -> bool:
    return (item.envelope.type if isinstance(item, Message) else item.inbound.type) == "reaction"


def is_public(link: str) -> bool:
    """Tell, by its looks alone, whether Meta could reach a link. Nothing is fetched."""
    host = urlsplit(link).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))
