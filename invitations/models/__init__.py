"""What is kept of invitations: each on its own, and whole lists of them."""

from invitations.models.batches import BatchPiece, BatchRow, InvitationBatch, InvitationBatchQuerySet
from invitations.models.invitations import (
    SENDER_NAME_LIMIT,
    Invitation,
    InvitationMessage,
    InvitationQuerySet,
    new_token,
    sender_defaults,
)

__all__ = [
    "SENDER_NAME_LIMIT",
    "BatchPiece",
    "BatchRow",
    "Invitation",
    "InvitationBatch",
    "InvitationBatchQuerySet",
    "InvitationMessage",
    "InvitationQuerySet",
    "new_token",
    "sender_defaults",
]
