"""What is kept of invitations: each on its own, whole lists of them, and what they are counted as."""

from invitations.models.batches import BatchPiece, BatchRow, InvitationBatch, InvitationBatchQuerySet
from invitations.models.invitations import (
    SENDER_NAME_LIMIT,
    WAITING,
    Invitation,
    InvitationMessage,
    InvitationQuerySet,
    new_token,
    sender_defaults,
    valid_since,
)
from invitations.models.tallies import ChangedInvitation, CountedInvitation, InvitationTally

__all__ = [
    "SENDER_NAME_LIMIT",
    "WAITING",
    "BatchPiece",
    "BatchRow",
    "ChangedInvitation",
    "CountedInvitation",
    "Invitation",
    "InvitationBatch",
    "InvitationBatchQuerySet",
    "InvitationMessage",
    "InvitationQuerySet",
    "InvitationTally",
    "new_token",
    "sender_defaults",
    "valid_since",
]
