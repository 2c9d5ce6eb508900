"""What the API of the invitations tells beside the failures of every API: which invitation it is about."""

from typing import Any

from rest_framework.response import Response

from communications.api import exception_handler
from communications.api.exception_handler import explained
from invitations.errors import InvitationClosed, InvitationNotSent, NoReminder, QuotaReached, RecentlyInvited


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into an answer; None lets what nobody foresaw become a 500."""
    if isinstance(exc, InvitationNotSent):
        return explained(exc.failure, invitationId=str(exc.invitation.pk))
    if isinstance(exc, RecentlyInvited | InvitationClosed | NoReminder):
        return explained(exc, status=409, invitationId=str(exc.invitation.pk))
    if isinstance(exc, QuotaReached):
        return explained(exc, status=429)
    return exception_handler.handle(exc, context)
