"""What the quick replies under the template of an invitation carry, signed: who presses them, the message says."""

from communications import button_payloads

JOIN, DECLINE = "join_invitation", "decline_invitation"


def payloads_for(token: str) -> dict[str, str]:
    """By the names that the template has for them; the person has the token anyway, in the link beside them."""
    return {"accept": button_payloads.sign(JOIN, token), "decline": button_payloads.sign(DECLINE, token)}
