"""What is kept of invitations, and what they are counted as."""

from invitations.models.invitations import (
    SENDER_NAME_LIMIT,
    Invitation,
    InvitationMessage,
    InvitationQuerySet,
    new_token,
    sender_defaults,
)
from invitations.models.tallies import ChangedInvitation, CountedInvitation, InvitationTally

__all__ = [
    "SENDER_NAME_LIMIT",
    "ChangedInvitation",
    "CountedInvitation",
    "Invitation",
    "InvitationMessage",
    "InvitationQuerySet",
    "InvitationTally",
    "new_token",
    "sender_defaults",
]
