"""What is kept. Each file is one subject; state only moves by conditional UPDATE or under a lock."""

from communications.models.account import AccountEvent, Channel, MessageTemplate
from communications.models.media import InboundMedia, UploadedMedia
from communications.models.messages import (
    RANK,
    IdempotencyKey,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
    time_ordered_uuid,
)
from communications.models.people import ConsentRecord, Contact, ContactIdentity, IdentityConflict
from communications.models.webhooks import WebhookEvent

__all__ = [
    "RANK",
    "AccountEvent",
    "Channel",
    "ConsentRecord",
    "Contact",
    "ContactIdentity",
    "IdempotencyKey",
    "IdentityConflict",
    "InboundMedia",
    "InboundMessage",
    "Message",
    "MessageStatus",
    "MessageTemplate",
    "ParkedStatus",
    "Status",
    "UploadedMedia",
    "WebhookEvent",
    "time_ordered_uuid",
]
