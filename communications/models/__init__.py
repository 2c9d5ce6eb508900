"""What is kept. Each file is one subject; state only moves by conditional UPDATE or under a lock."""

from communications.models.account import AccountEvent, Channel, MessageTemplate
from communications.models.audit import AuditEntry
from communications.models.campaigns import Campaign
from communications.models.forgotten import ForgottenOptOut
from communications.models.identifiers import earliest_id_at, made_at, time_ordered_uuid
from communications.models.media import InboundMedia, UploadedMedia
from communications.models.messages import (
    RANK,
    IdempotencyKey,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
)
from communications.models.people import ConsentRecord, Contact, ContactIdentity, IdentityConflict
from communications.models.tallies import (
    Change,
    ChangedMessage,
    Counted,
    CountedMessage,
    MessageTally,
    Tally,
)
from communications.models.tokens import TokenScopes, TokenUse
from communications.models.webhooks import WebhookEvent

__all__ = [
    "RANK",
    "AccountEvent",
    "AuditEntry",
    "Campaign",
    "Change",
    "ChangedMessage",
    "Channel",
    "ConsentRecord",
    "Contact",
    "ContactIdentity",
    "Counted",
    "CountedMessage",
    "ForgottenOptOut",
    "IdempotencyKey",
    "IdentityConflict",
    "InboundMedia",
    "InboundMessage",
    "Message",
    "MessageStatus",
    "MessageTally",
    "MessageTemplate",
    "ParkedStatus",
    "Status",
    "Tally",
    "TokenScopes",
    "TokenUse",
    "UploadedMedia",
    "WebhookEvent",
    "earliest_id_at",
    "made_at",
    "time_ordered_uuid",
]
