"""Why an invitation may not be sent now; the rest of the tree is in `communications/errors.py`."""

from datetime import timedelta

from django.utils import timezone

from communications.errors import WhatsAppError
from invitations.models import Invitation


class RecentlyInvited(WhatsAppError):
    """The same user invited this person within the cool-down."""

    error = "This person was invited a short while ago"
    code = "recently_invited"
    retryable = True

    def __init__(self, invitation: Invitation, *, retry_after: float) -> None:
        again = timezone.now() + timedelta(seconds=retry_after)
        super().__init__(f"You can invite them again from {again:%Y-%m-%d %H:%M} UTC.", retry_after=retry_after)
        self.invitation = invitation


class QuotaReached(WhatsAppError):
    """The user has sent as many invitations as a day allows."""

    error = "You have reached today's number of invitations"
    code = "quota_reached"
    retryable = True

    def __init__(self, quota: int, *, retry_after: float) -> None:
        super().__init__(f"You can send {quota} in 24 hours. Go on a little later.", retry_after=retry_after)


class InvitationNotSent(Exception):
    """The invitation exists, but its message did not get through, or nobody knows: `failure` says why."""

    def __init__(self, invitation: Invitation, failure: WhatsAppError) -> None:
        super().__init__(str(failure))
        self.invitation = invitation
        self.failure = failure
