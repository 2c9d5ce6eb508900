"""What the quick replies under the template of an invitation carry, signed: who presses them, the message says."""

from uuid import UUID

from communications import button_payloads

JOIN, DECLINE = "join_invitation", "decline_invitation"


def payloads_for(invitation_id: UUID) -> dict[str, str]:
    """By the names that the template has for them."""
    return {
        "accept": button_payloads.sign(JOIN, str(invitation_id)),
        "decline": button_payloads.sign(DECLINE, str(invitation_id)),
    }
